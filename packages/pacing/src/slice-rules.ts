import type { FeedView } from './feed-view.ts'
import type { QuantityLane } from './group-state.ts'

/*
 * One SKU and the feeds: what may go into a slice of a price or content job, and what becomes of a stock write whose SKU is in a feed.
 * Amazon may hold a patch back until the feed of the same SKU is done, or let the feed overwrite it. Neither is documented, so both are expected.
 */

/** A SKU whose stock changed so lately is expected to change again: it stays out of slices. */
export const RESTLESS_MS = 1_800_000

/** What is known of the stock of a SKU that an item of a job is about. */
export type StockSight = {
  /** A write of its quantity is planned or sending, or its outcome is unknown. */
  writeOpen: boolean
  /** When our number for it last changed. */
  stockChangedAt: number | null
  /** It is in a feed that has not ended and is not stuck. */
  inFeed: boolean
}

/** How an item of a job goes: in a slice, by single patch, or not before the feed that its SKU is in has ended. */
export function routeOf({ writeOpen, stockChangedAt, inFeed }: StockSight, now: number): 'slice' | 'patch' | 'wait' {
  if (inFeed) return 'wait'
  const isRestless = stockChangedAt !== null && now - stockChangedAt < RESTLESS_MS
  return writeOpen || isRestless ? 'patch' : 'slice'
}

export type SliceItem = StockSight & { sku: string; bytes: number }

/**
 * Takes a slice from the items: those whose stock has rested longest first, because they are the least likely to need a write while they sit in the feed;
 * else in their order. At most one item of a SKU, so many items and bytes; what does not fit stays for a later slice or a patch.
 */
export function takeSlice<T extends SliceItem>(
  items: readonly T[],
  room: { maxItems: number; maxBytes: number; headerBytes: number; now: number },
): T[] {
  const slice: T[] = []
  const skus = new Set<string>()
  let bytes = room.headerBytes
  for (const item of restedFirst(items)) {
    if (slice.length >= room.maxItems) break
    const isFree = routeOf(item, room.now) === 'slice' && !skus.has(item.sku)
    if (!isFree || bytes + item.bytes > room.maxBytes) continue
    slice.push(item)
    skus.add(item.sku)
    bytes += item.bytes
  }
  return slice
}

/** Which items go by single patch now: those that may not be in a slice first, then those that the next slice would reach last. */
export function takePatches<T extends SliceItem>(
  items: readonly T[],
  { maxItems, now }: { maxItems: number; now: number },
): T[] {
  const free = items.filter((item) => routeOf(item, now) !== 'wait')
  const restless = free.filter((item) => routeOf(item, now) === 'patch')
  const others = restedFirst(free.filter((item) => routeOf(item, now) === 'slice')).toReversed()
  return [...restless, ...others].slice(0, maxItems)
}

function restedFirst<T extends SliceItem>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => (a.stockChangedAt ?? 0) - (b.stockChangedAt ?? 0))
}

/** What becomes of a stock write whose SKU is in a feed. */
export type WriteInFeed = {
  send: 'now' | 'after_feed'
  /** The newest number goes out once more when the feed has ended, whatever was sent meanwhile: the feed may have applied late. */
  againAfterFeed: boolean
  /** Ask Amazon to cancel the feed. */
  cancel: boolean
}

/**
 * Less stock is told at once and again after the feed. More stock can wait for the feed, unless that is stuck. Only a to-zero cancels a feed, while it
 * waits in Amazon's queue, and no item is cancelled twice that way.
 */
export function writeInFeed(
  lane: QuantityLane,
  feed: Pick<FeedView, 'state' | 'stuck' | 'cancelAsked' | 'cancelledBefore'>,
): WriteInFeed {
  if (lane === 'increase' && !feed.stuck) return { send: 'after_feed', againAfterFeed: false, cancel: false }
  const mayCancel = feed.state === 'in_queue' && !feed.cancelAsked && !feed.cancelledBefore
  return { send: 'now', againAfterFeed: true, cancel: lane === 'to_zero' && mayCancel }
}

/** A SKU of a feed that has ended. */
export type FedSku = {
  /** The version of the number in the feed; null when the feed held a price or content. */
  fedVersion: number | null
  /** The newest version of the number wanted; 0 = none. */
  desiredVersion: number
  /** A quantity was patched while the feed was out. */
  patchedMeanwhile: boolean
}

/**
 * What is due for the quantity of a SKU now that its feed has ended: the newest number again, a read and what differs, or nothing.
 * A cancelled feed did nothing; a fatal one may have done some of it.
 */
export function afterFeed(sku: FedSku, ended: 'done' | 'fatal' | 'cancelled'): 'send_newest' | 'read_back' | 'nothing' {
  const { fedVersion, desiredVersion, patchedMeanwhile } = sku
  const isFed = fedVersion !== null
  if (ended === 'cancelled') return isFed && !patchedMeanwhile ? 'send_newest' : 'nothing'
  if (ended === 'fatal') return isFed || patchedMeanwhile ? 'read_back' : 'nothing'
  return patchedMeanwhile || (isFed && desiredVersion > fedVersion) ? 'send_newest' : 'nothing'
}
