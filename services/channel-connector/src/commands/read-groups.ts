import type { Ids } from '@lockstep/contracts/ids'
import type { GroupEvent } from '@lockstep/pacing/group-events'
import type { Kysely, Transaction } from 'kysely'

import type { AmazonReply } from '../domain/amazon-reply.ts'
import type { ChannelDb } from '../store/database.ts'
import { lockGroups } from '../store/group-rows.ts'
import { beginSending, type SendOrder } from './begin-sending.ts'
import { GroupWorkError, letGo, type ReadOrder } from './claim-groups.ts'
import { beginTurn, type GroupTurn, tell } from './group-turn.ts'
import { type CallAmazon, type LiveReading, readLive } from './read-live.ts'
import { saveTurns } from './save-turns.ts'
import type { SendContext } from './send-number.ts'
import { tellSales } from './tell-sales.ts'

/** What reading works with. */
export interface ReadDeps {
  db: Kysely<ChannelDb>
  ids: Ids
  callAmazon: CallAmazon
}

/** A write waits this long for its guard read; then it goes without. */
const readWaitMs = 2_000

/**
 * Reads what Amazon holds of up to 20 claimed groups at once and lets go what follows from it.
 * Answers the writes that may leave now; the other groups are given back. Fails with GroupWorkError.
 */
export async function readGroups(
  deps: ReadDeps,
  context: SendContext,
  reads: readonly ReadOrder[],
): Promise<{ reading: LiveReading; sends: SendOrder[] }> {
  const reading = await readLive(deps, {
    connectionId: context.connectionId,
    sellerId: context.sellerId,
    skus: reads.map((read) => read.channelSku),
    marketplaceIds: [...new Set(reads.flatMap((read) => read.marketplaceIds))],
    withLeadTime: reads.some((read) => read.withLeadTime),
    lane: reads.some((read) => read.lane === 'guard') ? 'guard' : 'verification',
    waitMs: readWaitMs,
    signal: context.signal,
  })
  try {
    const sends = await deps.db.transaction().execute((tx) => takeInReading(tx, deps, { context, reads, reading }))
    return { reading, sends }
  } catch (error) {
    throw new GroupWorkError(
      reads.map((read) => read.groupId),
      { cause: error },
    )
  }
}

async function takeInReading(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  about: { context: SendContext; reads: readonly ReadOrder[]; reading: LiveReading },
): Promise<SendOrder[]> {
  const { context, reads, reading } = about
  const { rows, now } = await lockGroups(
    tx,
    reads.map((read) => read.groupId),
  )
  const turns = rows.filter((row) => row.claimedBy === context.token).map((row) => beginTurn(row))
  await tellSales(tx, turns, now)
  for (const turn of turns) tellReading(turn, reading, { now, skewMs: context.skewMs })
  if (reading.kind === 'failed' && passing.has(reading.reply.outcome)) {
    for (const read of reads)
      askAgain(
        turns.find(({ row }) => row.groupId === read.groupId),
        read,
        now,
      )
  }
  const sends = await beginSending(tx, turns, { now, skewMs: context.skewMs })
  const sending = new Set(sends.map((send) => send.groupId))
  for (const { row } of turns) if (!sending.has(row.groupId)) letGo(row)
  await saveTurns(tx, deps, { turns, now })
  return sends
}

/** Why a read failed that may succeed in a moment. */
const passing = new Set<AmazonReply['outcome']>(['throttled', 'not_sent', 'outage', 'unknown'])
const askAgainMs = 5_000

/** A look for the last write that could not be had is taken again soon, not at the next time of the plan, which may be a quarter of an hour off. */
function askAgain(turn: GroupTurn | undefined, read: ReadOrder, now: number): void {
  const planned = turn?.row.state.verification
  if (!turn || read.lane !== 'verification' || !read.verification || !planned?.nextAt) return
  const nextAt = Math.min(planned.nextAt, now + askAgainMs)
  turn.row.state = { ...turn.row.state, verification: { ...read.verification, nextAt } }
}

/** Tells the planner what a read showed of its SKU. */
export function tellReading(
  turn: GroupTurn,
  reading: LiveReading,
  { now, skewMs }: { now: number; skewMs: number },
): void {
  if (reading.kind === 'failed') {
    tell(turn, { kind: 'read_failed' }, now)
    tell(turn, { kind: 'tick' }, now)
    // A read that was asked for again waits for its time.
    turn.actions = turn.actions.filter((action) => action.kind !== 'read')
    return
  }
  const { row } = turn
  const readAt = reading.readAt?.getTime() ?? now + skewMs
  const listing = reading.listings.get(row.channelSku)
  row.productType = listing?.productType ?? row.productType
  const event: GroupEvent = listing
    ? {
        kind: 'live_read',
        quantity: listing.quantity ?? 0,
        leadTimeDays: listing.leadTimeDays,
        channels: [...listing.channels],
        readAt,
      }
    : { kind: 'live_missing', readAt }
  tell(turn, event, now)
}
