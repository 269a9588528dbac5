import { onFeedLate } from '@lockstep/pacing/estimate'
import { sql } from 'kysely'

import { dropOutOfFeed } from '../store/bulk-items.ts'
import { type FeedRow, inMs, saveFeed } from '../store/feed-rows.ts'
import { readFeedEstimate, saveFeedEstimate, timeAtAmazon } from '../store/feeds.ts'
import { endFeed } from './end-feed.ts'
import type { FeedDeps } from './feed-work.ts'

/** A stuck feed is looked at this often, and given up this long after its deadline. */
const lookEveryMs = 300_000
const givenUpAfterMs = 3 * 86_400_000

/**
 * [T-52] Amazon neither ends this feed nor lets it be cancelled. It stays a barrier: no feed is stacked behind it, what it carries goes out by patch now,
 * and the newest numbers once more when it ends after all.
 */
export async function markStuck(deps: FeedDeps, feed: FeedRow): Promise<void> {
  const what = feed.channel_feed_id === null ? feed.detail : 'past its deadline at Amazon'
  const detail = `${what}; what it carries goes out one by one`
  await deps.db.transaction().execute(async (tx) => {
    // Groups before their feed, as everywhere. Increases that wait behind it need not wait any longer.
    await sql`
      update group_state set not_before = clock_timestamp(), next_at = clock_timestamp()
       where group_id in (select s.group_id from group_state s join feed_item i on i.group_id = s.group_id
                           where i.feed_id = ${feed.id} and i.is_open and s.blocked_by = 'BARRIER' and s.not_before is not null
                           order by s.group_id for update of s)`.execute(tx)
    await saveFeed(tx, feed, { state: 'stuck', detail, next_at: inMs(lookEveryMs) })
    await dropOutOfFeed(tx, feed.id)
  })
  const estimate = await readFeedEstimate(deps.db, feed.connection_id)
  const { tookMs, now } = await timeAtAmazon(deps.db, feed)
  await saveFeedEstimate(deps.db, feed.connection_id, onFeedLate(estimate, { items: feed.items, tookMs, at: now }))
  deps.log.error(
    {
      connection_id: feed.connection_id,
      feed_id: feed.id,
      channel_feed_id: feed.channel_feed_id,
      purpose: feed.purpose,
    },
    'feed stuck at Amazon',
  )
  deps.poke()
}

/** Looks again, rarely; in the end its outcome is what was patched meanwhile. */
export async function followStuckFeed(deps: FeedDeps, feed: FeedRow): Promise<undefined> {
  const waiting = await saveFeed(deps.db, feed, { next_at: inMs(lookEveryMs) })
  const now = (waiting.next_at?.getTime() ?? 0) - lookEveryMs
  if (now < feed.deadline_at.getTime() + givenUpAfterMs) return
  await endFeed(deps, waiting, { kind: 'given_up', detail: 'never ended at Amazon' })
}
