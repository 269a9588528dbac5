/*
 * Reading is cheap where writing is dear: one call shows up to 20 SKUs. The read tokens that nothing else wants go to the SKUs where a sale that nobody
 * has noticed yet would do most harm.
 */

/** A unit that a marketplace sold, for the rate. Times are epoch milliseconds. */
export type TimedUnits = { at: number; units: number }

/** How often a SKU sells, how old what we know of it is, and how much there is left to sell. */
export type Exposed = {
  unitsPerHour: number
  /** Since when Amazon may have sold unnoticed: the newest read, or the bound of the newest order poll. Null = never looked. */
  knownAt: number | null
  /** Since when a change of ours waits to show on Amazon; null = none does. */
  unsentSince: number | null
  /** What Amazon offers, as far as we know. */
  live: number | null
  /** What there is for it on our side. */
  available: number | null
}

/** One SKU that may be watched. */
export type Watched = Exposed & { id: string; readAt: number | null }

export const WATCH = {
  /** No SKU is watched more often. */
  everyMs: 10_000,
  /** How many one read serves. */
  perRead: 20,
  /** How long a sale may stay unnoticed without the watch: an order poll, and what Amazon takes to show the order. */
  blindMs: 420_000,
  /** The rate follows sales within the short time and forgets them over the long one: a SKU that starts to sell is noticed at once, one that stops is kept for a while. */
  shortMs: 3_600_000,
  longMs: 86_400_000,
  /** What was never looked at counts as this old. */
  oldestMs: 86_400_000,
} as const

const hourMs = 3_600_000

/** Units an hour: the larger of a quick and of a slow moving average. `since`: how far back the sales are known. */
export function salesRate(sales: readonly TimedUnits[], now: number): number {
  return Math.max(movingAverage(sales, now, WATCH.shortMs), movingAverage(sales, now, WATCH.longMs))
}

/** How long Amazon and we may have sold past each other: what we do not know of Amazon's sales, and what Amazon does not know of ours. */
export function stalenessMs({ knownAt, unsentSince }: Pick<Exposed, 'knownAt' | 'unsentSince'>, now: number): number {
  const unknown = knownAt === null ? WATCH.oldestMs : Math.max(0, now - knownAt)
  const unsent = unsentSince === null ? 0 : Math.max(0, now - unsentSince)
  return Math.min(WATCH.oldestMs, unknown + unsent)
}

/** Units of this listing that can be oversold right now: sales rate × staleness, and never more than Amazon offers. */
export function unitsAtRisk(one: Exposed, now: number): number {
  const sellable = (one.unitsPerHour * stalenessMs(one, now)) / hourMs
  return one.live === null ? sellable : Math.min(one.live, sellable)
}

/** How near the end the stock is: 1 when a blind interval could sell it all, towards 0 when there is plenty. */
export function scarcity({ unitsPerHour, available }: Pick<Exposed, 'unitsPerHour' | 'available'>): number {
  const blind = Math.max(1, (unitsPerHour * WATCH.blindMs) / hourMs)
  return Math.min(1, blind / Math.max(1, available ?? 1))
}

/** Sales rate × staleness × scarcity: who is watched first. Nothing that Amazon cannot sell is. */
export function watchRank(one: Exposed, now: number): number {
  return one.live === 0 ? 0 : unitsAtRisk(one, now) * scarcity(one)
}

/** The SKUs that the next read looks at, the most exposed first. */
export function nextToWatch<T extends Watched>(all: readonly T[], now: number): T[] {
  return all
    .filter((one) => (one.readAt === null || now - one.readAt >= WATCH.everyMs) && watchRank(one, now) > 0)
    .map((one) => ({ one, rank: watchRank(one, now) }))
    .toSorted((a, b) => b.rank - a.rank || compare(a.one.id, b.one.id))
    .slice(0, WATCH.perRead)
    .map(({ one }) => one)
}

/** When the next read of the watch is worth a token; null when nothing is worth watching. */
export function nextWatchAt(all: readonly Watched[], now: number): number | null {
  const times = all
    .filter((one) => one.unitsPerHour > 0 && one.live !== 0)
    .map((one) => (one.readAt ?? 0) + WATCH.everyMs)
  return times.length === 0 ? null : Math.max(now, Math.min(...times))
}

function movingAverage(sales: readonly TimedUnits[], now: number, overMs: number): number {
  const weighed = sales.reduce((sum, { at, units }) => sum + units * Math.exp(-Math.max(0, now - at) / overMs), 0)
  return (weighed * hourMs) / overMs
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
