import { failpoint } from '@lockstep/postgres/failpoint'
import {
  createFeedCall,
  type Feed,
  getFeedsCall,
  LISTINGS_FEED,
  nextFeedsCall,
  readCreatedFeed,
  readFeedsPage,
} from '@lockstep/sp-api/feeds'
import { onFeedBuilt } from '@lockstep/pacing/estimate'
import { sql } from 'kysely'

import { databaseNow, type FeedRow, inMs, listKnownFeedIds, saveFeed } from '../store/feed-rows.ts'
import { readFeedEstimate, saveFeedEstimate } from '../store/feeds.ts'
import { endFeed } from './end-feed.ts'
import { callForFeed, type FeedDeps, pauseMsAfter } from './feed-work.ts'
import { markStuck } from './stuck-feed.ts'

/** Amazon's clock and ours may differ by this much. */
const skewMs = 120_000
const mostPages = 10

/**
 * Submits an uploaded feed. That it is about to be submitted is committed first: when no answer comes, or this process dies, Amazon is asked what it
 * has before anything is repeated, so there is never a second feed of the same.
 */
export async function createFeed(deps: FeedDeps, feed: FeedRow, signal: AbortSignal): Promise<FeedRow | undefined> {
  if (feed.create_started_at) return findCreatedFeed(deps, feed, signal)
  const begun = await saveFeed(deps.db, feed, { create_started_at: databaseNow })
  failpoint('feed:after-create-intent')
  const call = createFeedCall({
    feedType: LISTINGS_FEED,
    marketplaceIds: feed.marketplace_ids,
    inputDocumentId: feed.document_id ?? '',
  })
  const reply = await callForFeed(deps, feed, { call, signal })
  failpoint('feed:after-create')
  switch (reply.outcome) {
    case 'accepted': {
      const channelFeedId = readCreatedFeed(reply.body)
      if (channelFeedId !== undefined) return noteCreated(deps, begun, channelFeedId)
      await saveFeed(deps.db, begun, { detail: 'Amazon gave no feed id', next_at: inMs(deps.timings.settleMs) })
      return undefined
    }
    case 'unknown':
    case 'outage':
      await saveFeed(deps.db, begun, { detail: reply.detail, next_at: inMs(deps.timings.settleMs) })
      return undefined
    case 'invalid_data':
    case 'not_found':
      await endFeed(deps, begun, { kind: 'fatal', detail: reply.detail })
      return undefined
    case 'throttled':
    case 'not_sent':
    case 'denied':
    case 'authorisation_revoked':
    case 'application_credentials':
    case 'wrong_region':
      // Certainly not done: it may be tried again as if for the first time.
      await saveFeed(deps.db, begun, {
        create_started_at: null,
        detail: reply.detail,
        next_at: inMs(pauseMsAfter(reply)),
      })
      return undefined
    default:
      return reply.outcome satisfies never
  }
}

async function noteCreated(deps: FeedDeps, feed: FeedRow, channelFeedId: string): Promise<FeedRow> {
  const estimate = await readFeedEstimate(deps.db, feed.connection_id)
  const submitted = await saveFeed(deps.db, feed, {
    state: 'in_queue',
    detail: '',
    channel_feed_id: channelFeedId,
    submitted_at: databaseNow,
    next_at: inMs(deps.timings.pollMs),
  })
  failpoint('feed:after-create-commit')
  const tookMs = (submitted.submitted_at?.getTime() ?? 0) - feed.planned_at.getTime()
  await saveFeedEstimate(deps.db, feed.connection_id, onFeedBuilt(estimate, Math.max(0, tookMs)))
  deps.log.info({ feed_id: feed.id, channel_feed_id: channelFeedId, items: feed.items }, 'feed submitted')
  return submitted
}

/** Asks Amazon whether it has the feed whose submission got no answer. */
async function findCreatedFeed(deps: FeedDeps, feed: FeedRow, signal: AbortSignal): Promise<FeedRow | undefined> {
  const startedAt = feed.create_started_at?.getTime() ?? 0
  const listed = await listFeedsSince(deps, feed, { since: new Date(startedAt - skewMs), signal })
  if (!listed) return undefined
  const known = await listKnownFeedIds(deps.db, feed.connection_id)
  const strangers = listed.filter(({ feedId, feedType }) => feedType === LISTINGS_FEED && !known.has(feedId))
  const [found] = strangers
  if (found && strangers.length === 1) return noteCreated(deps, feed, found.feedId)
  if (strangers.length > 1) return keepUnknown(deps, feed, strangers.length)
  const again = await saveFeed(deps.db, feed, { next_at: inMs(deps.timings.settleMs) })
  const waitedMs = (again.next_at?.getTime() ?? 0) - deps.timings.settleMs - startedAt
  if (waitedMs < deps.timings.settleMs) return undefined
  return saveFeed(deps.db, again, { create_started_at: null, next_at: databaseNow })
}

/** One of them is ours, and nothing tells which: it is never repeated, and past its deadline its SKUs go by patch. */
async function keepUnknown(deps: FeedDeps, feed: FeedRow, shown: number): Promise<undefined> {
  const kept = await saveFeed(deps.db, feed, {
    state: 'unknown',
    detail: `Amazon shows ${shown} feeds that could be this one`,
    next_at: sql<Date>`greatest(deadline_at, clock_timestamp())`,
  })
  if (kept.next_at && kept.next_at > kept.deadline_at) await markStuck(deps, kept)
}

async function listFeedsSince(
  deps: FeedDeps,
  feed: FeedRow,
  { since, signal }: { since: Date; signal: AbortSignal },
): Promise<Feed[] | undefined> {
  const feeds: Feed[] = []
  let call = getFeedsCall({ feedTypes: [LISTINGS_FEED], createdSince: since })
  for (let pages = 0; pages < mostPages; pages += 1) {
    const reply = await callForFeed(deps, feed, { call, signal })
    const page = reply.outcome === 'accepted' ? readFeedsPage(reply.body) : undefined
    if (!page) {
      await saveFeed(deps.db, feed, { detail: reply.detail, next_at: inMs(pauseMsAfter(reply)) })
      return undefined
    }
    feeds.push(...page.feeds)
    if (page.nextToken === null) break
    call = nextFeedsCall(page.nextToken)
  }
  return feeds
}
