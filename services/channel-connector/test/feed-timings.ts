import type { FeedTimings } from '../src/commands/feed-work.ts'

/** Feeds are looked at often, and a lost createFeed is asked about soon. */
export const quickTimings: FeedTimings = { pollMs: 150, settleMs: 1_500, planMs: 200 }
