import { feedShare, feedThreshold, type Pace } from './crossover.ts'
import { estimateAt } from './estimate.ts'
import { aheadMs, FEED_LIMITS, isBlocked, isOverdue } from './feed-queue.ts'
import type { FeedAction, FeedsView, FeedView, WaitReason } from './feed-view.ts'
import { planJobs } from './job-plan.ts'

/**
 * What is to be done about the feeds of one connection, now. Pure: the same view gives the same actions. Actions may be lost; the next
 * plan has them again. At most one slice leaves per plan: store it as a feed, then plan again.
 * Stock goes first: a slice of a job needs an empty queue and a stock backlog that wants no feed.
 */
export function planFeeds(seen: FeedsView, now: number): FeedAction[] {
  const view = { ...seen, estimate: estimateAt(seen.estimate, now) }
  const troubles = view.feeds.flatMap((feed) => troubleOf(feed, now))
  const stockItems = stockShare(view, now)
  const stock = stockItems > 0 ? stockActions(view, stockItems, now) : []
  return [...troubles, ...stock, ...planJobs(view, { stockWantsFeed: stockItems > 0, now })]
}

function troubleOf(feed: FeedView, now: number): FeedAction[] {
  const mayCancel = feed.state === 'in_queue' && !feed.cancelAsked
  if (mayCancel && feed.zeroInside && !feed.cancelledBefore) {
    return [{ kind: 'cancel', feedId: feed.id, reason: 'TO_ZERO_INSIDE' }]
  }
  if (!isOverdue(feed, now)) return []
  if (mayCancel) return [{ kind: 'cancel', feedId: feed.id, reason: 'PAST_DEADLINE' }]
  return feed.stuck ? [] : [{ kind: 'stuck', feedId: feed.id }]
}

/** How many of the waiting increases a feed should carry; 0 when patches alone are as good. Never an urgent item. */
function stockShare(view: FeedsView, now: number): number {
  const { urgent, increases } = view.backlog
  const pace: Pace = {
    // The urgent ones take the patches first, so they are not there for the increases.
    tokens: view.patch.tokens - urgent,
    patchRate: view.patch.rate,
    leadMs: aheadMs(view, now) + view.estimate.fixedMs + view.estimate.buildMs,
    itemsPerSecond: view.estimate.itemsPerSecond,
  }
  if (increases <= feedThreshold(pace)) return 0
  const share = Math.min(feedShare(increases, pace), FEED_LIMITS.maxItems)
  return share < FEED_LIMITS.leastItems ? 0 : share
}

function stockActions(view: FeedsView, maxItems: number, now: number): FeedAction[] {
  if (isBlocked(view, now)) return stockWaits(now + FEED_LIMITS.lookAgainMs, 'STUCK_FEED')
  // The items of a feed that only waits behind another are bound too early: patches could have had them meanwhile.
  const idleMs = aheadMs(view, now) - FEED_LIMITS.handoverMs - view.estimate.buildMs
  if (idleMs > 0) return stockWaits(now + idleMs, 'FEED_IN_FLIGHT')
  if (view.createFeed.tokens < 1) return stockWaits(view.createFeed.nextTokenAt, 'NO_FEED_TOKEN')
  return [{ kind: 'slice', purpose: 'stock', jobId: null, maxItems, maxBytes: FEED_LIMITS.maxBytes }]
}

function stockWaits(until: number, reason: WaitReason): FeedAction[] {
  return [{ kind: 'wait', jobId: null, until, reason }]
}
