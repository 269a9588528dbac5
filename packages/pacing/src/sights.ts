import { driftOf } from './drift.ts'
import type { Draft, SalesFigures } from './group-events.ts'
import type { Fall, GroupState, Level, LiveRead } from './group-state.ts'
import { expectedLevel, explain, explainAll, fallBetween, levelNow, second } from './unseen.ts'

/*
 * What reads and order polls say about our last write: whether it shows, what Amazon has sold since, and what nobody explains.
 */

/** Has Amazon's level shown our last write? */
export function isSeen(state: GroupState): boolean {
  return state.accepted !== null && state.chain.seen?.version === state.accepted.version
}

/** True while a write was taken (or may have been) and nothing has shown it in effect yet. */
export function isLanding(state: GroupState): boolean {
  return state.accepted !== null && state.sighting === null
}

/** Takes in one read that is newer than the last one. */
export function noteLevel(draft: Draft, read: LiveRead, now: number): void {
  const { state } = draft
  state.live = read
  if (!state.accepted) {
    noteUnwritten(draft, read, now)
    return
  }
  if (isLanding(state)) noteLanding(draft, read, now)
  else noteAfterLanding(draft, read, now)
}

/** We never wrote this number: it was right when it was first seen. A later fall is a sale all the same, a rise somebody's edit. */
function noteUnwritten(draft: Draft, read: LiveRead, now: number): void {
  const { state } = draft
  const from = state.sighting
  if (from) noteFall(state, from, read)
  state.sighting = levelAt(state, from, read)
  const expected = state.computation?.number ?? null
  if (read.quantity === expected) state.drift = null
  if (!from || expected === null || read.quantity <= from.quantity || read.quantity === expected) return
  noteSurplus(draft, { live: read.quantity, expected, now })
}

/** Takes in new sales figures; a read that fell short may turn out to be explained. */
export function noteSales(draft: Draft, figures: SalesFigures, now: number): void {
  const { state } = draft
  const since = neededSince(state)
  const needed = figures.sales.filter((s) => s.units > 0 && second(s.at) >= second(since))
  state.sales = needed.toSorted((a, b) => a.at - b.at)
  if (figures.acceptedVersion === (state.accepted?.version ?? 0)) state.soldSinceAccepted = figures.soldSinceAccepted
  if (state.live && !isSeen(state)) judgeLanding(draft, state.live, now)
}

/** An order poll reached `bound`: closes every fall before it. Returns true when a number was computed with one of them taken off. */
export function closeCovered(draft: Draft, bound: number, now: number): boolean {
  const { state } = draft
  state.coveredUntil = Math.max(bound, state.coveredUntil ?? bound)
  const explained = explainAll(state.falls, state.sales)
  const open = state.falls.findIndex((fall, i) => !isCovered(state, fall.readAt) || explained[i]?.settled === false)
  const count = open < 0 ? state.falls.length : open
  const closed = state.falls.slice(0, count)
  for (const [i, fall] of closed.entries()) noteUnexplained(draft, fall, { units: explained[i]?.unexplained ?? 0, now })
  freezeBoundary(state, closed.at(-1), explained[count - 1]?.usedUnits ?? 0)
  state.falls = state.falls.slice(count)
  return closed.some((fall) => fall.held)
}

/** Did an order poll reach past this instant of Amazon's? */
export function isCovered(state: GroupState, readAt: number): boolean {
  return state.coveredUntil !== null && second(state.coveredUntil) > second(readAt)
}

/** Where the sales begin that can still explain something; older ones are not kept, however long nothing was written. */
function neededSince(state: GroupState): number {
  const times = [state.sighting?.at, ...state.older.map((l) => l.at), ...state.falls.map((f) => f.from.at)]
  const written = isSeen(state) ? undefined : state.accepted?.at
  return Math.min(...[...times, written].filter((t) => t !== undefined))
}

function noteLanding(draft: Draft, read: LiveRead, now: number): void {
  const { state } = draft
  if (judgeLanding(draft, read, now)) return

  const origin = likelyOrigin(state, read)
  if (!origin) return
  noteFall(state, origin.level, read)
  const level = levelAt(state, origin.level, read)
  if (origin.landed) land(state, level)
  else state.older = state.older.map((older) => (older === origin.level ? level : older))
}

/** Seen = what we wrote, less units of orders created since. Orders before it took effect were overwritten, so they need not be missing. */
function judgeLanding(draft: Draft, read: LiveRead, now: number): boolean {
  const { state } = draft
  if (!state.accepted || read.readAt < state.accepted.at || read.quantity > state.accepted.quantity) return false
  const { unexplained, usedUnits } = explain(
    { from: writtenLevel(state), to: read.quantity, readAt: read.readAt },
    state.sales,
  )
  if (unexplained > 0) return false
  land(state, state.sighting ?? { quantity: read.quantity, at: read.readAt, usedUnits })
  markSeen(draft, read, now)
  return true
}

function land(state: GroupState, level: Level): void {
  state.replaced = state.older.at(-1)?.quantity ?? null
  state.sighting = level
  state.older = []
}

/**
 * What Amazon's level fell from: the nearest level at or above it, of our write and of those it may still show from before.
 * Our write on a tie. Undefined when it rose, or when nothing was known before the write.
 */
function likelyOrigin(state: GroupState, read: LiveRead): { level: Level; landed: boolean } | undefined {
  if (state.older.length === 0) return undefined
  const written = writtenLevel(state)
  const couldBeOurs = read.readAt >= written.at && read.quantity <= written.quantity
  const older = state.older.filter((l) => l.quantity >= read.quantity).toSorted((a, b) => a.quantity - b.quantity)[0]
  if (couldBeOurs && (!older || written.quantity <= older.quantity)) return { level: written, landed: true }
  return older && { level: older, landed: false }
}

function noteAfterLanding(draft: Draft, read: LiveRead, now: number): void {
  const { state } = draft
  if (!state.sighting) return
  const from = state.sighting
  noteFall(state, from, read)
  state.sighting = levelAt(state, from, read)
  if (!isSeen(state)) judgeLanding(draft, read, now)
  noteRise(draft, from, { read, now })
}

/** More than before on Amazon without a write of ours: somebody edited it, or a cancellation put units back. */
function noteRise(draft: Draft, from: Level, { read, now }: { read: LiveRead; now: number }): void {
  const { state } = draft
  const expected = expectedLevel(state)
  const isOurs = state.accepted !== null && read.quantity === expectedLevel({ ...state, driftTaken: 0 })
  if (isOurs) {
    state.drift = null
    state.driftTaken = 0
  }
  // Fewer than ours that a poll found to be no sale stay a difference, however often they are read.
  if (isOurs || read.quantity <= from.quantity || read.quantity === expected) return
  noteSurplus(draft, { live: read.quantity, expected, now })
}

function noteSurplus({ state, actions }: Draft, found: { live: number; expected: number | null; now: number }): void {
  if (state.drift?.live === found.live) return
  state.drift = driftOf(state, found)
  const detail = `Amazon shows ${found.live}, ${found.expected ?? 'another number'} was expected`
  actions.push({ kind: 'finding', code: 'DRIFT', detail })
}

function noteUnexplained(draft: Draft, fall: Fall, { units, now }: { units: number; now: number }): void {
  const { state } = draft
  // A write that landed short has been judged by the poll now: it took effect, whatever happened since.
  if (state.accepted && state.sighting && !isSeen(state) && state.live && fall.readAt >= state.accepted.at) {
    markSeen(draft, state.live, now)
  }
  if (units === 0) return
  const expected = expectedLevel(state)
  if (state.accepted && fall.from.at >= state.accepted.at) state.driftTaken += units
  state.drift = driftOf(state, { live: fall.to, expected, now })
  const detail = `Amazon shows ${fall.to}, ${units} fewer than any order explains`
  draft.actions.push({ kind: 'finding', code: 'DRIFT', detail })
}

function markSeen(draft: Draft, read: LiveRead, now: number): void {
  const { state } = draft
  if (!state.accepted || isSeen(state)) return
  const { version } = state.accepted
  state.chain.seen = { quantity: read.quantity, at: now, version }
  state.verification = null
  draft.actions.push({ kind: 'seen', version, quantity: read.quantity, at: now })
}

function noteFall(state: GroupState, from: Level, read: LiveRead): void {
  const fall = fallBetween(state, from, read)
  if (fall) state.falls = withinLimit([...state.falls, fall])
}

function levelAt(state: GroupState, from: Level | null, read: LiveRead): Level {
  const sameSecond = from !== null && second(from.at) === second(read.readAt)
  return { quantity: read.quantity, at: read.readAt, usedUnits: sameSecond ? levelNow(state, from).usedUnits : 0 }
}

function writtenLevel(state: GroupState): Level {
  return { quantity: state.accepted?.quantity ?? 0, at: state.accepted?.at ?? 0, usedUnits: 0 }
}

/** Keeps what a closed fall used of its last second, so that the next one does not use it again. */
function freezeBoundary(state: GroupState, last: Fall | undefined, usedUnits: number): void {
  if (!last) return
  const freeze = (level: Level): Level => (level.at === last.readAt ? { ...level, usedUnits } : level)
  state.falls = state.falls.map((fall) => ({ ...fall, from: freeze(fall.from) }))
  state.sighting = state.sighting && freeze(state.sighting)
  state.older = state.older.map(freeze)
}

/** Many reads between two polls are kept as one long fall: the newest two are joined where they touch. */
function withinLimit(falls: Fall[]): Fall[] {
  const last = falls.at(-1)
  const previous = falls.at(-2)
  if (falls.length <= 24 || !last || !previous || previous.readAt !== last.from.at) return falls
  const joined = { ...previous, to: last.to, readAt: last.readAt, held: previous.held || last.held }
  return [...falls.slice(0, -2), joined]
}
