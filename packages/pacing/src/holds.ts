import type { HoldPlace } from './group-policy.ts'
import type { Draft, HoldStatement, SeenFall } from './group-events.ts'
import type { Fall, GroupState, Sale, StatedHold } from './group-state.ts'
import { explainAll, unseenUnits } from './unseen.ts'

/*
 * What Amazon sold and we have not downloaded is held for every channel at once. The planner states what it saw fall, the stock master holds what of it
 * its own books do not explain yet. So an order turns the hold into its reservation in the transaction that books it, whichever comes first, and nothing is
 * counted twice: what is held is a function of the newest statement and the books, not of the order in which they came.
 */

/** Units of these falls that none of the booked sales explains: what is held now. Sales count net of cancelled units. */
export function heldUnits(falls: readonly SeenFall[], booked: readonly Pick<Sale, 'at' | 'units'>[]): number {
  const all = falls.map((fall) => ({ ...fall, held: false }))
  return explainAll(
    all,
    booked.map(({ at, units }) => ({ at, units })),
  ).reduce((sum, { unexplained }) => sum + unexplained, 0)
}

/** The earliest and the latest moment of a sale that could explain one of these falls, in Amazon's whole seconds; undefined without falls. */
export function fallsSpan(falls: readonly SeenFall[]): { from: number; until: number } | undefined {
  if (falls.length === 0) return undefined
  const from = Math.min(...falls.map((fall) => fall.from.at))
  const until = Math.max(...falls.map((fall) => fall.readAt))
  return { from: Math.floor(from / 1_000) * 1_000, until: Math.floor(until / 1_000) * 1_000 + 999 }
}

/** The hold the stock master should have by now, as it was last stated; undefined when nothing was ever stated. */
export function statedHold(state: GroupState): HoldStatement | undefined {
  const { hold } = state
  if (!hold) return undefined
  const falls = hold.place ? state.falls : []
  return statement(hold, { falls, units: hold.place ? unseenUnits(state) : 0, reason: 'unseen' })
}

/** States the hold anew when what was seen to fall, or where it is held, is not what was stated last. Versions rise even when the state was restored from an older copy. */
export function stateHold({ state, actions }: Draft, now: number): void {
  const place = state.inputs?.holdAt ?? null
  const falls = place ? state.falls : []
  const units = place ? unseenUnits(state) : 0
  const before = state.hold ?? null
  const isOpen = before !== null && before.falls !== ''
  // Falls that orders explain already are nobody's news, until something is held.
  if (!isOpen && units === 0) return
  const until = falls.at(-1)?.readAt ?? 0
  const next = { version: Math.max(now, (before?.version ?? 0) + 1), place, falls: signature(falls), until }
  if (isOpen && next.falls === before.falls && isSamePlace(place, before.place)) return
  state.hold = next
  const reason = isOpen ? reasonOf(actions, before, next) : 'unseen'
  actions.push({ kind: 'hold', hold: statement(next, { falls, units, reason }) })
}

function statement(
  { version, place }: StatedHold,
  { falls, units, reason }: { falls: readonly Fall[]; units: number; reason: HoldStatement['reason'] },
): HoldStatement {
  const seen = falls.map(({ from, to, readAt }) => ({ from, to, readAt }))
  return { version, place, falls: seen, units, reason }
}

function reasonOf(actions: Draft['actions'], before: StatedHold, next: StatedHold): HoldStatement['reason'] {
  if (!isSamePlace(next.place, before.place)) return 'moved'
  if (next.until > before.until) return 'unseen'
  return actions.some((action) => action.kind === 'finding' && action.code === 'DRIFT') ? 'drift' : 'explained'
}

function isSamePlace(one: HoldPlace | null, other: HoldPlace | null): boolean {
  return one?.itemId === other?.itemId && one?.locationId === other?.locationId && one?.listingId === other?.listingId
}

function signature(falls: readonly Fall[]): string {
  return falls.map(({ from, to, readAt }) => [from.at, from.quantity, from.usedUnits, to, readAt].join(':')).join(' ')
}
