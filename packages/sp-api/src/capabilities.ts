import { jsonOf } from './call.ts'
import type { Operation } from './operations.ts'

/** What an application may be allowed to do for a seller, in the words of people. Amazon grants roles; these are what a role is for. */
export type CapabilityName =
  | 'orders'
  | 'despatch'
  | 'listings'
  | 'feeds'
  | 'fba_stock'
  | 'reports'
  | 'addresses'
  | 'multi_channel'
  | 'tax_invoices'
  | 'notifications'
  | 'participations'

/** Which way of fulfilling a capability concerns. */
export type Fulfilment = 'FBM' | 'FBA' | 'FBM and FBA'

/** One thing that is done for a seller, and what Amazon asks for it. */
export interface Capability {
  readonly name: CapabilityName
  /** The name that guides of other integrations give it; null where they have none. None of these is a role of Amazon's under that meaning. */
  readonly scope: 'Selling Partner Insights' | 'Fulfilment Inventory' | 'Orders' | 'Feeds' | null
  /** What it does. */
  readonly does: string
  /** What is seen when it is missing. */
  readonly without: string
  /** Amazon's roles, of which any one is enough; the first is the one to ask for. */
  readonly roles: readonly [string, ...string[]]
  readonly touches: Fulfilment
}

const tracking = 'Inventory and Order Tracking'
const listing = 'Product Listing'
const fba = 'Amazon Fulfillment'
const shipping = 'Direct to Consumer Shipping'

type Described = Omit<Capability, 'name'>

// Roles: SP-API documentation, role mappings of operations, of feed types and of report types. The scope names are those of common set-up guides.
const described: Readonly<Record<CapabilityName, Described>> = {
  orders: {
    scope: 'Selling Partner Insights',
    does: 'orders are downloaded',
    without: 'orders stop arriving',
    roles: [tracking, shipping],
    touches: 'FBM and FBA',
  },
  despatch: {
    scope: 'Orders',
    does: 'despatches and tracking are sent',
    without: 'tracking fails, and orders shipped by you stay Unshipped in Seller Central',
    roles: [tracking],
    touches: 'FBM',
  },
  listings: {
    scope: null,
    does: 'listings are read, stock levels are sent',
    without: 'stock levels are not updated',
    roles: [listing],
    touches: 'FBM',
  },
  feeds: {
    scope: 'Feeds',
    does: 'bulk updates of titles, descriptions and prices are sent',
    without: 'product data are not updated, and nothing says so in Seller Central',
    roles: [listing],
    touches: 'FBM and FBA',
  },
  fba_stock: {
    scope: 'Fulfilment Inventory',
    does: "stock in Amazon's fulfilment centres is read",
    without: 'FBA levels stop being updated',
    roles: [fba, listing],
    touches: 'FBA',
  },
  reports: {
    scope: null,
    does: 'reports are requested and fetched',
    without: 'listings are not refreshed',
    roles: [listing, tracking],
    touches: 'FBM and FBA',
  },
  addresses: {
    scope: null,
    does: "buyers' names and addresses come with their orders",
    without: 'orders arrive without name and address',
    roles: [shipping],
    touches: 'FBM',
  },
  multi_channel: {
    scope: null,
    does: "orders of other channels are shipped from Amazon's fulfilment centres",
    without: 'no order can be given to Amazon to ship',
    roles: [fba],
    touches: 'FBA',
  },
  tax_invoices: {
    scope: null,
    does: 'VAT invoices are uploaded',
    without: 'invoices do not reach the buyer',
    roles: ['Tax Invoicing'],
    touches: 'FBM and FBA',
  },
  notifications: {
    scope: null,
    does: 'Amazon tells of changes as they happen',
    without: 'changes are found by polling only, minutes later',
    roles: [tracking, listing],
    touches: 'FBM and FBA',
  },
  participations: {
    scope: null,
    does: "the seller's marketplaces are read, which proves a connection",
    without: 'the connection test fails',
    roles: ['Selling Partner Insights', 'Finance and Accounting'],
    touches: 'FBM and FBA',
  },
}

const nameOrder: readonly CapabilityName[] = [
  'orders',
  'despatch',
  'listings',
  'feeds',
  'fba_stock',
  'reports',
  'addresses',
  'multi_channel',
  'tax_invoices',
  'notifications',
  'participations',
]

/** Every capability, the most important first. */
export const capabilities: readonly Capability[] = nameOrder.map((name) => ({ name, ...described[name] }))

/** The capability of this name, or undefined. */
export function findCapability(name: string): Capability | undefined {
  return capabilities.find((capability) => capability.name === name)
}

/** What a call needs: the capability, and the feed or report type that decides its role, empty for other calls. */
export interface CapabilityNeed {
  readonly capability: Capability
  readonly type: string
  /** The role to ask for. */
  readonly role: string
}

/** A call as far as it decides what is needed. */
export interface NeedingCall {
  readonly operation: Operation
  /** Path and query, encoded. */
  readonly target: string
  readonly body: Uint8Array
}

/** Which capability a call draws on: decided by its path, for feeds and reports by their type, for orders by the data it asks for. */
export function capabilityOfCall({ operation, target, body }: NeedingCall): CapabilityNeed {
  const { path } = operation
  if (operation.method === 'POST' && path.endsWith('/feeds')) return feedNeed(typeIn(body, 'feedType'))
  if (operation.method === 'POST' && path.endsWith('/reports')) return reportNeed(typeIn(body, 'reportType'))
  return needOf(asksForBuyer(operation, target) ? 'addresses' : nameOfPath(path))
}

function needOf(name: CapabilityName, type = '', role?: string): CapabilityNeed {
  const capability: Capability = { name, ...described[name] }
  return { capability, type, role: role ?? capability.roles[0] }
}

const pathRules: readonly (readonly [part: string, name: CapabilityName])[] = [
  ['/shipmentConfirmation', 'despatch'],
  ['/orders/2026-01-01/', 'orders'],
  ['/orders/v0/', 'despatch'],
  ['/fba/inventory/', 'fba_stock'],
  ['/fba/outbound/', 'multi_channel'],
  ['/fulfillment/outbound/', 'multi_channel'],
  ['/listings/', 'listings'],
  ['/definitions/', 'listings'],
  ['/feeds/', 'feeds'],
  ['/reports/', 'reports'],
  ['/notifications/', 'notifications'],
  ['/tokens/', 'addresses'],
  ['/sellers/', 'participations'],
]

function nameOfPath(path: string): CapabilityName {
  return pathRules.find(([part]) => path.includes(part))?.[1] ?? 'participations'
}

/** Orders with their recipients need a restricted role; the same orders without them do not. Source: Orders 2026-01-01, includedData. */
function asksForBuyer({ path }: Operation, target: string): boolean {
  return path.startsWith('/orders/2026-01-01/') && /[?&]includedData=[^&]*(?:BUYER|RECIPIENT)/.test(target)
}

function feedNeed(type: string): CapabilityNeed {
  return type === 'UPLOAD_VAT_INVOICE' ? needOf('tax_invoices', type) : needOf('feeds', type)
}

/** A report needs the role of what it is about. Source: role mappings of report types. */
function reportNeed(type: string): CapabilityNeed {
  if (type.includes('_VAT_') || type.includes('_TAX_')) return needOf('reports', type, 'Tax Invoicing')
  if (type.startsWith('GET_FBA_') || type.includes('_AFN_')) return needOf('reports', type, fba)
  if (type.includes('ORDER')) return needOf('reports', type, tracking)
  return needOf('reports', type)
}

function typeIn(body: Uint8Array, field: 'feedType' | 'reportType'): string {
  const json = jsonOf(body)
  if (typeof json !== 'object' || json === null) return ''
  const type: unknown = Reflect.get(json, field)
  return typeof type === 'string' && /^[A-Z0-9_]{1,100}$/.test(type) ? type : ''
}
