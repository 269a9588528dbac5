import type { Clock } from '@lockstep/contracts/clock'
import type { Ids } from '@lockstep/contracts/ids'

export interface TestClock extends Clock {
  /** Moves to this instant, forwards or backwards. */
  set(instant: Date | string): void
  /** Moves forwards by this many milliseconds. */
  advance(ms: number): void
}

/** A clock that stands still until the test moves it. */
export function testClock(start: Date | string = '2026-11-21T10:00:00.000Z'): TestClock {
  let nowMs = instantMs(start)
  return {
    now: () => new Date(nowMs),
    set: (instant) => {
      nowMs = instantMs(instant)
    },
    advance: (ms) => {
      nowMs += ms
    },
  }
}

/** Ids that count up from 1 within one call of `testIds`: `itm_00000000000000000000000001`. The same run gives the same ids. */
export function testIds(): Ids {
  let last = 0
  return {
    next: (prefix) => {
      last += 1
      return `${prefix}_${String(last).padStart(26, '0')}`
    },
  }
}

function instantMs(instant: Date | string): number {
  const ms = new Date(instant).getTime()
  if (Number.isNaN(ms)) throw new RangeError(`${String(instant)} is not an instant`)
  return ms
}
