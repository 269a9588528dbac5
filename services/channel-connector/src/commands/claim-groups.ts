import type { Ids } from '@lockstep/contracts/ids'
import type { GroupState } from '@lockstep/pacing/group-state'
import { inLine } from '@lockstep/pacing/lanes'
import type { Kysely, Transaction } from 'kysely'

import type { ChannelDb } from '../store/database.ts'
import { lockIncreases, lockTickingGroups, lockWaitingGroups } from '../store/due-groups.ts'
import { type GroupRow, lockGroups } from '../store/group-rows.ts'
import { listMarks } from '../store/recompute-marks.ts'
import { beginSending, type SendOrder } from './begin-sending.ts'
import { beginTurn, type GroupTurn, takeAction, tell } from './group-turn.ts'
import { considerTurns } from './recompute-groups.ts'
import { saveTurns } from './save-turns.ts'
import { tellSales } from './tell-sales.ts'

/** How long a claim lasts before its first step is done; a write that has left extends it. */
const claimMs = 10_000

/** What a claim asks for. */
export interface ClaimWish {
  connectionId: string
  /** Names this claim and nobody else's. */
  token: string
  /** What is claimed: writes by their lanes, reads, leases and windows, or increases alone, which a feed may carry. */
  kind: 'writes' | 'ticks' | 'increases'
  limit: { zeros: number; others: number }
  /** Counts the claims, so that every so often the longest-waiting goes first. */
  turn: number
  /** Amazon's clock minus the database's. */
  skewMs: number
}

/** A read that a claimed group waits for. */
export interface ReadOrder {
  groupId: string
  channelSku: string
  lane: 'guard' | 'verification'
  /** The plan of reads that look for the last write, as it was before this read was taken off it. */
  verification: GroupState['verification']
  marketplaceIds: string[]
  withLeadTime: boolean
}

/** What is to be done for the claimed groups, now that the claim has committed. */
export interface ClaimedWork {
  claimed: number
  /** The database's clock at the claim, epoch milliseconds; 0 when nothing was claimed. */
  now: number
  reads: ReadOrder[]
  sends: SendOrder[]
}

/** Work on these groups failed; one of them may stand in the way of the others. */
export class GroupWorkError extends Error {
  override name = 'GroupWorkError'
  readonly groupIds: readonly string[]

  constructor(groupIds: readonly string[], options: ErrorOptions) {
    super(`working on ${groupIds.length} groups failed`, options)
    this.groupIds = groupIds
  }
}

/** Takes groups that are due, for this process alone, and does everything for them that needs no call to Amazon. Fails with GroupWorkError. */
export async function claimGroups(deps: { db: Kysely<ChannelDb>; ids: Ids }, wish: ClaimWish): Promise<ClaimedWork> {
  return deps.db.transaction().execute(async (tx) => {
    const groupIds = await lockDue(tx, wish)
    try {
      return await workOn(tx, deps, { groupIds, wish })
    } catch (error) {
      throw new GroupWorkError(groupIds, { cause: error })
    }
  })
}

async function workOn(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  { groupIds, wish }: { groupIds: readonly string[]; wish: ClaimWish },
): Promise<ClaimedWork> {
  const { rows, now } = await lockGroups(tx, groupIds)
  if (rows.length === 0) return { claimed: 0, now: 0, reads: [], sends: [] }
  const turns = rows.map((row) => beginTurn(row))
  await tellSales(tx, turns, now)
  const many = await listMarks(tx, groupIds)
  const marked = turns.filter(({ row }) => row.recomputeCause !== null || many.has(row.groupId))
  if (marked.length > 0) await considerTurns(tx, marked, { now, causeOf: () => neverAsked })
  for (const turn of turns) hold(turn, wish.token, now)
  const reads = turns.flatMap((turn) => readFor(turn, now))
  const reading = new Set(reads.map((read) => read.groupId))
  const ready = turns.filter(({ row }) => !reading.has(row.groupId))
  const sends = await beginSending(tx, ready, { now, skewMs: wish.skewMs })
  const sending = new Set(sends.map((send) => send.groupId))
  for (const { row } of ready) if (!sending.has(row.groupId)) letGo(row)
  await saveTurns(tx, deps, { turns, now })
  return { claimed: rows.length, now, reads, sends }
}

const neverAsked = { kind: 'recompute', reference: '', actor: '', note: '' }

async function lockDue(tx: Transaction<ChannelDb>, wish: ClaimWish): Promise<string[]> {
  const { connectionId, kind, limit, turn } = wish
  if (kind === 'ticks') return lockTickingGroups(tx, connectionId, limit.others)
  if (kind === 'increases') return lockIncreases(tx, connectionId, limit.others)
  const waiting = await lockWaitingGroups(tx, connectionId, limit)
  const now = Math.max(0, ...waiting.map((group) => group.now))
  const inTurn = inLine(
    waiting.map((group) => ({ ...group, deadline: null })),
    now,
    { turn, count: limit.zeros + limit.others },
  )
  return inTurn.map((group) => group.id)
}

function hold({ row }: GroupTurn, token: string, now: number): void {
  row.claimedBy = token
  row.claimedUntil = now + claimMs
  row.epoch += 1
}

/** Gives a group back; when it is due next stands in its row. */
export function letGo(row: GroupRow): void {
  row.claimedBy = null
  row.claimedUntil = null
}

/** The read that the group needs next, or none. Time passes for a group that waits for nothing from Amazon. */
function readFor(turn: GroupTurn, now: number): ReadOrder[] {
  const { verification } = turn.row.state
  if (!turn.row.state.reading) tell(turn, { kind: 'tick' }, now)
  const asked = takeAction(turn, 'read')
  // Somebody heard that Amazon's number changed: any read shows it, and a write that is ready does not wait for one.
  const isHinted = turn.row.lookAt !== null && turn.row.state.inFlight === null
  turn.row.lookAt = null
  if (!asked && !turn.row.state.reading && !isHinted) return []
  const { groupId, channelSku, state } = turn.row
  const members = state.inputs?.members ?? []
  return [
    {
      groupId,
      channelSku,
      lane: asked?.lane ?? (state.reading ? 'guard' : 'verification'),
      verification,
      marketplaceIds: members.map((member) => member.marketplaceId),
      withLeadTime: state.leadTimeSent !== null || members.some((m) => m.settings.leadTimeDays.value !== null),
    },
  ]
}
