import { decide } from '@lockstep/pacing/group'
import type { GroupAction, GroupEvent } from '@lockstep/pacing/group-events'
import type { GroupState } from '@lockstep/pacing/group-state'

import type { GroupRow } from '../store/group-rows.ts'

/** A locked group while it is worked on: what it was, what it is by now, and what the planner asked for on the way. */
export interface GroupTurn {
  row: GroupRow
  readonly before: GroupState
  /** Asked for and not done yet. */
  actions: GroupAction[]
}

/** Begins to work on a locked row. */
export function beginTurn(row: GroupRow): GroupTurn {
  return { row, before: row.state, actions: [] }
}

/** Tells the planner what happened. `now` is the database's clock, epoch milliseconds. */
export function tell(turn: GroupTurn, event: GroupEvent, now: number): GroupAction[] {
  const { state, actions } = decide(turn.row.state, event, now)
  turn.row.state = state
  turn.actions.push(...actions)
  return actions
}

/** Takes an action of this kind out of what is still to be done. */
export function takeAction<K extends GroupAction['kind']>(
  turn: GroupTurn,
  kind: K,
): Extract<GroupAction, { kind: K }> | undefined {
  const found = turn.actions.findLast((action): action is Extract<GroupAction, { kind: K }> => action.kind === kind)
  if (found) turn.actions = turn.actions.filter((action) => action.kind !== kind)
  return found
}
