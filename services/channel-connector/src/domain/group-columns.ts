import { laneOfNumber } from '@lockstep/pacing/consider'
import type { GroupState } from '@lockstep/pacing/group-state'
import { statedHold } from '@lockstep/pacing/holds'

/** What of a group's state the database searches and sorts by, and what others read without knowing the state. Times are epoch milliseconds. */
export interface GroupColumns {
  state: string
  reason: string
  desired_quantity: number | null
  desired_lead_time_days: number | null
  desired_version: number
  desired_at: number | null
  desired_cause: string | null
  lane: string | null
  lane_rank: number | null
  waiting_since: number | null
  scheduled_at: number | null
  submitted_quantity: number | null
  submitted_version: number | null
  submitted_at: number | null
  submission_id: string | null
  accepted_quantity: number | null
  accepted_version: number | null
  accepted_at: number | null
  seen_quantity: number | null
  seen_at: number | null
  live_quantity: number | null
  live_read_at: number | null
  unseen_since: number | null
  lease_until: number | null
  drift_kind: string | null
  hold_units: number
  hold_stated_at: number | null
  conflict_kind: string | null
}

/** Zeros before decreases before increases. */
export const laneRanks: Readonly<Record<string, number>> = { to_zero: 0, decrease: 1, increase: 2 }
/** Listings that are only looked at again because a person asked for all of them: taken on when nothing else waits. */
export const forcedRank = 3

/** Reads the columns off the state. */
export function groupColumns(state: GroupState): GroupColumns {
  const { desired, chain, live } = state
  const lane = laneOf(state)
  const gated = state.computation?.number === null
  return {
    state: state.word,
    reason: state.word === 'in_step' ? '' : state.next.reason,
    desired_quantity: gated ? null : (desired?.quantity ?? null),
    desired_lead_time_days: gated ? null : (desired?.leadTimeDays ?? null),
    desired_version: state.version,
    desired_at: desired?.at ?? null,
    desired_cause: desired ? JSON.stringify(desired.cause) : null,
    lane,
    lane_rank: rankOf(state, lane),
    waiting_since: state.inFlight?.since ?? state.dueSince,
    scheduled_at: chain.scheduled?.at ?? null,
    submitted_quantity: chain.submitted?.quantity ?? null,
    submitted_version: chain.submitted?.version ?? null,
    submitted_at: chain.submitted?.at ?? null,
    submission_id: chain.submitted?.submissionId ?? null,
    accepted_quantity: chain.accepted?.quantity ?? null,
    accepted_version: chain.accepted?.version ?? null,
    accepted_at: chain.accepted?.at ?? null,
    seen_quantity: chain.seen?.quantity ?? null,
    seen_at: chain.seen?.at ?? null,
    live_quantity: live?.quantity ?? null,
    live_read_at: live?.readAt ?? null,
    unseen_since: state.falls[0]?.readAt ?? null,
    conflict_kind: state.computation?.conflict?.kind ?? null,
    drift_kind: state.drift ? (state.drift.kind ?? 'unknown') : null,
    hold_units: statedHold(state)?.units ?? 0,
    // A statement's version is the moment it was made at, or the next after the one before.
    hold_stated_at: state.hold?.version ?? null,
    lease_until: state.inFlight?.phase === 'sending' ? state.inFlight.leaseUntil : null,
  }
}

/** Where a group stands among those that wait. A forced look at a number that Amazon should hold already waits behind everything that changed. */
function rankOf(state: GroupState, lane: string | null): number | null {
  if (lane === null) return null
  const number = state.computation?.number ?? null
  const isOnlyForced =
    state.due?.kind === 'force_update' && number === (state.accepted?.quantity ?? state.live?.quantity)
  return isOnlyForced && !state.inFlight ? forcedRank : (laneRanks[lane] ?? null)
}

/** The lane a write of this group waits in; before the guard read it is the one that what we know suggests. Null when nothing is to be written. */
function laneOf(state: GroupState): string | null {
  if (state.inFlight) return state.inFlight.lane
  const number = state.computation?.number ?? null
  if (!state.due || number === null) return null
  const level = state.live?.quantity ?? state.accepted?.quantity ?? null
  return laneOfNumber(state, { number, level, cause: state.due })
}
