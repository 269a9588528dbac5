/** A clock that jumps from one planned moment to the next: a day of waiting takes milliseconds. */
export type VirtualClock = {
  now(): number
  /** Runs `job` at the given moment, or at once (after what is due already) when that has passed. */
  at(moment: number, job: () => void): void
  after(delayMs: number, job: () => void): void
  /** Runs everything that falls due until then. */
  runUntil(moment: number): void
}

/** Jobs of the same moment run in the order they were planned. */
export function virtualClock(start: number): VirtualClock {
  let now = start
  const planned: { moment: number; job: () => void }[] = []
  const at = (moment: number, job: () => void) => {
    const due = Math.max(moment, now)
    const place = planned.findLastIndex((p) => p.moment <= due)
    planned.splice(place + 1, 0, { moment: due, job })
  }
  return {
    now: () => now,
    at,
    after: (delayMs, job) => at(now + delayMs, job),
    runUntil(moment) {
      while (planned[0] && planned[0].moment <= moment) {
        const next = planned.shift()
        if (!next) break
        now = next.moment
        next.job()
      }
      now = moment
    },
  }
}

/** Repeatable chance: the same seed gives the same numbers, each in [0, 1). */
export function seeded(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
