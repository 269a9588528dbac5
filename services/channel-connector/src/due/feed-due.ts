import { type ClaimLoop, startClaimLoop } from '@lockstep/postgres/claim-loop'

import { createFeed } from '../commands/create-feed.ts'
import { endFeed } from '../commands/end-feed.ts'
import type { FeedDeps } from '../commands/feed-work.ts'
import { followFeed } from '../commands/follow-feed.ts'
import { gatherStock } from '../commands/gather-stock.ts'
import { uploadFeed } from '../commands/upload-feed.ts'
import { databaseTime } from '../store/database-clock.ts'
import { type FeedRow, saveFeed } from '../store/feed-rows.ts'

const feedsAtOnce = 4

/** Takes feeds through their life, each by one worker at a time across all replicas: gathered, uploaded, submitted, followed, ended. */
export function startFeedDue(deps: FeedDeps): ClaimLoop {
  return startClaimLoop<FeedRow>({
    db: deps.db,
    log: deps.log,
    name: 'feed',
    table: 'feed',
    concurrency: feedsAtOnce,
    pollMs: Math.min(1_000, deps.timings.pollMs),
    async run(claimed, signal) {
      // A step that leaves the next one due is followed by it at once.
      let feed: FeedRow | undefined = claimed
      while (feed) feed = await step(deps, feed, signal)
    },
  })
}

async function step(deps: FeedDeps, feed: FeedRow, signal: AbortSignal): Promise<FeedRow | undefined> {
  switch (feed.state) {
    case 'planned':
      if (await wasCalledOff(deps, feed)) return undefined
      return feed.purpose === 'stock'
        ? gatherStock(deps, feed, signal)
        : saveFeed(deps.db, feed, { state: 'uploading' })
    case 'uploading':
      return (await wasCalledOff(deps, feed)) ? undefined : uploadFeed(deps, feed, signal)
    case 'creating':
      if (feed.create_started_at === null && (await wasCalledOff(deps, feed))) return undefined
      return createFeed(deps, feed, signal)
    case 'in_queue':
    case 'in_progress':
    case 'stuck':
      return followFeed(deps, feed, signal)
    case 'unknown':
      return createFeed(deps, feed, signal)
    case 'done':
    case 'fatal':
    case 'cancelled':
      await saveFeed(deps.db, feed, { next_at: null })
      return undefined
    default:
      return feed.state satisfies never
  }
}

/** A feed that Amazon has not heard of ends when it is not wanted any more, or when it would come too late. */
async function wasCalledOff(deps: FeedDeps, feed: FeedRow): Promise<boolean> {
  const isLate = (await databaseTime(deps.db)) > feed.deadline_at.getTime()
  if (feed.cancel_requested === null && !isLate) return false
  await endFeed(deps, feed, { kind: 'cancelled', detail: feed.cancel_requested ?? 'past its deadline' })
  return true
}
