import type { Ids } from '@lockstep/contracts/ids'
import type { GroupState } from '@lockstep/pacing/group-state'
import { nextDueAt } from '@lockstep/pacing/next-step'
import { heldForPriceUntil } from '@lockstep/pacing/price-hold'
import { closedGates } from '@lockstep/pacing/quantity-rules'
import type { Transaction } from 'kysely'

import { chainEntries } from '../domain/chain-history.ts'
import { computationRecord } from '../domain/computation-record.ts'
import { isGuardedCause } from '../domain/guarded-cause.ts'
import { announceHolds, type HoldNews } from '../events/hold-events.ts'
import { announceQuantities, type QuantityNews } from '../events/quantity-events.ts'
import type { ChannelDb } from '../store/database.ts'
import { type GroupRow, saveGroups } from '../store/group-rows.ts'
import { countZeros, forgetZeros, type GuardedZero } from '../store/mass-zeros.ts'
import { insertChainEntries, insertComputations, type MemberGate, saveMemberGates } from '../store/records.ts'
import { type GroupTurn, takeAction } from './group-turn.ts'

const lookAgainMs = 15_000

/**
 * Stores what became of these locked groups with everything that follows from it: record, history, gates, events, and when each is due next.
 * A fixed number of statements whatever the number of groups.
 */
export async function saveTurns(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  { turns, now }: { turns: readonly GroupTurn[]; now: number },
): Promise<void> {
  for (const turn of turns) schedule(turn, now)
  await saveZeros(tx, turns, now)
  await saveGroups(
    tx,
    turns.map((turn) => turn.row),
  )
  await insertComputations(tx, turns.flatMap(recordOf))
  await insertChainEntries(
    tx,
    turns.flatMap(({ row, before }) =>
      chainEntries(before, row.state, now).map((entry) => ({ groupId: row.groupId, entry })),
    ),
  )
  await saveMemberGates(tx, turns.flatMap(changedGates))
  await announceQuantities(tx, deps.ids, turns.flatMap(newsOf))
  await announceHolds(tx, deps.ids, turns.flatMap(holdNewsOf))
}

function schedule(turn: GroupTurn, now: number): void {
  const { row, actions } = turn
  const { state } = row
  if (isOver(turn, now)) {
    row.blockedBy = null
    row.notBefore = null
  }
  const isWanted = state.inFlight?.phase === 'planned' || actions.some(({ kind }) => kind === 'read' || kind === 'send')
  const isHeld = row.blockedBy !== null && row.notBefore === null
  const nextAt = isWanted && !isHeld ? (row.notBefore ?? afterPrice(row, now) ?? sinceDue(row, now)) : nextDueAt(state)
  row.nextAt = row.lookAt === null ? nextAt : Math.min(nextAt ?? now, now)
}

/** A number that waits for a price is looked at again before its wait is over: the price may have gone. */
function afterPrice({ state }: GroupRow, now: number): number | null {
  const until = heldForPriceUntil(state) ?? 0
  return until > now ? Math.min(until, now + lookAgainMs) : null
}

/** A group that is in line keeps its place: an update that leaves every indexed column alone is the cheap one. */
function sinceDue({ nextAt }: GroupRow, now: number): number {
  return nextAt !== null && nextAt <= now ? nextAt : now
}

/** A block with a time ends by it; one without ends with the write that it holds, and whenever the number is considered again. */
function isOver({ row }: GroupTurn, now: number): boolean {
  if (row.notBefore !== null) return row.notBefore <= now
  return row.state.inFlight?.phase !== 'planned' || row.state.due !== null
}

function recordOf({ row, before }: GroupTurn) {
  const record = computationRecord(before, row.state)
  return record ? [{ groupId: row.groupId, record }] : []
}

function changedGates({ row, before }: GroupTurn): MemberGate[] {
  const known = gatesOf(before)
  return [...gatesOf(row.state).values()]
    .filter(({ listingId, gate }) => known.get(listingId)?.gate !== gate)
    .map((member) => ({ ...member, groupId: row.groupId }))
}

function gatesOf({ inputs }: GroupState): Map<string, Omit<MemberGate, 'groupId'>> {
  const members = inputs?.members ?? []
  return new Map(
    members.map((member) => {
      const { listingId, accountId } = member
      return [listingId, { listingId, accountId, gate: closedGates(member)[0] ?? null }]
    }),
  )
}

async function saveZeros(tx: Transaction<ChannelDb>, turns: readonly GroupTurn[], now: number): Promise<void> {
  const zeros: GuardedZero[] = []
  const gone: string[] = []
  for (const turn of turns) {
    const { row, before } = turn
    const isZero = row.state.computation?.number === 0
    if (!isZero && row.massZeroAt !== null) {
      row.massZeroAt = null
      gone.push(row.groupId)
    }
    if (isZero && row.massZeroAt === null && isGuardedZero(before, row.state)) {
      row.massZeroAt = now
      zeros.push(...senders(row.state).map((accountId) => ({ accountId, groupId: row.groupId })))
    }
  }
  await forgetZeros(tx, gone)
  await countZeros(tx, zeros)
}

/** A number that was above 0, or not known to be 0, and that a guarded change has taken to 0. */
function isGuardedZero(before: GroupState, after: GroupState): boolean {
  const was = before.computation?.number ?? before.live?.quantity ?? before.accepted?.quantity ?? null
  if (was === 0 || !after.computation) return false
  const wasPending = before.computation?.number === null && before.due !== null && isGuardedCause(before.due)
  return wasPending || isGuardedCause(after.computation.cause)
}

function senders({ computation }: GroupState): string[] {
  return (computation?.members ?? []).filter((member) => member.role === 'sends').map((member) => member.accountId)
}

/** What is to be held of a SKU; of several statements the last counts, and it is the whole. */
function holdNewsOf(turn: GroupTurn): HoldNews[] {
  const stated = takeAction(turn, 'hold')
  if (!stated) return []
  const { row, before } = turn
  return [{ groupId: row.groupId, hold: stated.hold, placeBefore: before.hold?.place ?? null }]
}

function newsOf({ row, before }: GroupTurn): QuantityNews[] {
  const { groupId, state } = row
  const cause = state.desired?.cause ?? { kind: 'unknown', reference: null }
  const news: QuantityNews[] = []
  const { accepted, seen } = state.chain
  if (accepted && accepted.version !== before.chain.accepted?.version) {
    news.push({ groupId, verb: 'quantityAccepted', cause, ...accepted })
  }
  if (seen && seen.version !== before.chain.seen?.version) {
    news.push({ groupId, verb: 'quantitySeen', cause, ...seen })
  }
  return news
}
