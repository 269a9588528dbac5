import type { GroupState } from './group-state.ts'
import { TIMINGS } from './group-timings.ts'

/*
 * A SKU at 0 that gets stock and a new price: stock first would sell it at the old price. So a raise from 0 waits for the price, at most
 * ten minutes from when it first had to. Nothing else waits, and no later price makes the wait longer.
 */

/** Until when the planned write of a group waits for a price; null when it does not. */
export function heldForPriceUntil({ inFlight }: GroupState): number | null {
  return inFlight?.phase === 'planned' ? (inFlight.notBefore ?? null) : null
}

/** Until when a write waits for the pending price of its SKU; null when it is no raise from 0 or has waited long enough. */
export function holdForPrice(
  state: GroupState,
  { from, to, now }: { from: number | null; to: number; now: number },
): number | null {
  const waits = state.pricePending === true && from === 0 && to > 0
  state.raiseHeldSince = waits ? (state.raiseHeldSince ?? now) : null
  if (state.raiseHeldSince === null) return null
  const until = state.raiseHeldSince + TIMINGS.priceWaitMs
  return until > now ? until : null
}
