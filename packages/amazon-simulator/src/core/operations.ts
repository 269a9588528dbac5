import { feedRoles } from './feeds/feed-types.ts'
import {
  furtherOperations,
  grantlessOperations,
  type FurtherOperationName,
  type GrantlessOperation,
} from './further-operations.ts'

/** The roles Amazon can grant. Any one of an operation's roles is enough. */
export const roleNames = [
  'Product Listing',
  'Inventory and Order Tracking',
  'Amazon Fulfillment',
  'Direct to Consumer Shipping',
  'Tax Invoicing',
  'Selling Partner Insights',
  'Finance and Accounting',
  'Buyer Communication',
  'Buyer Solicitation',
  'Pricing',
  'Professional Services',
  'Tax Remittance',
  'Brand Analytics',
  'Amazon Warehousing and Distribution',
] as const

/** What a seller created without `roles` has granted. */
export const defaultRoles: string[] = [
  'Product Listing',
  'Inventory and Order Tracking',
  'Amazon Fulfillment',
  'Direct to Consumer Shipping',
  'Tax Invoicing',
  'Selling Partner Insights',
  'Finance and Accounting',
]

/** What a listings report needs one of; other types have other roles. */
export const listingsReportRoles = [
  'Inventory and Order Tracking',
  'Product Listing',
  'Pricing',
  'Direct to Consumer Shipping',
]

/** The role without which Orders 2026-01-01 shows no personal data. */
export const personalDataRole = 'Direct to Consumer Shipping'

export type OperationName =
  | 'searchOrders'
  | 'getOrder'
  | 'confirmShipment'
  | 'getListingsItem'
  | 'searchListingsItems'
  | 'patchListingsItem'
  | 'createReport'
  | 'getReport'
  | 'getReports'
  | 'cancelReport'
  | 'getReportDocument'
  | 'createFeedDocument'
  | 'createFeed'
  | 'getFeed'
  | 'getFeeds'
  | 'cancelFeed'
  | 'getFeedDocument'
  | 'getMarketplaceParticipations'
  | FurtherOperationName

/** An operation of Amazon's with its documented usage plan (tokens per second, burst) and roles. */
export type Operation = SellerOperation | GrantlessOperation

interface SellerOperation {
  name: OperationName
  /** Only a grantless operation has one: its token carries a scope and no seller. */
  scope?: undefined
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  rate: number
  burst: number
  /** Tokens per second that all sellers of one application share; absent where Amazon documents none. */
  applicationRate?: number
  /** Empty: any grant will do. */
  roles: readonly string[]
}

const listings = '/listings/2021-08-01/items'
const feeds = '/feeds/2021-06-30'
const reports = '/reports/2021-06-30'
const listingRole = ['Product Listing']
const reportRoles = [...listingsReportRoles, 'Amazon Fulfillment', 'Finance and Accounting', 'Tax Invoicing']
const orderRoles = roleNames.filter(
  (role) => !['Brand Analytics', 'Amazon Warehousing and Distribution'].includes(role),
)

/** Every operation that acts for a seller. Sources: the usage plan tables of Amazon's API models and "Listings Items API rate limits". */
const sellerOperations: readonly SellerOperation[] = [
  {
    name: 'searchOrders',
    method: 'GET',
    path: '/orders/2026-01-01/orders',
    rate: 0.0056,
    burst: 20,
    roles: orderRoles,
  },
  {
    name: 'getOrder',
    method: 'GET',
    path: '/orders/2026-01-01/orders/{orderId}',
    rate: 0.5,
    burst: 30,
    roles: orderRoles,
  },
  {
    name: 'confirmShipment',
    method: 'POST',
    path: '/orders/v0/orders/{orderId}/shipmentConfirmation',
    rate: 2,
    burst: 10,
    roles: ['Inventory and Order Tracking'],
  },
  {
    name: 'getListingsItem',
    method: 'GET',
    path: `${listings}/{sellerId}/{sku}`,
    rate: 5,
    burst: 10,
    applicationRate: 100,
    roles: listingRole,
  },
  { name: 'searchListingsItems', method: 'GET', path: `${listings}/{sellerId}`, rate: 5, burst: 5, roles: listingRole },
  {
    name: 'patchListingsItem',
    method: 'PATCH',
    path: `${listings}/{sellerId}/{sku}`,
    rate: 5,
    burst: 5,
    applicationRate: 500,
    roles: listingRole,
  },
  { name: 'createReport', method: 'POST', path: `${reports}/reports`, rate: 0.0167, burst: 15, roles: reportRoles },
  { name: 'getReports', method: 'GET', path: `${reports}/reports`, rate: 0.0222, burst: 10, roles: reportRoles },
  { name: 'getReport', method: 'GET', path: `${reports}/reports/{reportId}`, rate: 2, burst: 15, roles: reportRoles },
  {
    name: 'cancelReport',
    method: 'DELETE',
    path: `${reports}/reports/{reportId}`,
    rate: 0.0222,
    burst: 10,
    roles: reportRoles,
  },
  {
    name: 'getReportDocument',
    method: 'GET',
    path: `${reports}/documents/{reportDocumentId}`,
    rate: 0.0167,
    burst: 15,
    roles: reportRoles,
  },
  { name: 'createFeedDocument', method: 'POST', path: `${feeds}/documents`, rate: 0.5, burst: 15, roles: feedRoles },
  { name: 'createFeed', method: 'POST', path: `${feeds}/feeds`, rate: 0.0083, burst: 15, roles: feedRoles },
  { name: 'getFeeds', method: 'GET', path: `${feeds}/feeds`, rate: 0.0222, burst: 10, roles: feedRoles },
  { name: 'getFeed', method: 'GET', path: `${feeds}/feeds/{feedId}`, rate: 2, burst: 15, roles: feedRoles },
  { name: 'cancelFeed', method: 'DELETE', path: `${feeds}/feeds/{feedId}`, rate: 2, burst: 15, roles: feedRoles },
  {
    name: 'getFeedDocument',
    method: 'GET',
    path: `${feeds}/documents/{feedDocumentId}`,
    rate: 0.0222,
    burst: 10,
    roles: feedRoles,
  },
  {
    name: 'getMarketplaceParticipations',
    method: 'GET',
    path: '/sellers/v1/marketplaceParticipations',
    rate: 0.016,
    burst: 15,
    roles: [],
  },
  ...furtherOperations,
]

/** All of them, the grantless ones included. */
export const operations: readonly Operation[] = [...sellerOperations, ...grantlessOperations]

/** Calls that are no Selling Partner API operation but are journalled and can be given faults. */
export const loginOperation = 'lwaToken'
export const downloadOperation = 'downloadDocument'
export const uploadOperation = 'uploadDocument'

/** Every name a journal entry or a fault may carry as its operation. */
export const operationNames: readonly string[] = [
  ...operations.map(({ name }) => name),
  loginOperation,
  downloadOperation,
  uploadOperation,
]
