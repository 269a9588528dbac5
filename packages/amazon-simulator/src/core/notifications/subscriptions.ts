import { isJsonObject, quoted, readOwnJson } from '../json.ts'
import { integerOf, type Query } from '../query.ts'
import type { Seller } from '../records.ts'
import { accessDenied, AmazonRefusalError, invalidInput, notFound } from '../refusals.ts'
import { sellerKeyOf, type World } from '../world.ts'
import { ownDestination } from './destinations.ts'
import { readEventFilter } from './event-filter.ts'
import type { Subscription } from './records.ts'
import { findNotificationType, notificationTypes, type NotificationType } from './types.ts'

/** Who asks: a seller's grant, used by one application. */
export interface Subscriber {
  seller: Seller
  clientId: string
}

/** createSubscription: one per seller, application, type and payload version. Source: Notifications v1. */
export function createSubscription(
  world: World,
  subscriber: Subscriber,
  call: { name: string; body: unknown; now: number },
): unknown {
  const { seller, clientId } = subscriber
  const type = typeOf(call.name)
  if (type.roles.length > 0 && !type.roles.some((role) => seller.roles.includes(role))) throw accessDenied()
  const { payloadVersion, destinationId, processingDirective } = isJsonObject(call.body) ? call.body : {}
  if (payloadVersion !== type.payloadVersion)
    throw invalidInput(
      `'payloadVersion' of ${call.name} must be ${type.payloadVersion}, not '${quoted(payloadVersion)}'.`,
    )
  if (typeof destinationId !== 'string') throw invalidInput("'destinationId' is required.")
  const destination = ownDestination(world, clientId, destinationId)
  if (type.sqsOnly && !('sqs' in destination.resource)) throw invalidInput(`${call.name} is delivered to SQS only.`)
  const eventFilter = readEventFilter(processingDirective, { name: call.name, type })
  const twin = find(world, subscriber, { name: call.name, payloadVersion })
  if (twin) {
    const message = `Subscription ${twin.subscriptionId} exists already for ${call.name}.`
    throw new AmazonRefusalError(409, { code: 'Conflict', message })
  }
  const subscription: Subscription = {
    subscriptionId: world.ids.uuid('subscription'),
    clientId,
    sellerId: seller.sellerId,
    region: seller.region,
    type: call.name,
    payloadVersion,
    destinationId,
    eventFilter,
    createdAt: call.now,
  }
  world.subscriptions.save(subscription)
  return { payload: subscriptionView(subscription) }
}

/** getSubscription: the seller's subscription of a type. */
export function getSubscription(world: World, subscriber: Subscriber, call: { name: string; query: Query }): unknown {
  typeOf(call.name)
  const found = find(world, subscriber, { name: call.name, payloadVersion: call.query.find('payloadVersion') })
  if (!found) throw notFound(`There is no subscription for ${call.name}.`)
  return { payload: subscriptionView(found) }
}

/** getSubscriptions: pages of the seller's subscriptions, of one type when asked. */
export function getSubscriptions(world: World, subscriber: Subscriber, query: Query): unknown {
  const page = readPage(world, query)
  const found = mine(world, subscriber)
    .filter(({ type, payloadVersion }) => {
      const isType = page.name === null || page.name === type
      return isType && (page.payloadVersion === null || page.payloadVersion === payloadVersion)
    })
    .toSorted((a, b) => a.createdAt - b.createdAt || (a.subscriptionId < b.subscriptionId ? -1 : 1))
  const end = page.offset + page.pageSize
  const nextToken = found.length > end ? { nextToken: encodeToken(world, { ...page, offset: end }) } : {}
  return { payload: { subscriptions: found.slice(page.offset, end).map(subscriptionView), ...nextToken } }
}

/** getSubscriptionById, with the application's own token. */
export function getSubscriptionById(
  world: World,
  clientId: string,
  which: { name: string; subscriptionId: string },
): unknown {
  return { payload: subscriptionView(ownSubscription(world, clientId, which)) }
}

/** deleteSubscriptionById, with the application's own token. */
export function deleteSubscriptionById(
  world: World,
  clientId: string,
  which: { name: string; subscriptionId: string },
): unknown {
  world.subscriptions.remove(ownSubscription(world, clientId, which))
  return {}
}

function ownSubscription(
  world: World,
  clientId: string,
  which: { name: string; subscriptionId: string },
): Subscription {
  const found = world.subscriptions.find(which.subscriptionId)
  if (found?.clientId === clientId && found.type === which.name) return found
  throw notFound(`Subscription '${which.subscriptionId}' of ${which.name} was not found.`)
}

function typeOf(name: string): NotificationType {
  const type = findNotificationType(name)
  if (type) return type
  const known = Object.keys(notificationTypes).join(', ')
  throw invalidInput(`Notification type '${name}' is not one this simulator sends: ${known}.`)
}

function mine(world: World, { seller, clientId }: Subscriber): Subscription[] {
  return world.subscriptions.inGroup(sellerKeyOf(seller)).filter((subscription) => subscription.clientId === clientId)
}

function find(
  world: World,
  subscriber: Subscriber,
  which: { name: string; payloadVersion: string | undefined },
): Subscription | undefined {
  return mine(world, subscriber).find(
    ({ type, payloadVersion }) => type === which.name && payloadVersion === (which.payloadVersion ?? payloadVersion),
  )
}

function subscriptionView({ subscriptionId, payloadVersion, destinationId, eventFilter }: Subscription): unknown {
  const directive = eventFilter ? { processingDirective: { eventFilter } } : {}
  return { subscriptionId, payloadVersion, destinationId, ...directive }
}

interface Page {
  name: string | null
  payloadVersion: string | null
  pageSize: number
  offset: number
}

function readPage(world: World, query: Query): Page {
  const token = query.find('nextToken')
  if (token !== undefined) {
    const text = Buffer.from(token, 'base64url').toString()
    if (world.ids.signature(text.slice(32)) !== text.slice(0, 32)) throw invalidInput("'nextToken' is not valid.")
    return readOwnJson<Page>(text.slice(32))
  }
  const names = query.list('notificationTypes') ?? []
  if (names.length > 1) throw invalidInput("'notificationTypes' takes one type.")
  for (const name of names) typeOf(name)
  return {
    name: names[0] ?? null,
    payloadVersion: query.find('payloadVersion') ?? null,
    pageSize: integerOf(query, 'pageSize', { min: 30, max: 100, otherwise: 30, complain: invalidInput }),
    offset: 0,
  }
}

function encodeToken(world: World, page: Page): string {
  const content = JSON.stringify(page)
  return Buffer.from(`${world.ids.signature(content)}${content}`).toString('base64url')
}
