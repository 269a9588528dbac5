import { reasonOfGate } from './consider.ts'
import { groupNumber } from './group-policy.ts'
import type { GatedBy, GroupState, NextStep, Reason, StateWord } from './group-state.ts'
import { isSeen } from './sights.ts'
import { unseenUnits } from './unseen.ts'

/** One word for where the group stands, and the next thing that will happen to it. */
export function describe(state: GroupState, now: number): { word: StateWord; next: NextStep } {
  const word = wordOf(state)
  return { word, next: nextOf(state, word, now) }
}

/** When the machine wants to be woken by a tick; null = only an event can change anything. */
export function nextDueAt(state: GroupState): number | null {
  const { inFlight, reading, verification } = state
  const times = [
    inFlight?.phase === 'sending' ? inFlight.leaseUntil : (inFlight?.notBefore ?? null),
    reading ? Math.min(reading.retryAt, reading.deadline) : null,
    verification?.nextAt ?? null,
  ].filter((t) => t !== null)
  return times.length > 0 ? Math.min(...times) : null
}

/** The gate that keeps a number from being computed or sent right now. */
export function gatedBy(state: GroupState): GatedBy | null {
  if (!state.inputs) return null
  const result = groupNumber(state.inputs, unseenUnits(state), state.live?.quantity ?? null)
  if (result.kind === 'gated') return result.reason
  return state.channel && !state.channel.sound ? state.channel.reason : null
}

function wordOf(state: GroupState): StateWord {
  if (!state.inputs) return 'unknown'
  if (state.inFlight?.phase === 'sending') return 'in_flight'
  if (gatedBy(state)) return 'gated'
  if (state.accepted?.outcome === 'unknown' && !isSeen(state)) return 'unknown'
  if (state.due || state.inFlight) return 'waiting'
  if (state.refused) return 'refused'
  return settledWord(state)
}

function settledWord(state: GroupState): StateWord {
  if (state.computation?.withheld) return 'conflict'
  if (state.verification?.failed) return 'unverified'
  if (state.accepted && !isSeen(state)) return 'accepted'
  if (state.drift) return 'drift'
  return state.settledKey === null ? 'waiting' : 'in_step'
}

function nextOf(state: GroupState, word: StateWord, now: number): NextStep {
  switch (word) {
    case 'in_flight':
      return { action: 'wait', at: state.inFlight?.leaseUntil ?? null, reason: 'AWAITING_REPLY' }
    case 'gated':
      return { action: 'none', at: null, reason: reasonOfGate(gatedBy(state) ?? 'NO_MEMBERS') }
    case 'waiting':
    case 'unknown':
      return pendingStep(state, now)
    case 'accepted':
      return { action: 'read', at: state.verification?.nextAt ?? null, reason: 'VERIFICATION' }
    case 'refused':
    case 'unverified':
    case 'drift':
    case 'conflict':
      return { action: 'none', at: null, reason: settledReason(word) }
    case 'in_step':
      return state.falls.length > 0
        ? { action: 'wait', at: null, reason: 'UNSEEN_OPEN' }
        : { action: 'none', at: null, reason: 'EQUAL_TO_LIVE' }
    default:
      return word satisfies never
  }
}

function pendingStep(state: GroupState, now: number): NextStep {
  if (state.reading) {
    const reason = state.channel?.sound ? 'GUARD_READ' : 'CHANNEL_READ'
    return { action: 'read', at: Math.max(now, Math.min(state.reading.retryAt, state.reading.deadline)), reason }
  }
  const notBefore = state.inFlight?.notBefore ?? null
  if (notBefore !== null) return { action: 'wait', at: notBefore, reason: 'PRICE_FIRST' }
  if (state.inFlight) return { action: 'send', at: null, reason: 'WAITING_FOR_SLOT' }
  if (state.accepted?.outcome === 'unknown') {
    return { action: 'read', at: state.verification?.nextAt ?? null, reason: 'OUTCOME_UNKNOWN' }
  }
  return { action: 'none', at: null, reason: 'NOTHING_KNOWN' }
}

function settledReason(word: 'refused' | 'unverified' | 'drift' | 'conflict'): Reason {
  switch (word) {
    case 'refused':
      return 'REFUSED'
    case 'unverified':
      return 'UNVERIFIED'
    case 'drift':
      return 'DRIFT'
    case 'conflict':
      return 'HELD_BACK'
    default:
      return word satisfies never
  }
}
