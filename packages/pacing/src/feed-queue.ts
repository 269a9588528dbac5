import { expectedMs } from './estimate.ts'
import type { FeedsView, FeedView } from './feed-view.ts'

/** Amazon's limits for one feed and for the pace of feeds, and ours on top. */
export const FEED_LIMITS = {
  maxItems: 25_000,
  maxBytes: 10 * 1024 * 1024,
  /** A feed of fewer items is not worth a createFeed. */
  leastItems: 200,
  /** Amazon's guidance for feeds of one type. Stock does not wait for it. */
  spacingMs: 1_200_000,
  /** createFeed tokens that a job leaves for stock. */
  tokensForStock: 2,
  /** A stock feed is submitted this long before the one ahead of it is expected to end. */
  handoverMs: 60_000,
  /** How often to look again at what only Amazon can change. */
  lookAgainMs: 60_000,
} as const

/** From now until Amazon is expected to have worked off the feeds it has. */
export function aheadMs({ feeds, estimate }: FeedsView, now: number): number {
  return feeds.reduce((sum, { items, firstInLineAt }) => {
    return sum + Math.max(0, expectedMs(estimate, items) - (firstInLineAt === null ? 0 : now - firstInLineAt))
  }, 0)
}

/** Whether some feed does not end: nothing is stacked behind it. */
export function isBlocked({ feeds }: FeedsView, now: number): boolean {
  return feeds.some((feed) => isOverdue(feed, now))
}

export function isOverdue(feed: FeedView, now: number): boolean {
  return feed.stuck || now >= feed.deadlineAt
}
