import type { Draft } from './group-events.ts'
import type { Cause, Drift, DriftKind, GroupState } from './group-state.ts'
import { expectedLevel } from './unseen.ts'

/*
 * What a difference on Amazon that nobody on our side made most likely is. It is told to a person and never acted upon, so a guess
 * that the next order poll corrects is worth more than none.
 */

/** A difference as it was found. `state.live` is the read that showed it. */
export function driftOf(state: GroupState, found: { live: number; expected: number | null; now: number }): Drift {
  const { live, expected, now } = found
  return { at: now, live, expected, kind: kindOf(state, live, expected) }
}

function kindOf(state: GroupState, live: number, expected: number | null): DriftKind {
  // A write that leaves the lead time out takes it away: ours never does, so another one landed.
  if (state.leadTimeSent !== null && state.live?.leadTimeDays === null) return 'sibling_overwrite'
  const replaced = state.replaced ?? null
  if (replaced !== null && live === replaced && live !== expected) return 'lost_update'
  const surplus = live - (expected ?? state.accepted?.quantity ?? live)
  if (surplus < 0) return 'outside_edit_down'
  return surplus <= state.soldSinceAccepted ? 'restocked_cancellation' : 'outside_edit_up'
}

/** An order poll went past the read: units that came back are explained by what was cancelled by now, or somebody put them there. */
export function reviewDrift({ state, actions }: Draft, now: number): void {
  const { drift } = state
  if (drift?.kind !== 'restocked_cancellation') return
  const expected = expectedLevel(state)
  if (drift.live === expected) {
    state.drift = null
    return
  }
  state.drift = { ...drift, at: now, expected, kind: 'outside_edit_up' }
  const detail = `Amazon shows ${drift.live}, ${expected ?? 'another number'} was expected, and no cancellation explains it`
  actions.push({ kind: 'finding', code: 'DRIFT', detail })
}

/** Whether a person asked for the number to go out although nothing changed. */
export function isForced({ kind }: Cause): boolean {
  return kind === 'force_update' || kind === 'resend'
}
