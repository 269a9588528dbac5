import type { Computation, Desired, GroupState, Guard } from '@lockstep/pacing/group-state'
import type { GroupInputs } from '@lockstep/pacing/group-policy'

/** Everything that led to a desired pair, as it is kept. */
export interface ComputationRecord {
  version: number
  /** Epoch milliseconds. */
  at: number
  inputs: GroupInputs
  computation: Computation
  /** Null when a gate is closed. */
  desired: Desired | null
  guard: Guard | null
}

/** The record to keep when the desired pair is another than before, or is none any more; undefined when it is as it was. */
export function computationRecord(before: GroupState, after: GroupState): ComputationRecord | undefined {
  const { inputs, computation, desired, guard } = after
  if (!inputs || !computation) return undefined
  if (pairOf(before) === pairOf(after)) return undefined
  const isGated = computation.number === null
  return {
    version: after.version,
    at: computation.at,
    inputs,
    computation,
    desired: isGated ? null : desired,
    guard: isGated ? null : guard,
  }
}

/** The pair as text, with the gate in its place when there is none. */
function pairOf({ computation, desired }: GroupState): string | null {
  if (!computation) return null
  if (computation.number === null) return `gated by ${computation.gatedBy ?? ''}`
  return `${desired?.version} ${desired?.quantity} ${desired?.leadTimeDays}`
}
