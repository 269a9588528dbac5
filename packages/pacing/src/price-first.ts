import { announce, knownLevel } from './consider.ts'
import type { Draft, GroupEvent } from './group-events.ts'
import { holdForPrice } from './price-hold.ts'

/** A price came up, or the last one has gone: a planned raise from 0 is held, or let go. */
export function onPricePending(
  draft: Draft,
  { pending }: Extract<GroupEvent, { kind: 'price_pending' }>,
  now: number,
): void {
  const { state } = draft
  state.pricePending = pending
  const write = state.inFlight
  if (write?.phase !== 'planned') {
    state.raiseHeldSince = null
    return
  }
  const notBefore = holdForPrice(state, { from: knownLevel(state), to: write.quantity, now })
  if (notBefore === (write.notBefore ?? null)) return
  // A read may have shown meanwhile that Amazon sells nothing: what was planned as less is then a raise.
  const lane = notBefore === null ? write.lane : 'increase'
  state.inFlight = { ...write, lane, notBefore }
  announce(draft, state.inFlight)
}

/** The wait for a price is over: the raise goes, whatever became of the price. */
export function onPriceWaitOver(draft: Draft, now: number): void {
  const { state } = draft
  const write = state.inFlight
  if (write?.phase !== 'planned' || write.notBefore == null || now < write.notBefore) return
  state.inFlight = { ...write, notBefore: null }
  announce(draft, state.inFlight)
}
