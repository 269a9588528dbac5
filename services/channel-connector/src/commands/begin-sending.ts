import type { GroupState, InFlight } from '@lockstep/pacing/group-state'
import { heldForPriceUntil } from '@lockstep/pacing/price-hold'
import type { Transaction } from 'kysely'

import type { ChannelDb } from '../store/database.ts'
import { judgeZeros } from '../store/mass-zeros.ts'
import { type GroupTurn, takeAction, tell } from './group-turn.ts'
import { holdBehindFeeds } from './hold-behind-feeds.ts'

/** A write that was let go: its row says so before the socket opens. */
export interface SendOrder {
  groupId: string
  channelSku: string
  version: number
  epoch: number
  quantity: number
  leadTimeDays: number | null
  op: InFlight['op']
  lane: InFlight['lane']
  marketplaceId: string
  productType: string
  /** What the chain showed before; put back when the write turns out not to have left. */
  submittedBefore: GroupState['chain']['submitted']
  /** How long the change had waited when the write was let go. */
  waitedMs: number
  /** When that was, by performance.now(). */
  begunMs: number
  /** Accounts whose listings share the number. */
  accountIds: string[]
  /** The trace that the newest change came by. */
  traceparent: string | undefined
}

/** How long a write that has left is waited for. Longer than the request may take. */
export const sendLeaseMs = 15_000
const recountMs = 250

/**
 * Lets the planned writes of these claimed groups go, except those that a person has to let go first.
 * The orders may be carried out once the transaction has committed, and not before.
 */
export async function beginSending(
  tx: Transaction<ChannelDb>,
  turns: readonly GroupTurn[],
  { now, skewMs }: { now: number; skewMs: number },
): Promise<SendOrder[]> {
  const planned = turns.filter((turn) => turn.row.state.inFlight?.phase === 'planned')
  await holdZeros(
    tx,
    planned.filter((turn) => turn.row.massZeroAt !== null && turn.row.state.inFlight?.quantity === 0),
    now,
  )
  for (const turn of planned) if (awaitsConfirmation(turn)) block(turn, 'BARRIER')
  await holdBehindFeeds(
    tx,
    planned.filter((turn) => isUnblocked(turn, now)),
    now,
  )
  return planned.filter((turn) => isFree(turn, now)).flatMap((turn) => proceed(turn, now, skewMs))
}

function isFree(turn: GroupTurn, now: number): boolean {
  return isUnblocked(turn, now) && (heldForPriceUntil(turn.row.state) ?? 0) <= now
}

function isUnblocked({ row }: GroupTurn, now: number): boolean {
  return row.blockedBy === null || (row.notBefore !== null && row.notBefore <= now)
}

function proceed(turn: GroupTurn, now: number, skewMs: number): SendOrder[] {
  const { row } = turn
  const write = row.state.inFlight
  if (!write) return []
  takeAction(turn, 'send')
  const submittedBefore = row.state.chain.submitted
  const leaseUntil = now + sendLeaseMs
  tell(turn, { kind: 'sending', version: write.version, epoch: row.epoch, leaseUntil, at: now + skewMs }, now)
  if (!takeAction(turn, 'proceed')) return []
  row.claimedUntil = leaseUntil
  const members = row.state.inputs?.members ?? []
  return [
    {
      groupId: row.groupId,
      channelSku: row.channelSku,
      version: write.version,
      epoch: row.epoch,
      quantity: write.quantity,
      leadTimeDays: write.leadTimeDays,
      op: write.op,
      lane: write.lane,
      marketplaceId: members.find((member) => member.listingId === write.sendAs)?.marketplaceId ?? '',
      productType: row.productType ?? 'PRODUCT',
      submittedBefore,
      // A precaution is as old as it is now: it goes ahead of no change, however long ago it was asked for.
      waitedMs: write.repeat ? 0 : Math.max(0, now - write.since),
      begunMs: performance.now(),
      accountIds: [...new Set(members.map((member) => member.accountId))],
      traceparent: row.state.desired?.cause.traceparent,
    },
  ]
}

async function holdZeros(tx: Transaction<ChannelDb>, turns: readonly GroupTurn[], now: number): Promise<void> {
  const verdicts = await judgeZeros(
    tx,
    turns.map((turn) => turn.row.groupId),
  )
  for (const { groupId, isHeld, isCounting } of verdicts) {
    const turn = turns.find(({ row }) => row.groupId === groupId)
    if (turn && isHeld) block(turn, 'MASS_ZERO')
    else if (turn && isCounting) block(turn, 'MASS_ZERO', now + recountMs)
  }
}

/** Listings that disagree are shown to a person before the first number goes out for them; the dry run does that. */
function awaitsConfirmation({ row }: GroupTurn): boolean {
  const { computation, accepted } = row.state
  return computation?.conflict != null && accepted === null && row.conflictConfirmedAt === null
}

function block({ row }: GroupTurn, blockedBy: string, until: number | null = null): void {
  row.blockedBy = blockedBy
  row.notBefore = until
}
