import { consider, keyOf, markDue } from './consider.ts'
import { isForced, reviewDrift } from './drift.ts'
import { stateHold } from './holds.ts'
import type { Decision, Draft, GroupEvent } from './group-events.ts'
import type { GroupState } from './group-state.ts'
import { TIMINGS } from './group-timings.ts'
import {
  onAccepted,
  onFed,
  onFeedEnded,
  onLeaseExpired,
  onNotSent,
  onOutcomeUnknown,
  onRefused,
  onSending,
} from './in-flight.ts'
import { describe, nextDueAt } from './next-step.ts'
import { onPricePending, onPriceWaitOver } from './price-first.ts'
import { closeCovered, isCovered, noteLevel, noteSales } from './sights.ts'
import { verify } from './verification.ts'

type Of<K extends GroupEvent['kind']> = Extract<GroupEvent, { kind: K }>

/**
 * The guarded send of one shared-SKU group: takes what happened and says what to do. Pure: the given state is not touched,
 * time comes in as `now` (epoch milliseconds, never going back for one group), and the same input gives the same answer.
 * A write is considered only for a change on our side; what Amazon shows alone never causes one.
 * The caller stores the state and performs the actions; each action may be lost and comes again after a tick or event.
 */
export function decide(state: GroupState, event: GroupEvent, now: number): Decision {
  const draft: Draft = { state: { ...state, chain: { ...state.chain } }, actions: [] }
  apply(draft, event, now)
  stateHold(draft, now)
  const { word, next } = describe(draft.state, now)
  draft.state.word = word
  draft.state.next = next
  if (draft.actions.length === 0) draft.actions.push({ kind: 'none', reason: 'RECORDED' })
  const until = nextDueAt(draft.state)
  if (until !== null) draft.actions.push({ kind: 'wait', until: Math.max(until, now), reason: next.reason })
  return draft
}

function apply(draft: Draft, event: GroupEvent, now: number): void {
  switch (event.kind) {
    case 'desired_changed':
      return onDesiredChanged(draft, event, now)
    case 'live_read':
    case 'live_missing':
      return onRead(draft, event, now)
    case 'read_failed':
      return onReadFailed(draft, now)
    case 'sales_recorded':
      return noteSales(draft, event.figures, now)
    case 'orders_covered':
      return onOrdersCovered(draft, event, now)
    case 'sending':
      return onSending(draft, event, now)
    case 'fed':
      return onFed(draft, event)
    case 'feed_ended':
      return onFeedEnded(draft, event, now)
    case 'accepted':
      return onAccepted(draft, event, now)
    case 'refused':
      return onRefused(draft, event, now)
    case 'not_sent':
      return onNotSent(draft, event, now)
    case 'outcome_unknown':
      return onOutcomeUnknown(draft, event, now)
    case 'price_pending':
      return onPricePending(draft, event, now)
    case 'tick':
      return onTick(draft, now)
    default:
      return event satisfies never
  }
}

function onDesiredChanged(draft: Draft, event: Of<'desired_changed'>, now: number): void {
  const { state } = draft
  state.inputs = event.inputs
  const changed = keyOf(event.inputs) !== state.settledKey
  // A planned write is looked at again even when nothing but a gate moved: it may not leave through a closed one.
  const planned = state.inFlight?.phase === 'planned'
  if (changed || planned || isForced(event.cause)) markDue(state, event.cause, now)
  if (!state.due) return void draft.actions.push({ kind: 'none', reason: 'UNCHANGED' })
  consider(draft, now)
}

function onRead(draft: Draft, event: Of<'live_read'> | Of<'live_missing'>, now: number): void {
  const { state } = draft
  if (state.live && event.readAt < state.live.readAt)
    return void draft.actions.push({ kind: 'none', reason: 'STALE_READ' })
  noteChannel(draft, event, now)
  if (event.kind === 'live_read') {
    const { quantity, leadTimeDays, readAt } = event
    noteLevel(draft, { quantity, leadTimeDays, readAt, receivedAt: now }, now)
  }
  // A planned write is withdrawn when the SKU turns out not to be the merchant's.
  if (!state.channel?.sound && state.inFlight?.phase === 'planned' && state.desired)
    markDue(state, state.desired.cause, now)
  consider(draft, now)
}

function noteChannel(draft: Draft, event: Of<'live_read'> | Of<'live_missing'>, now: number): void {
  const before = draft.state.channel
  const missing = event.kind === 'live_missing'
  const sound = !missing && event.channels.length === 1 && event.channels[0] === 'DEFAULT'
  const reason = missing ? 'SKU_NOT_FOUND' : 'NOT_MERCHANT_FULFILLED'
  draft.state.channel = { sound, reason: sound ? null : reason, receivedAt: now }
  if (sound || before?.reason === reason) return
  const shown = missing
    ? 'Amazon does not know this SKU'
    : `its fulfilment channels are ${event.channels.join(', ') || 'none'}`
  draft.actions.push({ kind: 'finding', code: reason, detail: shown })
}

/** A failed read is asked for again until the wait is over; then the write goes out unguarded. */
function onReadFailed(draft: Draft, now: number): void {
  const { reading } = draft.state
  if (!reading) return
  draft.state.reading = { ...reading, retryAt: Math.min(reading.deadline, now + TIMINGS.guardRetryMs) }
}

function onOrdersCovered(draft: Draft, event: Of<'orders_covered'>, now: number): void {
  const { state } = draft
  noteSales(draft, event.figures, now)
  const wasHeldBack = closeCovered(draft, event.bound, now)
  if (state.live && isCovered(state, state.live.readAt)) reviewDrift(draft, now)
  if (!wasHeldBack) return
  if (!state.due) markDue(state, { kind: 'window_closed', reference: null }, now)
  consider(draft, now)
}

function onTick(draft: Draft, now: number): void {
  onLeaseExpired(draft, now)
  onPriceWaitOver(draft, now)
  const { reading } = draft.state
  if (reading && now >= Math.min(reading.retryAt, reading.deadline)) consider(draft, now)
  verify(draft, now)
}
