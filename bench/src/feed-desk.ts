import { assumedEstimate, deadlineMs, type FeedEstimate, onFeedBuilt, onFeedDone } from '@lockstep/pacing/estimate'
import { planFeeds } from '@lockstep/pacing/feed-plan'
import type { FeedAction, FeedsView, FeedView } from '@lockstep/pacing/feed-view'
import { type Bucket, newBucket, nextSlotAt, refilled, take } from '@lockstep/pacing/bucket'
import { modelLimits } from '@lockstep/pacing/model-limits'
import { afterFeed, routeOf, type SliceItem, takePatches, takeSlice, writeInFeed } from '@lockstep/pacing/slice-rules'
import type { StockChange, StockDesk } from './stock-desk.ts'
import {
  feedMessage,
  type FeedModel,
  patchOf,
  quantityAttribute,
  titleAttribute,
  type VirtualAmazon,
} from './virtual-amazon.ts'

/** Plans and carries out feeds as the connector does, by the rules of the pacing package. */
export interface FeedDesk {
  /** Submits a job that writes the title of these SKUs. */
  submitJob: (skus: readonly string[]) => void
  /** Whether a stock write must wait for the feed that its SKU is in; notes one that need not. */
  isHeld: (sku: string, lane: StockChange['lane']) => boolean
  /** When the last item of the job was done. */
  jobDoneAt: () => number | null
  isIdle: () => boolean
  /** What went by feed and by single patch. */
  counts: () => { feeds: number; fed: number; patched: number }
}

interface JobItem extends SliceItem {
  index: number
}

interface OpenFeed {
  view: FeedView
  decidedAt: number
  feedId: string | null
  /** The number in the feed; null for content. */
  skus: Map<string, number | null>
  patchedMeanwhile: Set<string>
}

const planEveryMs = 5_000
const pollEveryMs = 15_000
const bytesPerItem = 300
const headerBytes = 200
// Building and uploading a document of so many messages, beside the calls themselves.
const buildMs = 5_000

// oxlint-disable-next-line max-lines-per-function -- the parts of one desk share its state
export function feedDesk(
  amazon: VirtualAmazon,
  { stock, learned, stockRate }: { stock: () => StockDesk; learned: FeedModel; stockRate: number },
): FeedDesk {
  const { clock } = amazon
  let estimate: FeedEstimate = {
    ...assumedEstimate,
    fixedMs: learned.fixedSeconds * 1_000,
    itemsPerSecond: learned.itemsPerSecond,
    buildMs,
  }
  // Nobody has created feeds lately, so the bucket is full.
  let creations: Bucket = { ...newBucket(modelLimits.createFeed, clock.now()), level: modelLimits.createFeed.burst }
  const feeds: OpenFeed[] = []
  const inFeed = new Map<string, OpenFeed>()
  const waiting = new Map<string, number>()
  const cancelledOnce = new Set<string>()
  const counted = { feeds: 0, fed: 0, patched: 0 }
  let patching = 0
  let lastBulkAt: number | null = null
  let doneAt: number | null = null
  let isSubmitted = false

  const waitingItems = (): JobItem[] =>
    [...waiting].map(([sku, index]) => ({
      sku,
      index,
      bytes: bytesPerItem,
      writeOpen: stock().writeOpen(sku),
      stockChangedAt: stock().changedAt(sku),
      inFeed: inFeed.has(sku),
    }))

  function view(all: JobItem[]): FeedsView {
    const now = clock.now()
    const sliceable = all.filter((item) => routeOf(item, now) === 'slice').length
    const job = {
      id: 'job',
      kind: 'content' as const,
      waiting: all.length,
      sliceable,
      bytes: all.length * bytesPerItem,
      patching,
      quietHours: null,
      paused: false,
      createdAt: now,
    }
    return {
      patch: { rate: modelLimits.patchListingsItem.rate, tokens: stock().patches.tokens(), stockRate },
      estimate,
      backlog: stock().backlog(),
      jobs: isSubmitted ? [job] : [],
      feeds: feeds.map((feed) => feed.view),
      createFeed: { tokens: refilled(creations, now).level, nextTokenAt: nextSlotAt(creations, now) },
      lastBulkAt,
      nextPeakAt: null,
    }
  }

  function plan(): void {
    const all = waitingItems()
    for (const action of planFeeds(view(all), clock.now())) perform(action, all)
    noteDone()
  }

  function perform(action: FeedAction, all: JobItem[]): void {
    if (action.kind === 'patch') {
      const free = all.filter(({ sku }) => waiting.has(sku) && !inFeed.has(sku))
      for (const item of takePatches(free, { maxItems: action.maxItems, now: clock.now() })) patch(item)
    }
    if (action.kind === 'cancel') cancel(action.feedId)
    if (action.kind === 'stuck') for (const { view: one } of feeds) one.stuck ||= one.id === action.feedId
    if (action.kind === 'slice' && action.purpose === 'stock') submit('stock', stock().takeIncreases(action.maxItems))
    if (action.kind === 'slice' && action.purpose !== 'stock') {
      lastBulkAt = clock.now()
      const slice = takeSlice(all, { ...action, headerBytes, now: clock.now() })
      for (const { sku } of slice) waiting.delete(sku)
      submit('content', slice)
    }
  }

  function patch({ sku }: JobItem): void {
    waiting.delete(sku)
    patching += 1
    const go = () => {
      const sentAt = clock.now()
      amazon.request(patchOf(sku, titleAttribute(`${sku}, new`)), ({ status }) => {
        stock().patches.replied(status, sentAt)
        if (status !== 200) return stock().patches.join(waiter)
        patching -= 1
        counted.patched += 1
        noteDone()
      })
      return true
    }
    const waiter = { id: sku, lane: 'content' as const, since: clock.now(), deadline: null, go }
    stock().patches.join(waiter)
  }

  function submit(purpose: 'stock' | 'content', slice: readonly { sku: string; quantity?: number }[]): void {
    const decidedAt = clock.now()
    const items = slice.length
    const feed: OpenFeed = {
      view: {
        id: `feed_${(counted.feeds += 1)}`,
        purpose,
        state: 'sending',
        items,
        firstInLineAt: null,
        deadlineAt: decidedAt + deadlineMs(estimate, items),
        stuck: false,
        cancelAsked: false,
        cancelledBefore: slice.some(({ sku }) => cancelledOnce.has(sku)),
        zeroInside: false,
      },
      decidedAt,
      feedId: null,
      skus: new Map(slice.map(({ sku, quantity }) => [sku, quantity ?? null])),
      patchedMeanwhile: new Set(),
    }
    feeds.push(feed)
    counted.fed += items
    for (const { sku } of slice) inFeed.set(sku, feed)
    const messages = slice.map(({ sku, quantity }, i) => {
      const attribute = quantity === undefined ? titleAttribute(`${sku}, new`) : quantityAttribute(quantity)
      return feedMessage(i + 1, sku, attribute)
    })
    creations = take(creations, decidedAt).bucket
    clock.after(buildMs, () =>
      amazon.submitFeed(messages, (feedId) => {
        if (feedId === undefined) throw new Error('Amazon refused a feed')
        feed.feedId = feedId
        feed.view.state = 'in_queue'
        if (feeds[0] === feed) feed.view.firstInLineAt = clock.now()
        estimate = onFeedBuilt(estimate, clock.now() - decidedAt)
        poll(feed)
      }),
    )
  }

  function cancel(id: string): void {
    const feed = feeds.find(({ view: one }) => one.id === id)
    if (!feed?.feedId) return
    feed.view.cancelAsked = true
    amazon.request({ method: 'DELETE', target: `/feeds/2021-06-30/feeds/${feed.feedId}` }, () => undefined)
  }

  function poll(feed: OpenFeed): void {
    amazon.request({ method: 'GET', target: `/feeds/2021-06-30/feeds/${feed.feedId}` }, ({ json }) => {
      const status = json['processingStatus']
      if (status === 'DONE') return end(feed, 'done')
      if (status === 'CANCELLED') return end(feed, 'cancelled')
      if (status === 'IN_PROGRESS') feed.view.state = 'in_progress'
      clock.after(pollEveryMs, () => poll(feed))
    })
  }

  function end(feed: OpenFeed, ended: 'done' | 'cancelled'): void {
    const { items, firstInLineAt, purpose } = feed.view
    const now = clock.now()
    feeds.splice(feeds.indexOf(feed), 1)
    if (feeds[0]) feeds[0].view.firstInLineAt ??= now
    for (const sku of feed.skus.keys()) inFeed.delete(sku)
    if (ended === 'done') estimate = onFeedDone(estimate, { items, tookMs: now - (firstInLineAt ?? now), at: now })
    else takeBack(feed)
    for (const [sku, fed] of feed.skus) {
      if (purpose === 'stock' && ended === 'done') stock().broughtByFeed(sku, feed.decidedAt)
      follow(feed, { sku, fed, ended })
    }
    plan()
  }

  function takeBack(feed: OpenFeed): void {
    // Amazon never worked on it, so the next one need not keep its distance.
    lastBulkAt = null
    counted.fed -= feed.skus.size
    for (const [sku, fed] of feed.skus) {
      cancelledOnce.add(sku)
      if (fed === null) waiting.set(sku, waiting.size)
    }
  }

  /** What is due for the quantity of a SKU now that its feed has ended. */
  function follow(feed: OpenFeed, of: { sku: string; fed: number | null; ended: 'done' | 'cancelled' }): void {
    const { sku, fed, ended } = of
    const desiredVersion = fed !== null && stock().quantity(sku) !== fed ? 2 : 1
    const patchedMeanwhile = feed.patchedMeanwhile.has(sku)
    const due = afterFeed({ fedVersion: fed === null ? null : 1, desiredVersion, patchedMeanwhile }, ended)
    if (due === 'send_newest') stock().repeat(sku, fed === null ? 'after_content_feed' : 'after_stock_feed')
    else if (stock().isWaitingForFeed(sku)) stock().repeat(sku, 'stock_adjusted')
  }

  function noteDone(): void {
    if (!isSubmitted || doneAt !== null) return
    const isDone = waiting.size === 0 && patching === 0 && feeds.every(({ view: { purpose } }) => purpose === 'stock')
    if (isDone) doneAt = clock.now()
  }

  function tick(): void {
    plan()
    clock.after(planEveryMs, tick)
  }
  clock.after(planEveryMs, tick)

  return {
    submitJob(skus) {
      isSubmitted = true
      for (const [index, sku] of skus.entries()) waiting.set(sku, index)
      plan()
    },
    isHeld(sku, lane) {
      const feed = inFeed.get(sku)
      if (!feed) return false
      const { send, againAfterFeed } = writeInFeed(lane, feed.view)
      if (againAfterFeed) feed.patchedMeanwhile.add(sku)
      feed.view.zeroInside ||= lane === 'to_zero'
      if (lane === 'to_zero') clock.after(0, plan)
      return send === 'after_feed'
    },
    jobDoneAt: () => doneAt,
    isIdle: () => feeds.length === 0,
    counts: () => ({ ...counted }),
  }
}
