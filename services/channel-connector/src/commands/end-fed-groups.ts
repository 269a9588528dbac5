import type { Ids } from '@lockstep/contracts/ids'
import type { GroupEvent } from '@lockstep/pacing/group-events'
import { afterFeed } from '@lockstep/pacing/slice-rules'
import type { Transaction } from 'kysely'

import { feedToken } from '../domain/feed-stage.ts'
import type { ChannelDb } from '../store/database.ts'
import { type FeedItem, lockItems } from '../store/feed-rows.ts'
import { type GroupRow, lockGroups } from '../store/group-rows.ts'
import { queueRecompute } from '../store/recompute.ts'
import { letGo } from './claim-groups.ts'
import { beginTurn, type GroupTurn, tell } from './group-turn.ts'
import { saveTurns } from './save-turns.ts'

/** A message of an ended feed with what became of it. */
export interface EndedItem {
  item: FeedItem
  outcome: FeedItem['outcome']
  issue: string
}

/** How a feed ended for the groups: worked through, given up in the middle, or never begun. */
export type FeedEnding = 'done' | 'fatal' | 'cancelled'

/**
 * Locks the groups of these messages until the transaction ends, and reads the messages as they are then. Groups come first, as everywhere: whoever sends
 * a number holds its group when it notes on the message that it was overtaken.
 */
export async function lockFed(
  tx: Transaction<ChannelDb>,
  feedId: string,
  items: readonly FeedItem[],
): Promise<{ items: FeedItem[]; rows: GroupRow[]; now: number }> {
  const { rows, now } = await lockGroups(tx, [...new Set(items.flatMap((item) => item.group_id ?? []))])
  const locked = await lockItems(tx, feedId, items)
  return { items: locked, rows, now }
}

/** Tells locked groups that their feed has ended: whose number it carried, who was overtaken, who waited behind it. */
export async function endFedGroups(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  about: { feedId: string; ends: readonly EndedItem[]; how: FeedEnding; rows: readonly GroupRow[]; now: number },
): Promise<void> {
  const { feedId, ends, how, rows, now } = about
  const byGroup = new Map(
    ends.flatMap((end) => (end.item.group_id === null ? [] : [[end.item.group_id, end] as const])),
  )
  const readBack: string[] = []
  const turns: GroupTurn[] = []
  for (const row of rows) {
    const end = byGroup.get(row.groupId)
    if (!end || !isConcerned(row, end)) continue
    const turn = beginTurn(row)
    turns.push(turn)
    stopWaiting(turn, now)
    if (tellEnd(turn, { end, how, feedId, now }) === 'read_back') readBack.push(row.groupId)
  }
  await saveTurns(tx, deps, { turns, now })
  await queueRecompute(tx, readBack, { kind: 'force_update', reference: feedId, actor: '', note: 'its feed failed' })
}

/** Its number was in the feed, it was written to meanwhile, or it waits behind it. */
function isConcerned(row: GroupRow, { item }: EndedItem): boolean {
  return item.version !== null || item.overtaken || (row.blockedBy === 'BARRIER' && row.notBefore !== null)
}

function stopWaiting({ row }: GroupTurn, now: number): void {
  if (row.blockedBy === 'BARRIER' && row.notBefore !== null) row.notBefore = Math.min(row.notBefore, now)
}

function tellEnd(
  turn: GroupTurn,
  { end, how, feedId, now }: { end: EndedItem; how: FeedEnding; feedId: string; now: number },
): 'read_back' | undefined {
  const { item } = end
  const { row } = turn
  if (row.claimedBy === feedToken(feedId) && isCarried(turn, item)) {
    tell(turn, replyOf(end, { how, now }), now)
    letGo(row)
    return undefined
  }
  const next = afterFeed(
    { fedVersion: item.version, desiredVersion: row.state.version, patchedMeanwhile: item.overtaken },
    how,
  )
  if (next === 'send_newest') {
    tell(turn, { kind: 'feed_ended', reference: feedId, carriedQuantity: item.version !== null }, now)
  }
  return next === 'read_back' ? next : undefined
}

function isCarried({ row }: GroupTurn, item: FeedItem): boolean {
  const write = row.state.inFlight
  return write?.phase === 'sending' && write.version === item.version && write.epoch === item.epoch
}

/** What the group is told of its number. A failed feed is looked into by the guard read before anything goes out again. */
function replyOf({ item, outcome, issue }: EndedItem, { how, now }: { how: FeedEnding; now: number }): GroupEvent {
  const write = { version: item.version ?? 0, epoch: item.epoch ?? 0 }
  if (how !== 'done') return { kind: 'not_sent', ...write }
  if (outcome === 'accepted') return { kind: 'accepted', ...write, at: now, submissionId: item.feed_id }
  return outcome === 'refused' ? { kind: 'refused', ...write, issue } : { kind: 'outcome_unknown', ...write }
}
