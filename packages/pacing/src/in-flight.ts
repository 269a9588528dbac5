import { announce, consider, hasSoundChannel, markDue } from './consider.ts'
import type { Draft, GroupEvent } from './group-events.ts'
import type { Accepted, GroupState, InFlight } from './group-state.ts'
import { TIMINGS } from './group-timings.ts'

type Of<K extends GroupEvent['kind']> = Extract<GroupEvent, { kind: K }>

/** The slot is there: lets the planned write go, or asks for a new guard read when the old one is too old by now. */
export function onSending(draft: Draft, event: Of<'sending'>, now: number): void {
  const { state } = draft
  const write = state.inFlight
  if (!write || write.phase !== 'planned' || write.version !== event.version) return stale(draft)
  // A newer number is being worked out; sending the older one first could put sold units back on sale.
  if (state.due) return consider(draft, now)
  if (write.notBefore != null && now < write.notBefore) {
    return void draft.actions.push({ kind: 'none', reason: 'PRICE_FIRST' })
  }
  const guardTooOld = write.freshUntil !== null && now > write.freshUntil
  if (guardTooOld || !hasSoundChannel(state, now)) {
    markDue(state, state.desired?.cause ?? { kind: 'guard_read_too_old', reference: null }, now)
    return consider(draft, now)
  }
  const { version, epoch, leaseUntil, at } = event
  state.inFlight = { ...write, phase: 'sending', epoch, leaseUntil, sentAt: at }
  state.sentVersion = Math.max(state.sentVersion, version)
  const { quantity, leadTimeDays } = write
  state.chain.submitted = { quantity, leadTimeDays, version, at: now, submissionId: null }
  draft.actions.push({ kind: 'proceed', version, epoch })
}

/** The write that was let go travels in a feed, which takes longer than a call. */
export function onFed(draft: Draft, event: Of<'fed'>): void {
  const { state } = draft
  const write = replyTo(state, event)
  if (!write) return stale(draft)
  const { leaseUntil, submissionId } = event
  state.inFlight = { ...write, leaseUntil }
  if (state.chain.submitted) state.chain.submitted = { ...state.chain.submitted, submissionId }
}

/** Whatever Amazon shows right now, the feed may still overwrite it. A write that is out is followed by another. */
export function onFeedEnded(draft: Draft, { reference, carriedQuantity }: Of<'feed_ended'>, now: number): void {
  const { state } = draft
  const cause = { kind: carriedQuantity ? 'after_stock_feed' : 'after_content_feed', reference }
  if (!state.desired) return void draft.actions.push({ kind: 'none', reason: 'UNCHANGED' })
  if (state.inFlight?.phase === 'sending') {
    state.sendAgain = cause
    return void draft.actions.push({ kind: 'none', reason: 'COALESCED' })
  }
  state.mustSend = true
  if (!state.due) markDue(state, cause, now)
  consider(draft, now)
}

/** Amazon took the write. It counts as seen only when Amazon's level shows it. */
export function onAccepted(draft: Draft, event: Of<'accepted'>, now: number): void {
  const { state } = draft
  const write = replyTo(state, event)
  if (!write) return stale(draft)
  const { version, at, submissionId } = event
  const { quantity, leadTimeDays } = write
  took(state, write, { version, quantity, leadTimeDays, at, since: now, submissionId, outcome: 'accepted' })
  state.verification = { next: 1, nextAt: now + TIMINGS.verifyAfterMs[0], resent: write.resend, failed: false }
  state.chain.accepted = { quantity, leadTimeDays, version, at: now }
  if (state.chain.submitted) state.chain.submitted = { ...state.chain.submitted, submissionId }
  // What left before a feed ended does not count as sent after it.
  state.mustSend = state.sendAgain != null
  if (state.sendAgain && !state.due) markDue(state, state.sendAgain, now)
  state.sendAgain = null
  if (write.op === 'replace') state.leadTimeSent = null
  consider(draft, now)
}

/** Amazon said INVALID. The same values are not tried again until they, or the listing's data, change. */
export function onRefused(draft: Draft, event: Of<'refused'>, now: number): void {
  const { state } = draft
  const write = replyTo(state, event)
  if (!write) return stale(draft)
  const { quantity, leadTimeDays, version } = write
  const dataVersion = state.inputs?.dataVersion ?? ''
  state.refused = { quantity, leadTimeDays, version, at: now, dataVersion, issue: event.issue }
  state.inFlight = null
  state.raiseHeldSince = null
  state.mustSend = false
  consider(draft, now)
}

/** It never took effect: back in line under the same version, with its age. */
export function onNotSent(draft: Draft, event: Of<'not_sent'>, now: number): void {
  const { state } = draft
  const write = replyTo(state, event)
  if (!write) return stale(draft)
  state.inFlight = { ...write, phase: 'planned', epoch: null, leaseUntil: null, sentAt: null }
  if (state.due) return consider(draft, now)
  announce(draft, state.inFlight)
}

export function onOutcomeUnknown(draft: Draft, event: Of<'outcome_unknown'>, now: number): void {
  const write = replyTo(draft.state, event)
  if (!write) return stale(draft)
  noteUnknown(draft, write, now)
}

/** Past its lease nobody owns the reply any more: whatever happened, the newest number goes out under a new version. */
export function onLeaseExpired(draft: Draft, now: number): void {
  const write = draft.state.inFlight
  if (write?.phase === 'sending' && write.leaseUntil !== null && now >= write.leaseUntil) noteUnknown(draft, write, now)
}

function noteUnknown(draft: Draft, write: InFlight, now: number): void {
  const { state } = draft
  const { quantity, leadTimeDays, version, sentAt } = write
  const at = sentAt ?? now
  took(state, write, { version, quantity, leadTimeDays, at, since: now, submissionId: null, outcome: 'unknown' })
  state.verification = { next: 2, nextAt: now + TIMINGS.verifyUnknownAfterMs, resent: write.resend, failed: false }
  state.mustSend = true
  if (!state.due) markDue(state, { kind: 'outcome_unknown', reference: String(version) }, now)
  consider(draft, now)
}

/** From here on Amazon may show this write at any moment, and until then what it showed before. */
function took(state: GroupState, write: InFlight, accepted: Accepted): void {
  const pending = state.accepted ? [{ quantity: state.accepted.quantity, at: state.accepted.at, usedUnits: 0 }] : []
  state.older = state.sighting ? [state.sighting] : [...state.older, ...pending].slice(-8)
  state.sighting = null
  state.accepted = accepted
  state.soldSinceAccepted = 0
  state.driftTaken = 0
  state.drift = null
  state.refused = null
  state.inFlight = null
  state.raiseHeldSince = null
  if (write.leadTimeDays !== null) state.leadTimeSent = write.leadTimeDays
}

/** A reply counts only for the write that is out, under its version and its owner's epoch. */
function replyTo(state: GroupState, event: { version: number; epoch: number }): InFlight | undefined {
  const write = state.inFlight
  return write?.phase === 'sending' && write.version === event.version && write.epoch === event.epoch
    ? write
    : undefined
}

function stale(draft: Draft): void {
  draft.actions.push({ kind: 'none', reason: 'STALE_REPLY' })
}
