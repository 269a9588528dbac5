import type { ListingsFeed } from '@lockstep/sp-api/listings-feed'

import { endLines } from '../store/bulk-items.ts'
import { closeItems, dropItems, type FeedItem, type FeedRow, saveFeed } from '../store/feed-rows.ts'
import { endFedGroups, lockFed } from './end-fed-groups.ts'
import type { FeedDeps } from './feed-work.ts'

/** A feed with what did not go into it. */
export interface BuiltFeed {
  feed: ListingsFeed
  /** Messages that Amazon could never take. */
  refused: { item: FeedItem; issue: string }[]
  /** Messages that there was no room for. */
  left: FeedItem[]
}

/** Gives back what there was no room for [T-55], and refuses what Amazon could never take. Both before the feed leaves. */
export async function returnItems(deps: FeedDeps, feed: FeedRow, { refused, left }: BuiltFeed): Promise<FeedRow> {
  if (refused.length + left.length === 0) return feed
  return deps.db.transaction().execute(async (tx) => {
    const { rows, now } = await lockFed(tx, feed.id, [...left, ...refused.map(({ item }) => item)])
    const held = await saveFeed(tx, feed, { detail: feed.detail })
    const lineOf = ({ job_id: jobId, line }: (typeof left)[number], state: 'waiting' | 'refused', issue: string) =>
      jobId === null || line === null ? [] : [{ jobId, line, state, issue, readBack: false }]
    await endLines(tx, feed.id, [
      ...left.flatMap((item) => lineOf(item, 'waiting', '')),
      ...refused.flatMap(({ item, issue }) => lineOf(item, 'refused', issue)),
    ])
    await closeItems(
      tx,
      feed.id,
      refused.map(({ item, issue }) => ({ messageId: item.message_id, outcome: 'refused', issue })),
    )
    await endFedGroups(tx, deps, {
      feedId: feed.id,
      rows,
      now,
      how: 'cancelled',
      ends: left.map((item) => ({ item, outcome: null, issue: '' })),
    })
    await endFedGroups(tx, deps, {
      feedId: feed.id,
      rows,
      now,
      how: 'done',
      ends: refused.map(({ item, issue }) => ({ item, outcome: 'refused', issue })),
    })
    await dropItems(
      tx,
      feed.id,
      left.map((item) => item.message_id),
    )
    return held
  })
}
