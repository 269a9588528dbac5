/**
 * The one place that builds and matches subjects: evt.<owner>.v1.<entity>.<verb>.<account|->.<entity id>.
 * Only our own ids become tokens, because a SKU may hold dots, stars and spaces.
 */
const token = /^[A-Za-z0-9_-]+$/

/** `kind` is owner.entity.verb. */
function subject(kind: string, accountId: string | undefined, entityId: string): string {
  for (const id of [accountId ?? '-', entityId]) {
    if (!token.test(id)) throw new TypeError(`"${id}" cannot be part of a subject`)
  }
  const [owner, entity, verb] = kind.split('.')
  return `evt.${owner}.v1.${entity}.${verb}.${accountId ?? '-'}.${entityId}`
}

type OfAccount = (accountId: string, entityId: string) => string
const ofAccount =
  (kind: string): OfAccount =>
  (accountId, entityId) =>
    subject(kind, accountId, entityId)

/** An order may belong to no account. */
type OfOrder = (accountId: string | undefined, orderId: string) => string
const ofOrder =
  (verb: string): OfOrder =>
  (accountId, orderId) =>
    subject(`orders.order.${verb}`, accountId === '' ? undefined : accountId, orderId)

/** Builders for each subject, and `all` filters for each entity. */
export const subjects = {
  availability: {
    changed: (itemId: string) => subject('inventory.availability.changed', undefined, itemId),
    all: 'evt.inventory.v1.availability.>',
  },
  item: {
    changed: (itemId: string) => subject('inventory.item.changed', undefined, itemId),
    all: 'evt.inventory.v1.item.>',
  },
  price: {
    changed: (itemId: string) => subject('inventory.price.changed', undefined, itemId),
    all: 'evt.inventory.v1.price.>',
  },
  listing: {
    linked: ofAccount('channel.listing.linked'),
    unlinked: ofAccount('channel.listing.unlinked'),
    quantityAccepted: ofAccount('channel.listing.quantity-accepted'),
    quantitySeen: ofAccount('channel.listing.quantity-seen'),
    held: ofAccount('channel.listing.held'),
    released: ofAccount('channel.listing.released'),
    all: 'evt.channel.v1.listing.>',
    allLinked: 'evt.channel.v1.listing.linked.>',
  },
  fbaLevel: {
    changed: ofAccount('channel.fba-level.changed'),
    all: 'evt.channel.v1.fba-level.>',
  },
  account: {
    changed: (accountId: string) => subject('channel.account.changed', accountId, accountId),
    all: 'evt.channel.v1.account.>',
  },
  order: {
    received: ofOrder('received'),
    changed: ofOrder('changed'),
    cancelled: ofOrder('cancelled'),
    all: 'evt.orders.v1.order.>',
  },
  poll: {
    completed: (connectionId: string) => subject('orders.poll.completed', undefined, connectionId),
    all: 'evt.orders.v1.poll.>',
  },
  /** Order snapshots and completed polls together, in the order they were written. */
  orders: { everything: 'evt.orders.v1.>' },
  despatch: {
    processed: ofAccount('despatch.despatch.processed'),
    submitted: ofAccount('despatch.despatch.submitted'),
    confirmed: ofAccount('despatch.despatch.confirmed'),
    failed: ofAccount('despatch.despatch.failed'),
    rejected: ofAccount('despatch.despatch.rejected'),
    all: 'evt.despatch.v1.despatch.>',
  },
  report: {
    available: ofAccount('report.report.available'),
    processed: ofAccount('report.report.processed'),
    failed: ofAccount('report.report.failed'),
    all: 'evt.report.v1.report.>',
  },
} as const

/** Where a durable's poison messages are kept. */
export const parkedSubject = (durable: string): string => `parked.${durable}`

/** The parts of one of our subjects, or undefined for any other. */
export function parseSubject(
  text: string,
): { owner: string; entity: string; verb: string; accountId: string | undefined; entityId: string } | undefined {
  const [evt, owner, version, entity, verb, accountId, entityId, ...rest] = text.split('.')
  if (evt !== 'evt' || version !== 'v1' || rest.length > 0) return undefined
  if (!owner || !entity || !verb || !accountId || !entityId) return undefined
  return { owner, entity, verb, accountId: accountId === '-' ? undefined : accountId, entityId }
}
