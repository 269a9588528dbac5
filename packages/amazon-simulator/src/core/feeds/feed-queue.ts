import { announceFeed } from '../notifications/processing-finished.ts'
import type { Listing } from '../records.ts'
import { releaseWrites } from '../submission.ts'
import { listingKeyOf, sellerKeyOf, type World } from '../world.ts'
import { applyMessage } from './apply-message.ts'
import { digestOf, readFeedContent } from './feed-content.ts'
import { keepFeedResult } from './feed-documents.ts'
import { readFeedMessage, type FeedMessage } from './feed-message.ts'
import type { Feed, FeedDigest, FeedQueue, FeedTimes } from './feed-records.ts'
import { listingsFeedType } from './feed-types.ts'
import { processingReport } from './processing-report.ts'

/** The share of the fixed time that a feed at the head of its queue still waits and can be cancelled. */
const waitingShare = 0.2
/** Amazon lists feeds for 90 days; a simulator that runs long keeps the newest. */
const keptFeeds = 10_000
/** A `skip` feed loses every tenth message, beginning with the first. */
const skipEvery = 10

/** Puts a feed at the end of its seller's queue. */
export function enqueueFeed(world: World, feed: Feed, now: number): void {
  forgetOldFeeds(world)
  const digest = digestOf(readFeedContent(world, feed))
  feed.items = digest.items
  world.feedMemory.digests.set(feed.feedId, digest)
  const queue = world.feedQueues.find(queueKeyOf(feed)) ?? { key: queueKeyOf(feed), feedIds: [] }
  queue.feedIds.push(feed.feedId)
  if (queue.feedIds.length === 1) feed.times = planTimes(world, feed, now)
  world.feedQueues.save(queue)
  world.feeds.save(feed)
}

/** The oldest feeds that are over go first, in slices, so that a long run stays quick. */
function forgetOldFeeds(world: World): void {
  if (world.feeds.size <= keptFeeds * 1.1) return
  const over = [...world.feeds.all()].filter(({ outcome }) => outcome !== null)
  const oldestFirst = over.toSorted((a, b) => a.createdAt - b.createdAt)
  for (const feed of oldestFirst.slice(0, world.feeds.size - keptFeeds)) world.feeds.remove(feed)
}

/** Takes a feed that has not started out of its queue. */
export function cancelInQueue(world: World, feed: Feed, now: number): void {
  const queue = world.feedQueues.find(queueKeyOf(feed))
  feed.outcome = 'CANCELLED'
  if (queue) leaveQueue(world, queue, { feed, at: now })
}

/** A stuck feed begins anew. One that others are ahead of only loses its fate. */
export function resumeStuckFeed(world: World, feed: Feed, now: number): void {
  feed.fate = 'normal'
  feed.isReleased = false
  if (feed.times && now >= feed.times.startsAt)
    feed.times = { ...planTimes(world, feed, now), startsAt: feed.times.startsAt }
  world.feeds.save(feed)
}

/**
 * Works every queue up to an instant: items reach their listings at their own times, feeds end, the next ones begin.
 * Everything that reads or changes the world at `now` calls this first. Costs nothing when no feed is open.
 */
export function advanceFeeds(world: World, now: number): void {
  for (const queue of world.feedQueues.all()) {
    for (let head = headOf(world, queue); head && work(world, head, now); head = headOf(world, queue)) {
      leaveQueue(world, queue, { feed: head, at: head.times?.endsAt ?? now })
    }
  }
}

/** The newest open feed that holds a SKU's stock writes back, and when it is expected to end. */
export function holdingFeed(world: World, listing: Listing): { feedId: string; expectedEnd: number } | null {
  const queue = world.feedQueues.find(queueKeyOf({ ...listing, lane: 'listings' }))
  const open = queue?.feedIds.map((feedId) => world.feeds.find(feedId)).filter((feed) => feed !== undefined) ?? []
  const holding = open.findLast((feed) => !feed.isReleased && digestFor(world, feed).skus.has(listing.sku))
  return holding ? { feedId: holding.feedId, expectedEnd: expectedEnd(world, open, holding) } : null
}

/** Does the work that is due. True when the feed is over. */
function work(world: World, feed: Feed, now: number): boolean {
  const { times } = feed
  if (!times || now < times.startsAt) return false
  if (feed.fate === 'stuck') {
    // Nobody could ever write to these SKUs again: a feed that hangs lets them go.
    if (!feed.isReleased) release(world, feed, times.startsAt)
    return false
  }
  applyDueItems(world, { feed, times, now })
  if (now < times.endsAt) return false
  end(world, feed, times.endsAt)
  return true
}

function applyDueItems(world: World, of: { feed: Feed; times: FeedTimes; now: number }): void {
  const { feed, times, now } = of
  const elapsed = Math.floor((now - times.itemsFrom) / times.perItemMs + 1e-6)
  // A feed that is to fail does so half way.
  const last = feed.fate === 'fatal' ? Math.floor(feed.items / 2) : feed.items
  const due = Math.min(last, Math.max(0, elapsed))
  if (due <= feed.reached) return
  const messages = messagesOf(world, feed)
  for (let i = feed.reached; i < due; i++) {
    const message = messages[i]
    const isSkipped = feed.fate === 'skip' && i % skipEvery === 0
    const at = Math.round(times.itemsFrom + (i + 1) * times.perItemMs)
    if (message && !isSkipped) applyMessage(world, { feed, message, at })
  }
  feed.reached = due
  world.feeds.save(feed)
}

function end(world: World, feed: Feed, at: number): void {
  const { fate } = feed
  const digest = digestFor(world, feed)
  feed.outcome = fate === 'fatal' || digest.problem !== null ? 'FATAL' : 'DONE'
  if (fate === 'fatal') return
  if (feed.feedType === listingsFeedType || digest.problem !== null) {
    const messages = messagesOf(world, feed).filter((_message, i) => fate !== 'skip' || i % skipEvery !== 0)
    const text = processingReport(world, { feed, digest, messages, at })
    feed.resultDocumentId = keepFeedResult(world, { feed, text, contentType: 'application/json; charset=UTF-8', at })
    return
  }
  const text = `Feed ${feed.feedId} was received. The simulator does not act on feeds of type ${feed.feedType}.\n`
  feed.resultDocumentId = keepFeedResult(world, { feed, text, contentType: 'text/plain; charset=UTF-8', at })
}

/** Removes a feed that is over; the next one begins. */
function leaveQueue(world: World, queue: FeedQueue, of: { feed: Feed; at: number }): void {
  const { feed, at } = of
  const wasHead = queue.feedIds[0] === feed.feedId
  feed.endedAt = at
  release(world, feed, at)
  announceEnd(world, feed, at)
  queue.feedIds = queue.feedIds.filter((feedId) => feedId !== feed.feedId)
  const next = headOf(world, queue)
  if (next && wasHead) {
    next.times = planTimes(world, next, at)
    world.feeds.save(next)
  }
  if (next) world.feedQueues.save(queue)
  else world.feedQueues.remove(queue)
  world.feedMemory.forget(feed.feedId)
  forgetDocument(world, queue, feed.inputDocumentId)
}

function announceEnd(world: World, feed: Feed, at: number): void {
  const { sellerId, region, feedId: id, feedType: type, outcome, resultDocumentId: documentId } = feed
  if (outcome) announceFeed(world, { sellerId, region, id, type, status: outcome, documentId, at })
}

function release(world: World, feed: Feed, at: number): void {
  for (const sku of digestFor(world, feed).skus) {
    const listing = world.listings.find(listingKeyOf({ ...feed, sku }))
    if (listing) releaseWrites(world, listing, { feedId: feed.feedId, at })
  }
  feed.isReleased = true
  world.feeds.save(feed)
}

/** What was uploaded goes once no feed of the queue needs it. */
function forgetDocument(world: World, queue: FeedQueue, documentId: string): void {
  const isNeeded = queue.feedIds.some((feedId) => world.feeds.find(feedId)?.inputDocumentId === documentId)
  const document = world.feedDocuments.find(documentId)
  if (document && !isNeeded) world.feedDocuments.remove(document)
}

function planTimes(world: World, feed: Feed, from: number): FeedTimes {
  const { feedFixedMs, feedItemsPerSecond } = world.settings
  const perItemMs = 1000 / feedItemsPerSecond
  const itemsFrom = from + feedFixedMs
  const endsAt = Math.round(itemsFrom + feed.items * perItemMs)
  return { startsAt: from + Math.round(feedFixedMs * waitingShare), itemsFrom, perItemMs, endsAt }
}

function expectedEnd(world: World, open: Feed[], feed: Feed): number {
  let endsAt = open[0]?.times?.endsAt ?? 0
  for (const waiting of open.slice(1, open.indexOf(feed) + 1)) endsAt = planTimes(world, waiting, endsAt).endsAt
  return endsAt
}

function headOf(world: World, queue: FeedQueue): Feed | undefined {
  return queue.feedIds[0] === undefined ? undefined : world.feeds.find(queue.feedIds[0])
}

function messagesOf(world: World, feed: Feed): FeedMessage[] {
  const known = world.feedMemory.messages.get(feed.feedId)
  if (known) return known
  const { messages } = readFeedContent(world, feed)
  const read = messages.map((message) => readFeedMessage(message, { seller: feed, ...feed }))
  world.feedMemory.messages.set(feed.feedId, read)
  return read
}

function digestFor(world: World, feed: Feed): FeedDigest {
  const known = world.feedMemory.digests.get(feed.feedId)
  if (known) return known
  const digest = digestOf(readFeedContent(world, feed))
  world.feedMemory.digests.set(feed.feedId, digest)
  return digest
}

function queueKeyOf(feed: Pick<Feed, 'sellerId' | 'region' | 'lane'>): string {
  return `${sellerKeyOf(feed)}|${feed.lane}`
}
