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
const plan = { rate: 1, burst: 5, roles: [] } as const

const sellerRows = [
  { name: 'createSubscription', method: 'POST', path: `${notifications}/subscriptions/{notificationType}`, ...plan },
  { name: 'getSubscription', method: 'GET', path: `${notifications}/subscriptions/{notificationType}`, ...plan },
  { name: 'getSubscriptions', method: 'GET', path: `${notifications}/subscriptions`, ...plan },
] as const

/** Operations on behalf of a seller. */
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
