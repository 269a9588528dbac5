import type { Cause, Desired, GroupState } from '@lockstep/pacing/group-state'
import { newGroup } from '@lockstep/pacing/group-state'

/*
 * A change stands in up to three places of a group's state: as what is due, as what was computed and as what is desired. It is stored once, in the
 * computation; the other two name it. That is a tenth of a row which is written whole with every change.
 */
const asComputed = 'as_computed'

type StoredCause = Cause | typeof asComputed
type Stored<T> = Omit<T, 'cause'> & { cause: StoredCause }
type StoredState = Omit<GroupState, 'due' | 'desired'> & { due: StoredCause | null; desired: Stored<Desired> | null }

/** A group's state as it is stored. `stateFrom` reads it. */
export function textOf(state: GroupState): string {
  const { due, computation, desired } = state
  if (!computation) return JSON.stringify(state)
  return JSON.stringify({
    ...state,
    due: due && named(due, computation.cause),
    desired: desired && withNamedCause(desired, computation.cause),
  })
}

/** The stored state; a new one when none is stored. */
export function stateFrom(text: string | null): GroupState {
  if (text === null) return newGroup()
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by textOf
  const state = JSON.parse(text) as StoredState
  const computed = state.computation?.cause
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without a computation nothing is named by it
  if (!computed) return state as GroupState
  const { due, desired } = state
  return {
    ...state,
    due: due && inFull(due, computed),
    desired: desired && withFullCause<Desired>(desired, computed),
  }
}

/** The same with its cause named when it is the computation's. */
export function withNamedCause<T extends { cause: Cause }>(what: T, computed: Cause): Stored<T> {
  return { ...what, cause: named(what.cause, computed) }
}

/** The same with its cause in full. */
export function withFullCause<T extends { cause: Cause }>(what: Stored<T>, computed: Cause): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only the cause is another
  return { ...what, cause: inFull(what.cause, computed) } as unknown as T
}

function named(cause: Cause, computed: Cause): StoredCause {
  return cause === computed ? asComputed : cause
}

function inFull(cause: StoredCause, computed: Cause): Cause {
  return cause === asComputed ? computed : cause
}
