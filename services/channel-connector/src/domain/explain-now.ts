import type { GroupInputs } from '@lockstep/pacing/group-policy'
import type { GroupState } from '@lockstep/pacing/group-state'
import { statedHold } from '@lockstep/pacing/holds'
import { heldForPriceUntil } from '@lockstep/pacing/price-hold'

import {
  explainGates,
  explainGroup,
  explainSteps,
  type ExplainedChain,
  type Explanation,
  memberOf,
} from './explanation.ts'
import { unseenWords } from './unseen-words.ts'

/** Amazon denies the calls by which stock is sent, or lets nobody of this connection or application in. */
export type ShutOut = 'DENIED' | 'REAUTHORISE' | 'APPLICATION_REFUSED'

/** A group as its row tells it. */
export interface GroupNow {
  listingId: string
  at: number
  /** Our side as it is this moment. */
  inputs: GroupInputs
  state: GroupState
  blockedBy: string | null
  notBefore: number | null
}

/** Explains a listing's number as it stands. `shutOut`: why Amazon takes nothing of this seller's listings at present, which holds what waits. */
export function explainNow(stored: GroupNow & { shutOut: ShutOut | null }): Explanation {
  const blockedBy = stored.blockedBy ?? (isWaiting(stored.state) ? stored.shutOut : null)
  const group = { ...stored, blockedBy }
  const { listingId, at, inputs, state } = group
  const member = memberOf(inputs, listingId)
  const computed = { inputs, computation: state.computation }
  const gates = explainGates(member, state.computation)
  const isGated = gates.some((gate) => !gate.open)
  return {
    at,
    gates,
    locations: member?.locations ?? [],
    settings: member?.settings ?? null,
    steps: explainSteps({ listingId, computation: state.computation, member, gates, unseen: state.guard?.unseen ?? 0 }),
    guard: state.guard,
    group: explainGroup(computed),
    desired: state.computation?.number == null ? null : state.desired,
    chain: chainNow(group),
    drift: state.drift,
    hold: holdNow(state),
    state: isGated ? 'gated' : stateNow(group),
    next: nextNow(group, isGated),
  }
}

function holdNow(state: GroupState): Explanation['hold'] {
  const stated = statedHold(state)
  const [oldest] = stated?.falls ?? []
  if (!stated?.place || !oldest || stated.units === 0) return null
  const { itemId, locationId } = stated.place
  return { units: stated.units, at: stated.version, itemId, locationId, since: oldest.readAt }
}

function isWaiting(state: GroupState): boolean {
  return state.inFlight?.phase === 'planned' || state.due !== null
}

function stateNow(group: GroupNow): string {
  return awaitsPerson(group) ? 'conflict' : group.state.word
}

/** A barrier with a time, or beside a number that is on its way or waits for a price, ends by itself. */
function awaitsPerson(group: GroupNow): boolean {
  const { blockedBy, notBefore, state } = group
  const waitsByItself = state.inFlight?.phase === 'sending' || heldForPriceUntil(state) !== null
  return blockedBy === 'BARRIER' && notBefore === null && !waitsByItself
}

function chainNow({ state, blockedBy, notBefore }: GroupNow): ExplainedChain {
  const { scheduled, submitted, accepted, seen } = state.chain
  const waits = isWaiting(state)
  const planned = scheduled && {
    at: scheduled.at,
    quantity: state.inFlight?.version === scheduled.version ? state.inFlight.quantity : null,
    version: scheduled.version,
    lane: scheduled.lane,
    notBefore: waits ? (notBefore ?? heldForPriceUntil(state)) : null,
    blockedBy: waits ? blockedBy : null,
  }
  return {
    scheduled: planned,
    submitted: submitted && {
      ...submitted,
      detail: state.refused?.version === submitted.version ? state.refused.issue : '',
    },
    accepted: accepted && { ...accepted, detail: unseenWords(state) },
    seen: seen && { ...seen },
  }
}

function nextNow(group: GroupNow, isGated: boolean): Explanation['next'] {
  const { state, blockedBy, notBefore } = group
  if (isGated) return { action: 'none', at: null, reason: 'GATE_CLOSED' }
  if (awaitsPerson(group)) return { action: 'wait', at: null, reason: 'CONFIRMATION_NEEDED' }
  if (notBefore === null && heldForPriceUntil(state) !== null) return state.next
  if (blockedBy === 'BARRIER') return { action: 'wait', at: notBefore ?? state.next.at, reason: 'BEHIND_FEED' }
  if (blockedBy === 'MASS_ZERO') return { action: 'wait', at: notBefore, reason: 'MASS_ZERO' }
  if (blockedBy !== null || notBefore !== null) {
    return { action: 'wait', at: notBefore, reason: blockedBy ?? state.next.reason }
  }
  return state.next
}
