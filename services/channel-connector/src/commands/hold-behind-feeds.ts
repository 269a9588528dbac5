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
import type { GroupTurn } from './group-turn.ts'

/** A raise from 0 waits no longer than this for a price of the same SKU. */
const priceFirstMs = 600_000
const lookAgainMs = 15_000

/**
 * Planned writes and the feeds that hold their SKUs: more stock waits for the feed to end, less goes out now and again after it. A raise from 0 waits for a
 * price of the same SKU that is on its way. What has to wait is blocked with a time.
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
  await waitForPrices(tx, turns, now)
}

function judge({ row }: GroupTurn, barrier: FeedBarrier) {
  const write = row.state.inFlight
  if (!write) return undefined
  const { state, cancelAsked, cancelledBefore, quantity: fed } = barrier
  // More than Amazon shows and less than the feed is about to set: for what counts it is a decrease.
  const lane = write.lane === 'increase' && fed !== null && write.quantity < fed ? 'decrease' : write.lane
  return writeInFeed(lane, { state: stageOf(state), stuck: state === 'stuck', cancelAsked, cancelledBefore })
}

async function waitForPrices(tx: Transaction<ChannelDb>, turns: readonly GroupTurn[], now: number): Promise<void> {
  const raises = turns.filter((turn) => isRaiseFromZero(turn) && waitsUntil(turn) > now)
  const pending = await listPendingPrices(
    tx,
    raises.map(({ row }) => row.groupId),
  )
  for (const turn of raises) {
    const isHeld = turn.row.blockedBy !== null && (turn.row.notBefore === null || turn.row.notBefore > now)
    if (!isHeld && pending.has(turn.row.groupId)) wait(turn, Math.min(waitsUntil(turn), now + lookAgainMs))
  }
}

function isRaiseFromZero({ row }: GroupTurn): boolean {
  const { live, accepted, inFlight } = row.state
  return (live?.quantity ?? accepted?.quantity ?? null) === 0 && inFlight !== null && inFlight.quantity > 0
}

function waitsUntil({ row }: GroupTurn): number {
  return (row.state.inFlight?.since ?? 0) + priceFirstMs
}

function wait({ row }: GroupTurn, until: number): void {
  row.blockedBy = 'BARRIER'
  row.notBefore = until
}
