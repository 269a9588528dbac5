import { knownLevel } from '@lockstep/pacing/consider'
import type { GroupState } from '@lockstep/pacing/group-state'
import { writeInFeed } from '@lockstep/pacing/slice-rules'
import type { Transaction } from 'kysely'

import { stageOf, zeroInside } from '../domain/feed-stage.ts'
import type { ChannelDb } from '../store/database.ts'
import {
  type FeedBarrier,
  listFeedBarriers,
  listPendingPrices,
  markOvertaken,
  requestCancel,
} from '../store/feed-barriers.ts'
import { type GroupTurn, tell } from './group-turn.ts'

const lookAgainMs = 15_000

/**
 * Planned writes and the feeds that hold their SKUs: more stock waits for the feed to end, less goes out now and again after it. What has to wait is blocked
 * with a time. A raise from 0 hears of prices of the same SKU that are on their way.
 */
export async function holdBehindFeeds(
  tx: Transaction<ChannelDb>,
  turns: readonly GroupTurn[],
  now: number,
): Promise<void> {
  const barriers = await listFeedBarriers(
    tx,
    turns.map(({ row }) => row.groupId),
  )
  const overtaking: string[] = []
  const cancelled: string[] = []
  for (const turn of turns) {
    const barrier = barriers.get(turn.row.groupId)
    const verdict = barrier && judge(turn, barrier)
    if (!barrier || !verdict) continue
    if (verdict.send === 'after_feed') wait(turn, Math.max(now + lookAgainMs, barrier.deadlineAt))
    else overtaking.push(turn.row.groupId)
    if (verdict.cancel) cancelled.push(barrier.feedId)
  }
  await markOvertaken(tx, overtaking)
  await requestCancel(tx, [...new Set(cancelled)], zeroInside)
  await tellPrices(tx, turns, now)
}

function judge({ row }: GroupTurn, barrier: FeedBarrier) {
  const write = row.state.inFlight
  if (!write) return undefined
  const { state, cancelAsked, cancelledBefore, quantity: fed } = barrier
  // More than Amazon shows and less than the feed is about to set: for what counts it is a decrease.
  const lane = write.lane === 'increase' && fed !== null && write.quantity < fed ? 'decrease' : write.lane
  return writeInFeed(lane, { state: stageOf(state), stuck: state === 'stuck', cancelAsked, cancelledBefore })
}

/** Tells raises from 0 whether a price of their SKU is on its way; the planner says how long they wait for it. */
async function tellPrices(tx: Transaction<ChannelDb>, turns: readonly GroupTurn[], now: number): Promise<void> {
  const asking = turns.filter(({ row }) => row.state.pricePending === true || isRaiseFromZero(row.state))
  const pending = await listPendingPrices(
    tx,
    asking.map(({ row }) => row.groupId),
  )
  for (const turn of asking) {
    const { groupId, state } = turn.row
    const isPending = pending.has(groupId)
    if (isPending !== (state.pricePending ?? false)) tell(turn, { kind: 'price_pending', pending: isPending }, now)
  }
}

function isRaiseFromZero(state: GroupState): boolean {
  return knownLevel(state) === 0 && state.inFlight !== null && state.inFlight.quantity > 0
}

function wait({ row }: GroupTurn, until: number): void {
  row.blockedBy = 'BARRIER'
  row.notBefore = until
}
