import { type InProcessAnswer, inProcessSeller, startInProcess } from '@lockstep/amazon-simulator/in-process-client'
import { seeded, virtualClock, type VirtualClock } from '@lockstep/pacing/simulation/virtual-clock'

/** How Amazon works on feeds. */
export interface FeedModel {
  fixedSeconds: number
  itemsPerSecond: number
}

/** The simulated Amazon on a virtual clock, with the way there and back. */
export interface VirtualAmazon {
  clock: VirtualClock
  /** Repeatable chance, each in [0, 1). */
  chance: () => number
  /** Sends a request; the answer comes after the way there and back. */
  request: (call: AmazonCall, answered: (answer: InProcessAnswer) => void) => void
  /** Uploads a feed document and submits the feed; answers its id, or nothing when Amazon refused. */
  submitFeed: (messages: readonly object[], answered: (feedId: string | undefined) => void) => void
  /** A buyer orders one unit; false when none can be ordered. */
  buy: (sku: string) => boolean
  /** What buyers can order now. */
  liveQuantity: (sku: string) => number
  /** When the newest write of this SKU shows, as far as Amazon knows now. */
  showsAt: (sku: string) => number
  /** Replies of 429 so far. */
  throttled: () => number
}

export interface AmazonCall {
  method: 'GET' | 'PATCH' | 'POST' | 'DELETE'
  target: string
  body?: unknown
}

export const { sellerId } = inProcessSeller
export const marketplaceId = inProcessSeller.marketplaceIds[0] ?? ''
export const propagationMs = 30_000

const assumedFeeds: FeedModel = { fixedSeconds: 300, itemsPerSecond: 20 }
// One way; a call takes 60 to 240 ms in all.
const wayMs = { least: 30, most: 120 }
// Access tokens live for an hour.
const tokenMs = 3_000_000
const jsonType = 'application/json; charset=UTF-8'

/** Starts one whose seller lists these SKUs with this quantity each, at Amazon's documented limits. */
export function startVirtualAmazon(options: {
  skus: readonly string[]
  quantity: number
  feeds?: FeedModel
  /** From an accepted write to what buyers see. */
  propagationMs?: number
  seed: number
}): VirtualAmazon {
  const { fixedSeconds, itemsPerSecond } = options.feeds ?? assumedFeeds
  const feeds = { feedFixedMs: fixedSeconds * 1_000, feedItemsPerSecond: itemsPerSecond }
  const settings = { propagationMs: options.propagationMs ?? propagationMs, ...feeds }
  const amazon = startInProcess({ settings })
  const clock = virtualClock(amazon.clock.now())
  const chance = seeded(options.seed)
  for (const sku of options.skus) {
    const offer = { asin: 'B000000001', title: sku, marketplaceId }
    amazon.simulator.putListing({ sellerId, sku, quantity: options.quantity, ...offer })
  }
  let throttled = 0
  let tokenAt = clock.now()
  const way = () => wayMs.least + Math.floor(chance() * (wayMs.most - wayMs.least))
  const catchUp = () => {
    amazon.clock.advance(clock.now() - amazon.clock.now())
    if (clock.now() - tokenAt < tokenMs) return
    amazon.forgetToken()
    tokenAt = clock.now()
  }
  const request: VirtualAmazon['request'] = ({ method, target, body }, answered) => {
    clock.after(way(), () => {
      catchUp()
      const answer = amazon.call(method, target, body)
      if (answer.status === 429) throttled += 1
      clock.after(way(), () => answered(answer))
    })
  }
  const submitFeed: VirtualAmazon['submitFeed'] = (messages, answered) => {
    request({ method: 'POST', target: '/feeds/2021-06-30/documents', body: { contentType: jsonType } }, (document) => {
      if (document.status !== 201) return answered(undefined)
      const body = JSON.stringify({ header: { sellerId, version: '2.0' }, messages })
      const target = String(document.json['url']).replace('http://amazon.test', '')
      catchUp()
      amazon.send({ method: 'PUT', target, headers: { 'content-type': jsonType }, body })
      const { feedDocumentId: inputFeedDocumentId } = document.json
      const feed = { feedType: 'JSON_LISTINGS_FEED', marketplaceIds: [marketplaceId], inputFeedDocumentId }
      request({ method: 'POST', target: '/feeds/2021-06-30/feeds', body: feed }, ({ status, json }) =>
        answered(status === 202 ? String(json['feedId']) : undefined),
      )
    })
  }
  const buy = (sku: string) => {
    if (liveQuantity(sku) === 0) return false
    amazon.simulator.placeOrder({ sellerId, marketplaceId, lines: [{ sku, quantity: 1 }] })
    return true
  }
  const liveQuantity = (sku: string) => {
    catchUp()
    return amazon.simulator.liveQuantity(sellerId, sku)
  }
  const showsAt = (sku: string) => {
    catchUp()
    const { pendingWrites, live } = amazon.simulator.listing(sellerId, sku)
    return Date.parse(pendingWrites.at(-1)?.appliesAt ?? live.at)
  }
  return { clock, chance, request, submitFeed, buy, liveQuantity, showsAt, throttled: () => throttled }
}

/** A patch of one attribute. */
export function patchOf(sku: string, attribute: object): AmazonCall {
  const target = `/listings/2021-08-01/items/${sellerId}/${encodeURIComponent(sku)}?marketplaceIds=${marketplaceId}`
  return { method: 'PATCH', target, body: { productType: 'PRODUCT', patches: [attribute] } }
}

export function quantityAttribute(quantity: number): object {
  return {
    op: 'merge',
    path: '/attributes/fulfillment_availability',
    value: [{ fulfillment_channel_code: 'DEFAULT', quantity }],
  }
}

export function titleAttribute(title: string): object {
  return { op: 'replace', path: '/attributes/item_name', value: [{ value: title, marketplace_id: marketplaceId }] }
}

/** A message of a listings feed. */
export function feedMessage(messageId: number, sku: string, attribute: object): object {
  return { messageId, sku, operationType: 'PATCH', productType: 'PRODUCT', patches: [attribute] }
}
