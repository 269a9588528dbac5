import type { GroupState } from '@lockstep/pacing/group-state'
import { statedHold } from '@lockstep/pacing/holds'

/** What can happen to a number on its way, in the words of the history. */
export type ChainStage =
  | 'settled'
  | 'scheduled'
  | 'submitted'
  | 'returned'
  | 'accepted'
  | 'refused'
  | 'unknown'
  | 'seen'
  | 'unverified'
  | 'drift'
  | 'held'

/** One entry of a group's history. */
export interface ChainEntry {
  stage: ChainStage
  /** Epoch milliseconds. */
  at: number
  quantity: number | null
  version: number | null
  detail: Record<string, unknown>
}

/** The entries that lead from one state to the next. Every one of them is a fact of its own time; none is written twice. */
export function chainEntries(before: GroupState, after: GroupState, now: number): ChainEntry[] {
  return [
    settled(before, after, now),
    scheduled(before, after),
    submitted(before, after),
    returned(before, after, now),
    accepted(before, after),
    refused(before, after),
    seen(before, after),
    unverified(before, after, now),
    drift(before, after),
    held(before, after),
  ].flat()
}

/** A consideration that ended without a write: what Amazon held was right already. */
function settled(before: GroupState, after: GroupState, now: number): ChainEntry[] {
  const ended = before.due !== null && after.due === null && after.inFlight === null
  if (!ended) return []
  const quantity = after.computation?.number ?? null
  return [{ stage: 'settled', at: now, quantity, version: after.version, detail: { guard: after.guard } }]
}

function scheduled(before: GroupState, after: GroupState): ChainEntry[] {
  const plan = after.chain.scheduled
  if (!plan || isSame(plan, before.chain.scheduled)) return []
  const quantity = after.inFlight?.quantity ?? after.desired?.quantity ?? null
  const { at, version, lane } = plan
  return [{ stage: 'scheduled', at, quantity, version, detail: { lane, guard: after.guard } }]
}

function submitted(before: GroupState, after: GroupState): ChainEntry[] {
  const sent = after.chain.submitted
  if (!sent || isSame(sent, before.chain.submitted) || after.inFlight?.phase !== 'sending') return []
  const { at, quantity, version, leadTimeDays } = sent
  return [{ stage: 'submitted', at, quantity, version, detail: { leadTimeDays, op: after.inFlight.op } }]
}

/** It certainly never took effect and is back in line. */
function returned(before: GroupState, after: GroupState, now: number): ChainEntry[] {
  const sent = before.inFlight
  if (sent?.phase !== 'sending') return []
  const { quantity, version } = sent
  const isBack =
    after.accepted?.version !== version && after.refused?.version !== version && after.inFlight?.phase !== 'sending'
  return isBack ? [{ stage: 'returned', at: now, quantity, version, detail: {} }] : []
}

function accepted(before: GroupState, after: GroupState): ChainEntry[] {
  const taken = after.accepted
  if (!taken || (before.accepted?.version === taken.version && before.accepted.outcome === taken.outcome)) return []
  const { quantity, version, since: at, submissionId, leadTimeDays } = taken
  return [{ stage: taken.outcome, at, quantity, version, detail: { submissionId, leadTimeDays } }]
}

function refused(before: GroupState, after: GroupState): ChainEntry[] {
  const no = after.refused
  if (!no || isSame(no, before.refused)) return []
  return [{ stage: 'refused', at: no.at, quantity: no.quantity, version: no.version, detail: { issue: no.issue } }]
}

function seen(before: GroupState, after: GroupState): ChainEntry[] {
  const shown = after.chain.seen
  if (!shown || isSame(shown, before.chain.seen)) return []
  return [{ stage: 'seen', at: shown.at, quantity: shown.quantity, version: shown.version, detail: {} }]
}

function unverified(before: GroupState, after: GroupState, now: number): ChainEntry[] {
  if (!after.verification?.failed || before.verification?.failed) return []
  const { accepted: taken } = after
  return [
    { stage: 'unverified', at: now, quantity: taken?.quantity ?? null, version: taken?.version ?? null, detail: {} },
  ]
}

function drift(before: GroupState, after: GroupState): ChainEntry[] {
  const found = after.drift
  if (!found || before.drift?.at === found.at) return []
  return [
    {
      stage: 'drift',
      at: found.at,
      quantity: found.live,
      version: null,
      detail: { expected: found.expected, kind: found.kind ?? null },
    },
  ]
}

/** What was stated to inventory of the SKU: units that Amazon sold and no downloaded order explains. */
function held(before: GroupState, after: GroupState): ChainEntry[] {
  const stated = statedHold(after)
  if (!stated || stated.version === before.hold?.version) return []
  const { version: at, units: quantity, place, falls } = stated
  const detail = {
    itemId: place?.itemId ?? null,
    locationId: place?.locationId ?? null,
    since: falls[0]?.readAt ?? null,
  }
  return [{ stage: 'held', at, quantity, version: null, detail }]
}

function isSame(one: { at: number; version: number }, other: { at: number; version: number } | null): boolean {
  return other !== null && one.at === other.at && one.version === other.version
}
