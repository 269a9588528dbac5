import { onFeedDone } from '@lockstep/pacing/estimate'
import { failpoint } from '@lockstep/postgres/failpoint'
import type { MessageOutcome } from '@lockstep/sp-api/processing-report'
import { sql, type Transaction } from 'kysely'

import { zeroInside } from '../domain/feed-stage.ts'
import { endLines, type LineEnd } from '../store/bulk-items.ts'
import type { ChannelDb } from '../store/database.ts'
import {
  closeItems,
  countOutcomes,
  databaseNow,
  type FeedItem,
  type FeedRow,
  type ItemEnd,
  listOpenItems,
  saveFeed,
} from '../store/feed-rows.ts'
import { makePlanningDue } from '../store/feed-leaders.ts'
import { readFeedEstimate, saveFeedEstimate, stopFeeds, timeAtAmazon } from '../store/feeds.ts'
import { lookAgainAfter } from '../store/newer-lines.ts'
import { endFedGroups, lockFed } from './end-fed-groups.ts'
import type { FeedDeps } from './feed-work.ts'

/** How a feed ended. */
export type FeedEnd =
  /** Amazon has worked through it; without a report nothing is known of any message. */
  | { kind: 'done'; report: ReadonlyMap<number, MessageOutcome> | undefined }
  /** Amazon gave the whole of it up, or never took it. */
  | { kind: 'fatal'; detail: string }
  /** It never was worked on. */
  | { kind: 'cancelled'; detail: string }
  /** It was stuck for so long that nobody waits for it any more. */
  | { kind: 'given_up'; detail: string }

const sliceSize = 500

/**
 * Ends a feed: each message gets its outcome, and its group or its job's line goes where it has to go next. Done in slices, each a transaction of its own;
 * a process that dies on the way leaves the rest open, and whoever takes the feed over goes on there.
 */
export async function endFeed(deps: FeedDeps, feed: FeedRow, end: FeedEnd): Promise<void> {
  let isMore = true
  while (isMore) {
    isMore = await deps.db.transaction().execute(async (tx) => {
      const open = await listOpenItems(tx, feed.id, sliceSize)
      const locked = await lockFed(tx, feed.id, open)
      await saveFeed(tx, feed, { detail: feed.detail })
      await endItems(tx, deps, { feed, locked, end })
      return open.length === sliceSize
    })
    failpoint('feed:mid-outcomes')
  }
  await deps.db.transaction().execute((tx) => closeFeed(tx, feed, end))
  // In a transaction of its own: a plan locks its leader's row before its feeds.
  await deps.db.transaction().execute((tx) => makePlanningDue(tx, feed.connection_id))
  failpoint('feed:after-end')
  if (end.kind === 'done') await learnFrom(deps, feed)
  noteEnd(deps, feed, end)
  deps.poke()
}

async function endItems(
  tx: Transaction<ChannelDb>,
  deps: FeedDeps,
  { feed, locked, end }: { feed: FeedRow; locked: Awaited<ReturnType<typeof lockFed>>; end: FeedEnd },
): Promise<void> {
  const { items, rows, now } = locked
  const ends = items.map((item) => ({ item, ...outcomeOf(item, end) }))
  await closeItems(
    tx,
    feed.id,
    ends.map(({ item, outcome, issue }): ItemEnd => ({ messageId: item.message_id, outcome, issue })),
  )
  await endLines(
    tx,
    feed.id,
    ends.flatMap(({ item, outcome, issue }) => lineEnd(item, { end, outcome, issue })),
  )
  await endFedGroups(tx, deps, { feedId: feed.id, ends, how: end.kind === 'given_up' ? 'done' : end.kind, rows, now })
}

function outcomeOf(item: FeedItem, end: FeedEnd): Pick<ItemEnd, 'outcome' | 'issue'> {
  if (item.outcome !== null) return { outcome: item.outcome, issue: item.issue }
  if (end.kind !== 'done') return { outcome: null, issue: '' }
  const said = end.report?.get(item.message_id) ?? { kind: 'missing' as const }
  if (said.kind === 'refused') return { outcome: 'refused', issue: said.issue }
  // A number that was overtaken did its part, whatever came of it; the newer one counts.
  if (item.version !== null && item.overtaken) return { outcome: 'superseded', issue: '' }
  return { outcome: said.kind, issue: '' }
}

/** Where a job's line goes: refusals stay, silence and failures go out one by one, what never began waits again. */
function lineEnd(
  item: FeedItem,
  { end, outcome, issue }: { end: FeedEnd; outcome: FeedItem['outcome']; issue: string },
): LineEnd[] {
  const { job_id: jobId, line } = item
  if (jobId === null || line === null) return []
  const to = (state: LineEnd['state'], readBack = false): LineEnd[] => [{ jobId, line, state, issue, readBack }]
  if (outcome === 'accepted' || outcome === 'refused') return to(outcome)
  if (end.kind === 'cancelled') return to('waiting')
  return to('patching', end.kind === 'fatal' || end.kind === 'given_up')
}

async function closeFeed(tx: Transaction<ChannelDb>, feed: FeedRow, end: FeedEnd): Promise<void> {
  const counts = await countOutcomes(tx, feed.id)
  await saveFeed(tx, feed, {
    state: end.kind === 'given_up' ? 'stuck' : end.kind,
    detail: end.kind === 'done' ? '' : end.detail,
    accepted: counts.get('accepted') ?? 0,
    refused: counts.get('refused') ?? 0,
    missing: counts.get('missing') ?? 0,
    superseded: counts.get('superseded') ?? 0,
    ended_at: databaseNow,
    next_at: null,
  })
  // Once it was stuck nothing waited for it any more.
  if (feed.state === 'stuck' && end.kind !== 'cancelled') await lookAgainAfter(tx, feed.id)
  // [T-54] It is a fault of ours, and the next feed of this kind would end the same.
  if (end.kind === 'fatal') await stopFeeds(tx, feed, end.detail)
  if (feed.job_id !== null && feed.cancel_requested === zeroInside) {
    await sql`update bulk_job set had_cancelled = true where id = ${feed.job_id}`.execute(tx)
  }
}

async function learnFrom(deps: FeedDeps, feed: FeedRow): Promise<void> {
  const estimate = await readFeedEstimate(deps.db, feed.connection_id)
  const { tookMs, now } = await timeAtAmazon(deps.db, feed)
  if (tookMs > 0) {
    await saveFeedEstimate(deps.db, feed.connection_id, onFeedDone(estimate, { items: feed.items, tookMs, at: now }))
  }
}

function noteEnd({ log }: FeedDeps, feed: FeedRow, end: FeedEnd): void {
  const { connection_id, purpose, channel_feed_id, items } = feed
  const facts = { connection_id, feed_id: feed.id, purpose, channel_feed_id, items, ended: end.kind }
  if (end.kind === 'fatal') log.error({ ...facts, detail: end.detail }, 'feed refused as a whole; no more of its kind')
  else log.info(facts, 'feed ended')
}
