import type { Ids } from '@lockstep/contracts/ids'
import { isForced } from '@lockstep/pacing/drift'
import type { Cause } from '@lockstep/pacing/group-state'
import { failpoint } from '@lockstep/postgres/failpoint'
import type { Transaction } from 'kysely'

import { feedTokens } from '../domain/feed-stage.ts'
import { isGuardedCause } from '../domain/guarded-cause.ts'
import { byGroup, groupInputs, type MemberFacts } from '../domain/member-inputs.ts'
import { wantAvailability } from '../store/availability.ts'
import type { ChannelDb } from '../store/database.ts'
import { lockGroups } from '../store/group-rows.ts'
import { listMemberFacts } from '../store/member-facts.ts'
import type { RecomputeCause } from '../store/pipeline-tables.ts'
import { dropMarks, listMarks } from '../store/recompute-marks.ts'
import { beginTurn, type GroupTurn, tell } from './group-turn.ts'
import { saveTurns } from './save-turns.ts'
import { tellSales } from './tell-sales.ts'

/** Which groups are computed again, and why. */
export interface Recompute {
  groupIds: readonly string[]
  /** Why, for a group that was not marked with a cause of its own. */
  causeOf: (groupId: string) => RecomputeCause
  /** Whether orders moved, so that what Amazon has sold is to be read again too. */
  salesMoved: boolean
}

/** Computes the desired numbers of these groups from everything committed by now, and stores them. A fixed number of statements. */
export async function recomputeGroups(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  recompute: Recompute,
): Promise<void> {
  const { rows, now } = await lockGroups(tx, recompute.groupIds)
  if (rows.length === 0) return
  const turns = rows.map(beginTurn)
  if (recompute.salesMoved) await tellSales(tx, turns, now)
  await considerTurns(tx, turns, { now, causeOf: recompute.causeOf })
  failpoint('recompute:before-commit')
  await saveTurns(tx, deps, { turns, now })
}

/** Tells the planner how our side stands for these locked groups. */
export async function considerTurns(
  tx: Transaction<ChannelDb>,
  turns: readonly GroupTurn[],
  { now, causeOf }: { now: number; causeOf: (groupId: string) => RecomputeCause },
): Promise<void> {
  const groupIds = turns.map((turn) => turn.row.groupId)
  // Marks that stood before the settings were read are done with; causes are read after them, so that whoever computes by new settings knows why.
  const done = await listMarks(tx, groupIds)
  const facts = await listMemberFacts(tx, groupIds)
  const marks = await listMarks(tx, groupIds)
  const members = byGroup(facts)
  for (const turn of turns) {
    const { groupId, recomputeCause } = turn.row
    restartWait(turn, now)
    // Whether a person has to let the number go is judged anew when it is its turn.
    if (turn.row.notBefore === null) turn.row.blockedBy = null
    const inputs = groupInputs(members.get(groupId) ?? [])
    const asked = marks.get(groupId)?.cause ?? lastingCause(turn, causeOf(groupId))
    tell(turn, { kind: 'desired_changed', inputs, cause: weightier(recomputeCause, asked) }, now)
    turn.row.recomputeCause = null
    leaveFeed(turn, now)
  }
  await dropMarks(tx, done)
  await wantAvailability(tx, facts.flatMap(unknownItem))
}

/** What was asked for this group alone counts, except against a change for many whose zeros are guarded. */
function weightier(alone: RecomputeCause | null, asked: Cause): Cause {
  if (alone === null) return asked
  return isGuardedCause(asked) && !isGuardedCause(alone) && !isForced(alone) ? asked : alone
}

/** [T-37] A number in a feed that is too high by now is not waited for: the lower one goes out at once, and again when the feed has ended. */
function leaveFeed(turn: GroupTurn, now: number): void {
  const { row } = turn
  const write = row.state.inFlight
  const isCarried = write?.phase === 'sending' && row.claimedBy?.startsWith(feedTokens) === true
  if (!isCarried || !row.state.due || (row.state.desired?.quantity ?? Infinity) >= write.quantity) return
  tell(turn, { kind: 'outcome_unknown', version: write.version, epoch: write.epoch ?? 0 }, now)
  row.claimedBy = null
  row.claimedUntil = null
}

/** Learning what was unknown is no change of its own: what made it needful is the cause. */
function lastingCause({ row }: GroupTurn, cause: RecomputeCause): Cause {
  return cause.kind === 'availability_fetched' && row.state.due ? row.state.due : cause
}

/** A group that stands in line has not tried its guard read yet: the time it may take for it begins when it is its turn. */
function restartWait({ row }: GroupTurn, now: number): void {
  const isClaimed = row.claimedUntil !== null && row.claimedUntil > now
  const isInLine = row.nextAt !== null && row.nextAt <= now
  if (!isClaimed && isInLine && row.state.reading) row.state = { ...row.state, reading: null }
}

function unknownItem({ itemId, locations }: MemberFacts): string[] {
  return itemId !== null && locations.some((location) => location.available === null) ? [itemId] : []
}
