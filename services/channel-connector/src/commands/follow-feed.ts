import { cancelFeedCall, type Feed, getFeedCall, readFeed } from '@lockstep/sp-api/feeds'

import { databaseNow, type FeedRow, inMs, saveFeed } from '../store/feed-rows.ts'
import { endFeed } from './end-feed.ts'
import { callForFeed, type FeedDeps, pauseMsAfter } from './feed-work.ts'
import { followStuckFeed, markStuck } from './stuck-feed.ts'
import { takeInReport } from './take-in-report.ts'

/** Looks at a feed that Amazon has: takes it out of the queue when that was asked for, and ends it when Amazon has. */
export async function followFeed(deps: FeedDeps, feed: FeedRow, signal: AbortSignal): Promise<FeedRow | undefined> {
  // Stuck without an id: nothing tells which of Amazon's feeds it is.
  if (feed.channel_feed_id === null) return followStuckFeed(deps, feed)
  await cancelAsked(deps, feed, signal)
  const reply = await callForFeed(deps, feed, { call: getFeedCall(feed.channel_feed_id), signal })
  const seen = reply.outcome === 'accepted' ? readFeed(reply.body) : undefined
  if (!seen) return waitOn(deps, feed, { detail: reply.detail, afterMs: pauseMsAfter(reply) })
  switch (seen.progress.kind) {
    case 'in_queue':
    case 'in_progress':
      return noteProgress(deps, feed, seen)
    case 'done':
      await takeInReport(deps, feed, { documentId: seen.progress.documentId, signal })
      return undefined
    case 'cancelled':
      await endFeed(deps, feed, { kind: 'cancelled', detail: feed.cancel_requested ?? 'cancelled at Amazon' })
      return undefined
    case 'fatal':
      await endFeed(deps, feed, { kind: 'fatal', detail: 'Amazon gave the whole feed up' })
      return undefined
    default:
      return seen.progress satisfies never
  }
}

/** Only a feed that waits in the queue can be taken out of it; to any other Amazon says no, and it is worked through. */
async function cancelAsked(deps: FeedDeps, feed: FeedRow, signal: AbortSignal): Promise<void> {
  if (feed.cancel_requested === null || feed.state !== 'in_queue') return
  await callForFeed(deps, feed, { call: cancelFeedCall(feed.channel_feed_id ?? ''), signal })
}

function noteProgress(deps: FeedDeps, feed: FeedRow, { progress }: Feed): Promise<FeedRow | undefined> {
  if (feed.state === 'stuck') return followStuckFeed(deps, feed)
  const state = progress.kind === 'in_queue' ? 'in_queue' : 'in_progress'
  return waitOn(deps, { ...feed, state }, { detail: '', afterMs: deps.timings.pollMs })
}

/**
 * [T-52] Looks again later. Past its deadline a feed that still waits is taken out of the queue; one that Amazon works on is stuck: from then on its
 * SKUs go by patch, and once more should it end after all.
 */
async function waitOn(
  deps: FeedDeps,
  feed: FeedRow,
  { detail, afterMs }: { detail: string; afterMs: number },
): Promise<FeedRow | undefined> {
  const { state } = feed
  if (state === 'stuck') return followStuckFeed(deps, feed)
  const waiting = await saveFeed(deps.db, feed, { state, detail, next_at: inMs(afterMs) })
  const now = (waiting.next_at?.getTime() ?? 0) - afterMs
  if (now < feed.deadline_at.getTime()) return undefined
  if (state === 'in_queue' && feed.cancel_requested === null) {
    return saveFeed(deps.db, waiting, { cancel_requested: 'past its deadline', next_at: databaseNow })
  }
  await markStuck(deps, waiting)
  return undefined
}
