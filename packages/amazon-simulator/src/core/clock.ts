/** Tells the time in milliseconds since 1970. */
export type TellTime = () => number

/** A clock that stands still until it is moved. */
export interface VirtualClock {
  now: TellTime
  /** Moves forward; time never goes back. */
  advance: (byMs: number) => void
}

/** A virtual clock that starts at an instant. */
export function virtualClock(startsAt: number): VirtualClock {
  let at = startsAt
  return {
    now: () => at,
    advance: (byMs) => {
      at += Math.max(0, byMs)
    },
  }
}

/** The machine's clock, which never goes back even when the machine's does. */
export function realClock(): TellTime {
  let latest = 0
  return () => {
    latest = Math.max(latest, Date.now())
    return latest
  }
}
