import { isForced } from './drift.ts'
import type { GroupInputs, GroupNumber } from './group-policy.ts'
import { groupNumber } from './group-policy.ts'
import type { Draft } from './group-events.ts'
import type { Cause, GatedBy, GroupState, InFlight, LiveRead, Reason } from './group-state.ts'
import { TIMINGS } from './group-timings.ts'
import { laneOfQuantity } from './lanes.ts'
import { holdForPrice } from './price-hold.ts'
import { summedLocations } from './quantity-rules.ts'
import { isLanding } from './sights.ts'
import { expectedLevel, explainAll, second, unreflectedSince, unseenUnits } from './unseen.ts'

type Computed = Extract<GroupNumber, { kind: 'number' }>

/**
 * What our side looks like to a consideration: settings, links and figures, without the gates that open and close by themselves. The SKU's own hold was
 * seen on Amazon alone, so it is no change here.
 */
export function keyOf(inputs: GroupInputs): string {
  const transient = new Set(['stock_known', 'orders_current', 'not_paused'])
  const members = inputs.members.map((m) => {
    const { endWhen, stockPercentage, maxListed, leadTimeDays, channelSpecificStock } = m.settings
    const rules = [endWhen, stockPercentage, maxListed, leadTimeDays, channelSpecificStock].map((s) => s.value)
    const gates = m.gates.filter((g) => !transient.has(g.gate) && !g.open).map((g) => g.gate)
    const sums = ['own', 'third_party', 'fba'].map((kind) => {
      return m.locations
        .filter((l) => l.kind === kind)
        .reduce((sum, l) => sum + (l.available ?? 0) + (l.held ?? 0) - (l.awaited ?? 0), 0)
    })
    return [m.listingId, m.itemId, m.marketplaceId, m.locations.length, ...sums, ...rules, ...gates]
  })
  return JSON.stringify([inputs.policy, inputs.ownerAccountId, inputs.dataVersion, members])
}

/** Notes that something changed on our side; the newest cause is kept, the age is that of the first. */
export function markDue(state: GroupState, cause: Cause, now: number): void {
  state.due = cause
  state.dueSince ??= state.inFlight?.phase === 'planned' ? Math.min(now, state.inFlight.since) : now
}

/** Works towards a number for the change that is due: gates, then the guard read, then the write or "in step". */
export function consider(draft: Draft, now: number): void {
  const { state } = draft
  if (!state.inputs || !state.due) return
  const known = { unseen: unseenUnits(state), level: knownLevel(state) }
  const preview = groupNumber(state.inputs, known.unseen, known.level)
  // The number wanted is known before the read that guards it; the read may still lower it.
  if (preview.kind === 'number') noteWanted(state, preview, { ...known, now })
  // One at a time: the reply to what has left brings us back here.
  if (state.inFlight?.phase === 'sending') return none(draft, 'COALESCED')

  if (preview.kind === 'gated') return gate(draft, preview, now)
  if (state.channel && !state.channel.sound && now - state.channel.receivedAt <= TIMINGS.guardFreshMs) {
    return gate(draft, { reason: state.channel.reason ?? 'SKU_NOT_FOUND', members: preview.members }, now)
  }
  // A 0 can only be right: what is unseen would lower it further. Repeating one is not urgent, so it is read like the rest.
  const repeats = state.accepted?.quantity === 0 && !state.mustSend
  if (preview.number === 0 && !repeats && hasSoundChannel(state, now)) return settle(draft, null, now)
  const read = freshRead(state, now)
  if (read) return settle(draft, read, now)
  return awaitRead(draft, now)
}

/** The read that may serve as guard: at most 5 s old, and no order known to be younger than it. */
function freshRead(state: GroupState, now: number): LiveRead | undefined {
  const { live } = state
  if (!live || now - live.receivedAt > TIMINGS.guardFreshMs || !hasSoundChannel(state, now)) return undefined
  return state.sales.some((s) => second(s.at) > second(live.readAt)) ? undefined : live
}

/** The FBA guard: a read of the last 24 hours showed the merchant's own channel and nothing else. */
export function hasSoundChannel(state: GroupState, now: number): boolean {
  return state.channel?.sound === true && now - state.channel.receivedAt <= TIMINGS.channelSightMaxAgeMs
}

function awaitRead(draft: Draft, now: number): void {
  const { state } = draft
  if (!state.reading) {
    const deadline = now + TIMINGS.guardWaitMs
    state.reading = { since: now, deadline, retryAt: deadline, tries: 1 }
    draft.actions.push({ kind: 'read', lane: 'guard', by: deadline })
    return
  }
  const { reading } = state
  // A tick that comes long after the deadline means nobody was there to read: then it has not been tried yet.
  const tried = now < reading.deadline + TIMINGS.guardWaitMs || reading.tries > 1
  if (now >= reading.deadline && tried && hasSoundChannel(state, now)) return settle(draft, null, now)
  if (now < Math.min(reading.deadline, reading.retryAt)) return none(draft, 'GUARD_READ')
  // Without the FBA guard nothing may go out, so this read is asked for until it is had, ever more slowly.
  const gap = Math.min(TIMINGS.channelReadRetryMaxMs, TIMINGS.guardWaitMs * 2 ** reading.tries)
  const deadline = now < reading.deadline ? reading.deadline : now + gap
  state.reading = { ...reading, deadline, retryAt: deadline, tries: reading.tries + 1 }
  draft.actions.push({ kind: 'read', lane: 'guard', by: Math.min(deadline, now + TIMINGS.guardWaitMs) })
}

/** Computes the number and either finds Amazon in step with it or plans the write. `read` null: a 0, or unguarded. */
function settle(draft: Draft, read: LiveRead | null, now: number): void {
  const { state } = draft
  if (!state.inputs || !state.due) return
  const unseen = unseenUnits(state) + (read ? 0 : unreflectedSince(state, state.sighting?.at ?? 0))
  const level = read?.quantity ?? knownLevel(state)
  const result = groupNumber(state.inputs, unseen, level)
  if (result.kind === 'gated') return gate(draft, result, now)

  const held = Math.min(unseen, heldAlready(state.inputs, result.sendAs))
  state.guard = {
    live: read?.quantity ?? null,
    readAt: read?.readAt ?? null,
    expected: expectedLevel(state),
    unseen: unseen - held,
    ...(held > 0 && { held }),
    unguarded: read === null && result.number > 0,
  }
  holdFalls(state)
  noteWanted(state, result, { unseen, level, now })
  const { due: cause, dueSince } = state
  const reason = reasonNotToSend(state, result, { read, cause })
  finishDue(state)
  if (reason) return stayPut(draft, reason)
  plan(draft, result, { read, cause, since: dueSince ?? now, now })
}

/** Units that the SKU's own hold keeps back in the figures of the listing that sends. */
function heldAlready(inputs: GroupInputs, listingId: string): number {
  const sender = inputs.members.find((member) => member.listingId === listingId)
  return sender ? summedLocations(sender).reduce((sum, { held }) => sum + (held ?? 0), 0) : 0
}

function reasonNotToSend(
  state: GroupState,
  wanted: Computed,
  { read, cause }: { read: LiveRead | null; cause: Cause },
): Reason | null {
  const forced = isForced(cause)
  const { refused, accepted } = state
  const sameAsRefused = refused && refused.quantity === wanted.number && refused.leadTimeDays === wanted.leadTimeDays
  if (sameAsRefused && !forced && refused.dataVersion === state.inputs?.dataVersion) return 'REFUSED'
  if (state.mustSend) return null
  if (isLanding(state)) {
    // What Amazon shows is about to be overwritten by our last write, so that is what counts.
    const same = accepted?.quantity === wanted.number && accepted.leadTimeDays === wanted.leadTimeDays
    return same && !forced ? 'ALREADY_ACCEPTED' : null
  }
  if (!read || read.quantity !== wanted.number) return null
  const sameLeadTime =
    wanted.leadTimeDays === null ? !mustClear(state, read) : wanted.leadTimeDays === read.leadTimeDays
  return sameLeadTime ? 'EQUAL_TO_LIVE' : null
}

/** A lead time we sent and no longer want is cleared once; one we never sent is left alone. */
function mustClear(state: GroupState, read: LiveRead | null): boolean {
  return state.leadTimeSent !== null && read?.leadTimeDays !== null
}

function plan(
  draft: Draft,
  wanted: Computed,
  about: { read: LiveRead | null; cause: Cause; since: number; now: number },
): void {
  const { state } = draft
  const { read, cause, since, now } = about
  const planned = state.inFlight
  if (!state.desired) return
  const repeat = isRepeat(state, wanted.number, cause)
  if (state.desired.version <= state.sentVersion) state.desired = { ...state.desired, version: ++state.version }
  state.refused = null
  state.inFlight = {
    phase: 'planned',
    quantity: wanted.number,
    leadTimeDays: wanted.leadTimeDays,
    version: state.desired.version,
    op: wanted.leadTimeDays === null && mustClear(state, read) ? 'replace' : 'merge',
    lane: laneOfNumber(state, { number: wanted.number, level: read?.quantity ?? knownLevel(state), cause }),
    sendAs: wanted.sendAs,
    unguarded: state.guard?.unguarded ?? false,
    since,
    freshUntil: wanted.number === 0 ? null : (read?.receivedAt ?? now) + TIMINGS.guardFreshMs,
    resend: cause.kind === 'not_seen' || (planned?.resend ?? false),
    repeat,
    epoch: null,
    leaseUntil: null,
    sentAt: null,
    notBefore: holdForPrice(state, { from: read?.quantity ?? knownLevel(state), to: wanted.number, now }),
  }
  state.chain.scheduled = { at: now, lane: state.inFlight.lane, version: state.inFlight.version }
  announce(draft, state.inFlight)
}

/**
 * Once more what Amazon has accepted already: after a feed without quantities, or because a person asked for all numbers. A planned one stays that
 * when it is planned anew.
 */
function isRepeat(state: GroupState, number: number, cause: Cause): boolean {
  if (state.accepted?.quantity !== number) return false
  if (cause.kind === 'force_update') return true
  return isLanding(state) && (cause.kind === 'after_content_feed' || state.inFlight?.repeat === true)
}

/** Queues the planned write. Also used when one that certainly never took effect goes back in line. */
export function announce(draft: Draft, write: InFlight): void {
  const { version, quantity, leadTimeDays, op, lane, sendAs, unguarded, since, freshUntil, notBefore = null } = write
  const what = { version, quantity, leadTimeDays, op, lane, sendAs, unguarded, since, freshUntil, notBefore }
  draft.actions.push({ kind: 'send', ...what })
}

function stayPut(draft: Draft, reason: Reason): void {
  const { state } = draft
  withdrawPlanned(draft)
  if (reason === 'EQUAL_TO_LIVE') {
    state.drift = null
    state.leadTimeSent = state.desired?.leadTimeDays ?? null
  }
  none(draft, reason)
}

function gate(draft: Draft, result: { reason: GatedBy; members: GroupNumber['members'] }, now: number): void {
  const { state } = draft
  const cause = state.due ?? { kind: 'unknown', reference: null }
  state.computation = {
    at: now,
    cause,
    number: null,
    gatedBy: result.reason,
    conflict: null,
    withheld: false,
    members: result.members,
    groupStep: null,
  }
  state.reading = null
  withdrawPlanned(draft)
  none(draft, reasonOfGate(result.reason))
}

/** The code that says a gate is closed; which gate it is stands in the computation. */
export function reasonOfGate(gatedBy: GatedBy): Reason {
  return isOwnReason(gatedBy) ? gatedBy : 'GATE_CLOSED'
}

function isOwnReason(gatedBy: GatedBy): gatedBy is Extract<GatedBy, Reason> {
  return ['NO_MEMBERS', 'FBA_MEMBER', 'NOT_MERCHANT_FULFILLED', 'SKU_NOT_FOUND'].includes(gatedBy)
}

function withdrawPlanned(draft: Draft): void {
  const { state } = draft
  if (state.inFlight?.phase !== 'planned') return
  draft.actions.push({ kind: 'withdraw', version: state.inFlight.version })
  state.inFlight = null
  state.raiseHeldSince = null
}

/** What Amazon's side looked like to a computation; with the inputs it gives the number again. */
type Seen = { unseen: number; level: number | null; now: number }

function noteWanted(state: GroupState, wanted: Computed, seen: Seen): void {
  noteComputation(state, wanted, seen)
  noteDesired(state, wanted, seen.now)
}

function noteDesired(state: GroupState, wanted: Computed, now: number): void {
  if (!state.due) return
  const { number: quantity, leadTimeDays } = wanted
  const same = state.desired?.quantity === quantity && state.desired.leadTimeDays === leadTimeDays
  if (state.desired && same) return
  state.desired = { quantity, leadTimeDays, version: ++state.version, at: now, cause: state.due }
}

function noteComputation(state: GroupState, result: Computed, { unseen, level, now }: Seen): void {
  if (!state.due) return
  const { number, conflict, withheld, members, step: groupStep } = result
  const came = { number, gatedBy: null, conflict, withheld, members, groupStep }
  state.computation = { at: now, cause: state.due, ...came, unseen, level }
}

function finishDue(state: GroupState): void {
  state.settledKey = state.inputs ? keyOf(state.inputs) : null
  state.due = null
  state.dueSince = null
  state.reading = null
}

function holdFalls(state: GroupState): void {
  const explained = explainAll(state.falls, state.sales)
  state.falls = state.falls.map((fall, i) => ({ ...fall, held: fall.held || (explained[i]?.unexplained ?? 0) > 0 }))
}

/**
 * The lane of a number, when Amazon shows this level. What it is about to show counts too: less than an accepted raise is a decrease before the raise
 * shows. Once more what it accepted is not urgent.
 */
export function laneOfNumber(
  state: GroupState,
  { number, level, cause }: { number: number; level: number | null; cause: Cause | null },
): InFlight['lane'] {
  if (cause && isRepeat(state, number, cause)) return 'increase'
  const toCome = isLanding(state) ? (state.accepted?.quantity ?? 0) : 0
  return laneOfQuantity(number, level === null && toCome === 0 ? null : Math.max(level ?? 0, toCome))
}

/** The level Amazon holds, as far as we know. */
export function knownLevel(state: GroupState): number | null {
  return state.live?.quantity ?? expectedLevel(state) ?? state.accepted?.quantity ?? null
}

function none(draft: Draft, reason: Reason): void {
  draft.actions.push({ kind: 'none', reason })
}
