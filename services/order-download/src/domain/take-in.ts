import { isDeepStrictEqual } from 'node:util'
import type { AmazonOrder, AmazonOrderLine } from './amazon-order.ts'
import { quantitiesOf } from './line-quantities.ts'
import { stateOf } from './order-state.ts'
import { isKnownStatus, stateOfStatus } from './order-status.ts'
import type { LinePlace, Order, OrderFinding, OrderLine } from './order.ts'

/** What the connector says of a SKU: its listing and item, and where its account's orders go. */
export type ResolvedPlace = Omit<LinePlace, 'locationId'> & { orderLocationId: string | null }

/** What is known of an order's surroundings when it arrives. */
export interface Arrival {
  sellerId: string
  connectionId: string
  account: { id: string; marketplace: string; goLiveAt: Date | null } | null
  now: Date
  newId(prefix: 'ord' | 'oln'): string
  /** Where a line of this SKU belongs. */
  placeOf(channelSku: string): ResolvedPlace
}

export type TakenIn =
  /** Older than what is stored, or shipped before the account's first download: nothing is written. */
  | { kind: 'left_out' }
  /** The same content again; only Amazon's time may have moved. */
  | { kind: 'unchanged' }
  | { kind: 'received'; order: Order }
  | { kind: 'changed'; order: Order }

/** Decides what one snapshot from Amazon does to what is stored: the newest wins, and the same content twice changes nothing. */
export function takeIn(stored: Order | undefined, seen: AmazonOrder, arrival: Arrival): TakenIn {
  if (!stored) return takeInFirst(seen, arrival)
  if (seen.updatedAt < stored.channelUpdatedAt) return { kind: 'left_out' }
  const order = withSnapshot(stored, seen, arrival)
  return sameContent(stored, order) ? { kind: 'unchanged' } : { kind: 'changed', order }
}

function takeInFirst(seen: AmazonOrder, arrival: Arrival): TakenIn {
  const goLiveAt = arrival.account?.goLiveAt ?? null
  const isFromBefore = goLiveAt !== null && seen.createdAt < goLiveAt
  const isClosed = ['processed', 'cancelled'].includes(stateOfStatus(seen.status))
  if (isFromBefore && isClosed && seen.updatedAt < goLiveAt) return { kind: 'left_out' }

  // Without a go-live the account is in its first run: all it shows is from before.
  const hadShipments = isFromBefore || (arrival.account !== null && goLiveAt === null)
  const places = new Map(seen.lines.map((line) => [line.channelLineId, placeIn(seen, line, arrival)]))
  const lines = seen.lines.map((line) => {
    const base = hadShipments ? quantitiesOf(seen.status, line).fulfilledOnAmazon : 0
    const place = places.get(line.channelLineId) ?? nowhere
    return lineFrom(seen.status, line, { ...place, id: arrival.newId('oln'), shippedBeforeGoLive: base, despatched: 0 })
  })
  const order: Order = {
    id: arrival.newId('ord'),
    sellerId: arrival.sellerId,
    channelOrderId: seen.channelOrderId,
    connectionId: arrival.connectionId,
    accountId: arrival.account?.id ?? null,
    marketplace: arrival.account?.marketplace ?? seen.marketplace,
    marketplaceId: seen.marketplaceId,
    fulfilledBy: seen.fulfilledBy,
    locationId: lines.find((line) => line.locationId !== null)?.locationId ?? null,
    revision: 1,
    receivedAt: arrival.now,
    // An order that is still open was open at go-live, too: it reserves like any other.
    beforeGoLive: isFromBefore && isClosed,
    ...headFrom(seen),
    finding: findingOf(seen.status, arrival.account?.id ?? null),
    state: 'parked',
    lines,
  }
  return { kind: 'received', order: { ...order, state: stateOf(order) } }
}

function withSnapshot(stored: Order, seen: AmazonOrder, arrival: Arrival): Order {
  const before = new Map(stored.lines.map((line) => [line.channelLineId, line]))
  const shown = seen.lines.map((line) => {
    const known = before.get(line.channelLineId)
    if (known) return lineFrom(seen.status, line, known)
    const added = { id: arrival.newId('oln'), shippedBeforeGoLive: 0, despatched: 0 }
    return lineFrom(seen.status, line, { ...added, ...placeIn(seen, line, arrival) })
  })
  const shownIds = new Set(seen.lines.map((line) => line.channelLineId))
  const gone = stored.lines.filter((line) => !shownIds.has(line.channelLineId)).map(withoutOpenUnits)
  const order: Order = {
    ...stored,
    ...headFrom(seen),
    revision: stored.revision + 1,
    finding: findingOf(seen.status, stored.accountId),
    lines: [...shown, ...gone],
  }
  return { ...order, state: stateOf(order) }
}

function headFrom(
  seen: AmazonOrder,
): Pick<Order, 'channelStatus' | 'createdAt' | 'channelUpdatedAt' | 'shipBy' | 'buyerCancelRequested' | 'programs'> {
  return {
    channelStatus: seen.status,
    createdAt: seen.createdAt,
    channelUpdatedAt: seen.updatedAt,
    shipBy: seen.shipBy,
    buyerCancelRequested: seen.lines.some((line) => line.buyerCancelRequested),
    programs: seen.programs,
  }
}

type KnownOfLine = LinePlace & Pick<OrderLine, 'id' | 'shippedBeforeGoLive' | 'despatched'>

function lineFrom(status: string, seen: AmazonOrderLine, known: KnownOfLine): OrderLine {
  const { ordered, cancelled, fulfilledOnAmazon } = quantitiesOf(status, seen)
  return {
    id: known.id,
    channelLineId: seen.channelLineId,
    channelSku: seen.channelSku,
    title: seen.title,
    listingId: known.listingId,
    itemId: known.itemId,
    itemSku: known.itemSku,
    locationId: known.locationId,
    ordered: Math.max(0, ordered - known.shippedBeforeGoLive),
    cancelled,
    fulfilledOnAmazon: Math.max(0, fulfilledOnAmazon - known.shippedBeforeGoLive),
    shippedBeforeGoLive: known.shippedBeforeGoLive,
    despatched: known.despatched,
    price: seen.price,
  }
}

const nowhere: LinePlace = { listingId: null, itemId: null, itemSku: null, locationId: null }

/** Lines that Amazon ships claim nothing in our own locations. */
function placeIn(seen: AmazonOrder, line: AmazonOrderLine, arrival: Arrival): LinePlace {
  const { listingId, itemId, itemSku, orderLocationId } = arrival.placeOf(line.channelSku)
  return { listingId, itemId, itemSku, locationId: seen.fulfilledBy === 'AMAZON' ? null : orderLocationId }
}

/** A line that Amazon no longer shows claims nothing more; what was shipped of it stays. */
function withoutOpenUnits(line: OrderLine): OrderLine {
  return { ...line, cancelled: Math.max(line.cancelled, line.ordered - line.fulfilledOnAmazon) }
}

export function findingOf(status: string, accountId: string | null): OrderFinding | null {
  if (!isKnownStatus(status)) return 'UNKNOWN_STATUS'
  return accountId === null ? 'NO_ACCOUNT' : null
}

function sameContent(left: Order, right: Order): boolean {
  return isDeepStrictEqual(contentOf(left), contentOf(right))
}

/** All but the counters that move without a change of meaning. */
function contentOf(order: Order): Omit<Order, 'revision' | 'channelUpdatedAt'> {
  const { revision: _revision, channelUpdatedAt: _channelUpdatedAt, ...content } = order
  return {
    ...content,
    lines: order.lines.toSorted((left, right) => (left.channelLineId < right.channelLineId ? -1 : 1)),
  }
}
