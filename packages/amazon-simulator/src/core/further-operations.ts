/** Operations beside the core ones, with their documented usage plans and roles. */
interface FurtherOperation<Name extends string> {
  name: Name
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  rate: number
  burst: number
  /** Empty: any grant will do. */
  roles: readonly string[]
}

const notifications = '/notifications/v1'
const outbound2020 = '/fba/outbound/2020-07-01'
const outbound2026 = '/fulfillment/outbound/2026-07-04'
const outboundPlan = { rate: 2, burst: 30, roles: ['Amazon Fulfillment'] } as const
const plan = { rate: 1, burst: 5, roles: [] } as const

const sellerRows = [
  { name: 'createSubscription', method: 'POST', path: `${notifications}/subscriptions/{notificationType}`, ...plan },
  { name: 'getSubscription', method: 'GET', path: `${notifications}/subscriptions/{notificationType}`, ...plan },
  { name: 'getSubscriptions', method: 'GET', path: `${notifications}/subscriptions`, ...plan },
  {
    name: 'getInventorySummaries',
    method: 'GET',
    path: '/fba/inventory/v1/summaries',
    rate: 2,
    burst: 2,
    roles: ['Amazon Fulfillment', 'Product Listing'],
  },
  {
    name: 'createRestrictedDataToken',
    method: 'POST',
    path: '/tokens/2021-03-01/restrictedDataToken',
    rate: 1,
    burst: 10,
    roles: [],
  },
  { name: 'getFulfillmentPreview', method: 'POST', path: `${outbound2020}/fulfillmentOrders/preview`, ...outboundPlan },
  { name: 'createFulfillmentOrder', method: 'POST', path: `${outbound2020}/fulfillmentOrders`, ...outboundPlan },
  { name: 'listAllFulfillmentOrders', method: 'GET', path: `${outbound2020}/fulfillmentOrders`, ...outboundPlan },
  { name: 'getFulfillmentOrder', method: 'GET', path: `${outbound2020}/fulfillmentOrders/{orderId}`, ...outboundPlan },
  {
    name: 'updateFulfillmentOrder',
    method: 'PUT',
    path: `${outbound2020}/fulfillmentOrders/{orderId}`,
    ...outboundPlan,
  },
  {
    name: 'cancelFulfillmentOrder',
    method: 'PUT',
    path: `${outbound2020}/fulfillmentOrders/{orderId}/cancel`,
    ...outboundPlan,
  },
  { name: 'getPackageTrackingDetails', method: 'GET', path: `${outbound2020}/tracking`, ...outboundPlan },
  { name: 'createOutboundOrder', method: 'POST', path: `${outbound2026}/orders`, ...outboundPlan },
  { name: 'listOutboundOrders', method: 'GET', path: `${outbound2026}/orders`, ...outboundPlan },
  { name: 'getOutboundOrder', method: 'GET', path: `${outbound2026}/orders/{orderId}`, ...outboundPlan },
  { name: 'updateOutboundOrder', method: 'PUT', path: `${outbound2026}/orders/{orderId}`, ...outboundPlan },
  { name: 'cancelOutboundOrder', method: 'PUT', path: `${outbound2026}/orders/{orderId}/cancel`, ...outboundPlan },
] as const

/** Operations on behalf of a seller. Those of Fulfillment Outbound 2026-07-04 are named `…Outbound…`, for Amazon's names are taken by Orders. */
export type FurtherOperationName = (typeof sellerRows)[number]['name']
export const furtherOperations: readonly FurtherOperation<FurtherOperationName>[] = sellerRows

const subscriptionById = `${notifications}/subscriptions/{notificationType}/{subscriptionId}`
const testNotification = `${notifications}/subscriptions/{notificationType}/testNotification`
const notificationScope = { ...plan, scope: 'sellingpartnerapi::notifications' } as const

const grantlessRows = [
  { name: 'getSubscriptionById', method: 'GET', path: subscriptionById, ...notificationScope },
  { name: 'deleteSubscriptionById', method: 'DELETE', path: subscriptionById, ...notificationScope },
  { name: 'createDestination', method: 'POST', path: `${notifications}/destinations`, ...notificationScope },
  { name: 'getDestinations', method: 'GET', path: `${notifications}/destinations`, ...notificationScope },
  {
    name: 'getDestination',
    method: 'GET',
    path: `${notifications}/destinations/{destinationId}`,
    ...notificationScope,
  },
  {
    name: 'deleteDestination',
    method: 'DELETE',
    path: `${notifications}/destinations/{destinationId}`,
    ...notificationScope,
  },
  { name: 'sendTestNotification', method: 'POST', path: testNotification, ...notificationScope },
  {
    name: 'rotateApplicationClientSecret',
    method: 'POST',
    path: '/applications/2023-11-30/clientSecret',
    rate: 0.0167,
    burst: 1,
    roles: [],
    scope: 'sellingpartnerapi::client_credential:rotation',
  },
] as const

/** Operations of the application itself: their token carries a scope and no seller. */
export type GrantlessOperationName = (typeof grantlessRows)[number]['name']
export interface GrantlessOperation extends FurtherOperation<GrantlessOperationName> {
  /** What its token must carry. */
  scope: string
  applicationRate?: undefined
}
export const grantlessOperations: readonly GrantlessOperation[] = grantlessRows
