import type { Limit } from '@lockstep/pacing/bucket'
import type { Lane } from '@lockstep/pacing/lanes'
import { grantlessOperations, type OperationName, modelLimits } from '@lockstep/pacing/model-limits'

import type { GrantlessScope } from './login.ts'
import { encodeSegment } from './sku-encoding.ts'

/** One operation of the Selling Partner API. */
export interface Operation {
  readonly name: OperationName
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Amazon's documented limit for each seller of an application. */
  readonly limit: Limit
  /** Path with its parameters in braces. */
  readonly path: string
  /** Repeating it ends the same: a read, or an absolute value. Others are asked about before they are repeated. */
  readonly repeatable: boolean
  /** The lane it waits in when its caller names none. */
  readonly lane: Lane
  /** The role whose absence Amazon answers with 403; any one of several is named first. */
  readonly role: string
  /** Of an operation without a seller: the scope of the application's own token that it is called with. */
  readonly grantlessScope: GrantlessScope | undefined
}

const orders = 'Inventory and Order Tracking'
const listings = 'Product Listing'
const fba = 'Amazon Fulfillment'
const outbound = '/fba/outbound/2020-07-01'
const outbound2026 = '/fulfillment/outbound/2026-07-04'

type Described = Omit<Operation, 'name' | 'limit' | 'grantlessScope'>
const read = (path: string, more: { role: string; lane?: Lane }): Described => ({
  method: 'GET',
  path,
  repeatable: true,
  role: more.role,
  lane: more.lane ?? 'normal',
})
const write = (method: Operation['method'], path: string, role: string): Described => ({
  method,
  path,
  repeatable: false,
  role,
  lane: 'normal',
})

/** A read that is asked by POST, because its question is long. */
const ask = (path: string, role: string): Described => ({ ...write('POST', path, role), repeatable: true })

// Paths: SP-API models of Orders 2026-01-01 and v0, Listings Items 2021-08-01, Feeds and Reports 2021-06-30, FBA Inventory v1, Sellers v1, Tokens 2021-03-01,
// Fulfillment Outbound 2020-07-01 and 2026-07-04, Notifications v1.
const described: Readonly<Record<OperationName, Described>> = {
  searchOrders: read('/orders/2026-01-01/orders', { role: orders }),
  getOrder: read('/orders/2026-01-01/orders/{orderId}', { role: orders }),
  confirmShipment: {
    ...write('POST', '/orders/v0/orders/{orderId}/shipmentConfirmation', orders),
    lane: 'despatch',
  },
  getListingsItem: read('/listings/2021-08-01/items/{sellerId}/{sku}', { role: listings, lane: 'verification' }),
  searchListingsItems: read('/listings/2021-08-01/items/{sellerId}', { role: listings, lane: 'verification' }),
  patchListingsItem: {
    ...write('PATCH', '/listings/2021-08-01/items/{sellerId}/{sku}', listings),
    repeatable: true,
    lane: 'increase',
  },
  createFeedDocument: write('POST', '/feeds/2021-06-30/documents', listings),
  createFeed: { ...write('POST', '/feeds/2021-06-30/feeds', listings), lane: 'content' },
  getFeed: read('/feeds/2021-06-30/feeds/{feedId}', { role: listings }),
  getFeeds: read('/feeds/2021-06-30/feeds', { role: listings }),
  getFeedDocument: read('/feeds/2021-06-30/documents/{feedDocumentId}', { role: listings }),
  cancelFeed: write('DELETE', '/feeds/2021-06-30/feeds/{feedId}', listings),
  createReport: write('POST', '/reports/2021-06-30/reports', listings),
  getReport: read('/reports/2021-06-30/reports/{reportId}', { role: listings }),
  getReports: read('/reports/2021-06-30/reports', { role: listings }),
  cancelReport: write('DELETE', '/reports/2021-06-30/reports/{reportId}', listings),
  getReportDocument: read('/reports/2021-06-30/documents/{reportDocumentId}', { role: listings }),
  createReportSchedule: write('POST', '/reports/2021-06-30/schedules', listings),
  getReportSchedules: read('/reports/2021-06-30/schedules', { role: listings }),
  getReportSchedule: read('/reports/2021-06-30/schedules/{reportScheduleId}', { role: listings }),
  cancelReportSchedule: write('DELETE', '/reports/2021-06-30/schedules/{reportScheduleId}', listings),
  getInventorySummaries: read('/fba/inventory/v1/summaries', { role: fba }),
  getMarketplaceParticipations: read('/sellers/v1/marketplaceParticipations', { role: 'Selling Partner Insights' }),
  // The role is the one of what the token is for; these are what it is needed for here.
  createRestrictedDataToken: ask('/tokens/2021-03-01/restrictedDataToken', orders),
  getFulfillmentPreview: ask(`${outbound}/fulfillmentOrders/preview`, fba),
  listAllFulfillmentOrders: read(`${outbound}/fulfillmentOrders`, { role: fba }),
  createFulfillmentOrder: write('POST', `${outbound}/fulfillmentOrders`, fba),
  getFulfillmentOrder: read(`${outbound}/fulfillmentOrders/{sellerFulfillmentOrderId}`, { role: fba }),
  updateFulfillmentOrder: write('PUT', `${outbound}/fulfillmentOrders/{sellerFulfillmentOrderId}`, fba),
  cancelFulfillmentOrder: write('PUT', `${outbound}/fulfillmentOrders/{sellerFulfillmentOrderId}/cancel`, fba),
  getPackageTrackingDetails: read(`${outbound}/tracking`, { role: fba }),
  listReturnReasonCodes: read(`${outbound}/returnReasonCodes`, { role: fba }),
  createFulfillmentReturn: write('PUT', `${outbound}/fulfillmentOrders/{sellerFulfillmentOrderId}/return`, fba),
  getOutboundOrderPreview: ask(`${outbound2026}/previews`, fba),
  createOutboundOrder: write('POST', `${outbound2026}/orders`, fba),
  listOutboundOrders: read(`${outbound2026}/orders`, { role: fba }),
  getOutboundOrder: read(`${outbound2026}/orders/{orderId}`, { role: fba }),
  updateOutboundOrder: write('PUT', `${outbound2026}/orders/{orderId}`, fba),
  cancelOutboundOrder: write('PUT', `${outbound2026}/orders/{orderId}/cancel`, fba),
  getOutboundOffers: ask(`${outbound2026}/offers`, fba),
  createDestination: write('POST', '/notifications/v1/destinations', orders),
  getDestinations: read('/notifications/v1/destinations', { role: orders }),
  getDestination: read('/notifications/v1/destinations/{destinationId}', { role: orders }),
  deleteDestination: write('DELETE', '/notifications/v1/destinations/{destinationId}', orders),
  createSubscription: write('POST', '/notifications/v1/subscriptions/{notificationType}', orders),
  getSubscription: read('/notifications/v1/subscriptions/{notificationType}', { role: orders }),
  getSubscriptionById: read('/notifications/v1/subscriptions/{notificationType}/{subscriptionId}', { role: orders }),
  deleteSubscriptionById: write(
    'DELETE',
    '/notifications/v1/subscriptions/{notificationType}/{subscriptionId}',
    orders,
  ),
}

const isOperationName = (name: string): name is OperationName => Object.hasOwn(described, name)

/** The operation with Amazon's name, or undefined. */
export function findOperation(name: string): Operation | undefined {
  if (!isOperationName(name)) return undefined
  const grantlessScope = grantlessOperations.has(name) ? 'sellingpartnerapi::notifications' : undefined
  return { name, limit: modelLimits[name], grantlessScope, ...described[name] }
}

/** A path parameter that the operation needs was not given. */
export class PathParameterError extends Error {
  override readonly name = 'PathParameterError'
  readonly operation: string
  readonly parameter: string

  constructor(operation: string, parameter: string) {
    super(`${operation} needs the path parameter ${parameter}`)
    this.operation = operation
    this.parameter = parameter
  }
}

/** Path and query of a call, each value encoded exactly once, spaces as %20. Throws PathParameterError for one that is missing or empty. */
export function requestTarget(
  operation: Operation,
  call: { path: Readonly<Record<string, string>>; query: readonly (readonly [name: string, value: string])[] },
): string {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_braces, parameter: string) => {
    const value = call.path[parameter]
    if (value === undefined || value === '') throw new PathParameterError(operation.name, parameter)
    return encodeSegment(value)
  })
  const query = call.query.map(([name, value]) => `${encodeSegment(name)}=${encodeSegment(value)}`).join('&')
  return query === '' ? path : `${path}?${query}`
}
