import { applicationOf } from '../login/application.ts'
import type { Seller } from '../records.ts'
import { placeMessage } from '../queue/queues.ts'
import { isoMillis } from '../times.ts'
import { sellerKeyOf, type World } from '../world.ts'
import { queueOfArn } from '../queue/names.ts'
import type { Subscription } from './records.ts'
import { notificationTypes, type NotificationName } from './types.ts'

/** Something that happened to a seller. */
export interface Happening {
  seller: Pick<Seller, 'sellerId' | 'region'>
  type: NotificationName
  /** Written in the casing of the type. */
  payload: Record<string, unknown>
  /** When it happened; the notification arrives later. */
  at: number
  /** For event filters. */
  marketplaceId?: string
  orderChangeType?: string
}

/**
 * Tells every subscription that wants to know. A notification may be lost, late, doubled or overtaken, as the settings
 * say; two copies of one carry the same notification id. Without a subscription nothing happens at all.
 */
export function emitNotification(world: World, happening: Happening): void {
  for (const subscription of world.subscriptions.inGroup(sellerKeyOf(happening.seller))) {
    if (subscription.type === happening.type && lets(subscription, happening)) send(world, subscription, happening)
  }
}

/** Whether anybody would be told. For payloads that cost something to write. */
export function hasSubscription(world: World, seller: Happening['seller'], type: NotificationName): boolean {
  return world.subscriptions.inGroup(sellerKeyOf(seller)).some((subscription) => subscription.type === type)
}

function lets({ eventFilter }: Subscription, { marketplaceId, orderChangeType }: Happening): boolean {
  const { marketplaceIds, orderChangeTypes } = eventFilter ?? {}
  if (marketplaceIds && marketplaceId !== undefined && !marketplaceIds.includes(marketplaceId)) return false
  return !orderChangeTypes || orderChangeType === undefined || orderChangeTypes.includes(orderChangeType)
}

function send(world: World, subscription: Subscription, happening: Happening): void {
  const { notificationLoss, notificationDuplicates, notificationDelayMs, notificationJitterMs } = world.settings
  const destination = world.destinations.find(subscription.destinationId)
  if (!destination || !('sqs' in destination.resource) || chance(world) < notificationLoss) return
  const visibleAt = (): number =>
    happening.at +
    notificationDelayMs +
    (notificationJitterMs > 0 ? Math.floor(chance(world) * notificationJitterMs) : 0)
  const first = visibleAt()
  const message = {
    queue: queueOfArn(destination.resource.sqs.arn),
    messageId: world.ids.uuid('queue-message'),
    body: JSON.stringify(envelope(world, subscription, { happening, publishedAt: first })),
    attributes: {},
    sentAt: first,
  }
  placeMessage(world, message, first)
  if (chance(world) < notificationDuplicates) placeMessage(world, message, visibleAt())
}

/** From 0 up to but not including 1; the seed decides. Nothing is drawn where nothing depends on it. */
function chance(world: World): number {
  const { notificationLoss, notificationDuplicates, notificationJitterMs } = world.settings
  if (notificationLoss === 0 && notificationDuplicates === 0 && notificationJitterMs === 0) return 0.5
  return Number(world.ids.digits('notification-chance', 9)) / 1e9
}

function envelope(
  world: World,
  subscription: Subscription,
  what: { happening: Happening; publishedAt: number },
): Record<string, unknown> {
  const { happening, publishedAt } = what
  const { payloadVersion, casing } = notificationTypes[happening.type]
  const named = {
    NotificationVersion: casing === 'camel' ? payloadVersion : '1.0',
    NotificationType: happening.type,
    PayloadVersion: payloadVersion,
    EventTime: isoMillis(happening.at),
    Payload: happening.payload,
    NotificationMetadata: inCasing(casing, {
      ApplicationId: applicationOf(world).applicationId ?? `amzn1.sellerapps.app.${subscription.clientId}`,
      SubscriptionId: subscription.subscriptionId,
      PublishTime: isoMillis(publishedAt),
      NotificationId: world.ids.uuid('notification'),
    }),
  }
  return inCasing(casing, named)
}

function inCasing(casing: 'Pascal' | 'camel', named: Record<string, unknown>): Record<string, unknown> {
  if (casing === 'Pascal') return named
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [lowerFirst(name), value]))
}

function lowerFirst(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1)
}
