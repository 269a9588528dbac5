import type { Fall, GroupState, Level, Sale } from './group-state.ts'

/*
 * What Amazon sold and we have not downloaded. Amazon's level is seen at some instants; each fall between two sights is a
 * question, answered by the orders created between them. What no order explains yet is unseen; what no order explains after
 * the covering poll is drift. Order times are whole seconds, so orders of the very second of a sight may belong before or
 * after it: they go to the earlier fall as far as it has room for them, the rest to the later one. No order counts twice.
 */

/** How much of a fall its orders explain. `usedUnits`: orders of the fall's last second that were needed for it. */
export type Explained = { unexplained: number; usedUnits: number; settled: boolean }

/** Units sold on Amazon that our available figure does not contain, as far as Amazon's level has shown them. */
export function unseenUnits(state: Pick<GroupState, 'falls' | 'sales'>): number {
  return explainAll(state.falls, state.sales).reduce((sum, e) => sum + e.unexplained, 0)
}

/** Every fall with what is left of it, oldest first. Only orders our available figure contains can explain one. */
export function explainAll(falls: Fall[], sales: Sale[]): Explained[] {
  const explained: Explained[] = []
  for (const [i, fall] of falls.entries()) {
    const previous = falls[i - 1]
    const follows = previous !== undefined && previous.readAt === fall.from.at
    const used = follows ? (explained[i - 1]?.usedUnits ?? 0) : fall.from.usedUnits
    explained.push(explain({ ...fall, from: { ...fall.from, usedUnits: used } }, sales))
  }
  return explained
}

/** One fall on its own. */
export function explain(fall: Pick<Fall, 'from' | 'to' | 'readAt'>, sales: Sale[]): Explained {
  const start = second(fall.from.at)
  const end = second(fall.readAt)
  const within = sales.filter((s) => second(s.at) >= start && second(s.at) <= end)
  const counted = within.filter((s) => s.reflected !== false)
  const sum = (keep: (at: number) => boolean) =>
    counted.reduce((total, s) => total + (keep(second(s.at)) ? s.units : 0), 0)
  const drop = Math.max(0, fall.from.quantity - fall.to)
  const before = start === end ? 0 : Math.max(0, sum((at) => at === start) - fall.from.usedUnits)
  const room = Math.max(0, drop - before - sum((at) => at > start && at < end))
  const lastSecond = sum((at) => at === end) - (start === end ? fall.from.usedUnits : 0)
  const usedUnits = Math.min(room, Math.max(0, lastSecond))
  const already = start === end ? fall.from.usedUnits : 0
  return { unexplained: room - usedUnits, usedUnits: usedUnits + already, settled: counted.length === within.length }
}

/** The level a later fall starts from: the newest sight, with the orders of its second that it contains already. */
export function levelNow(state: GroupState, level: Level): Level {
  const last = state.falls.at(-1)
  if (!last || last.readAt !== level.at) return level
  return { ...level, usedUnits: explainAll(state.falls, state.sales).at(-1)?.usedUnits ?? level.usedUnits }
}

/** The fall from a level to a new sight, or undefined when orders known by now explain all of it or there is none. */
export function fallBetween(
  state: GroupState,
  from: Level,
  to: { quantity: number; readAt: number },
): Fall | undefined {
  const fall = { from: levelNow(state, from), to: to.quantity, readAt: to.readAt, held: false }
  return to.quantity < from.quantity && !isCertain(fall, state.sales) ? fall : undefined
}

/** Downloaded units our available figure does not contain and no sight has shown yet: taken off when there is no read. */
export function unreflectedSince(state: GroupState, at: number): number {
  const later = state.sales.filter((s) => s.reflected === false && second(s.at) > second(at))
  return later.reduce((sum, s) => sum + s.units, 0)
}

/** `last accepted − units sold since − drift`: what Amazon should show by our own books. Null when the last outcome is unknown. */
export function expectedLevel(state: GroupState): number | null {
  if (state.accepted?.outcome !== 'accepted') return null
  return Math.max(0, state.accepted.quantity - state.soldSinceAccepted - state.driftTaken)
}

/** The oldest Amazon time the caller's sales figures must reach back to; null = no sales are needed yet. */
export function salesSince(state: GroupState): number | null {
  const times = [
    state.sighting?.at,
    state.accepted?.at,
    ...state.older.map((l) => l.at),
    ...state.falls.map((f) => f.from.at),
  ]
  const known = times.filter((t) => t !== undefined)
  return known.length > 0 ? second(Math.min(...known)) * 1_000 : null
}

/** Amazon's order times are whole seconds; everything compared with them is too. */
export function second(at: number): number {
  return Math.floor(at / 1_000)
}

/** Explained without the orders of its last second, so that those surely came later. */
function isCertain(fall: Fall, sales: Sale[]): boolean {
  const { unexplained, usedUnits } = explain(fall, sales)
  return unexplained === 0 && usedUnits === 0
}
