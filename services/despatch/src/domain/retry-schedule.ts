const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Waits before each re-send; hourly after the last one. */
const STEPS_MS = [1 * MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS]

/** A despatch is re-sent for 24 hours after it was made. */
export const RESEND_WINDOW_MS = 24 * HOUR_MS

/** ±10 %, so that many despatches that failed together do not come back together. */
const JITTER = 0.1

/**
 * When a failed despatch is sent again: after 1, 5, 15 and 30 minutes, then hourly until 24 hours after it was made; undefined
 * when that time has passed. `chance` is a number from 0 up to 1.
 */
export function nextResend(failure: {
  failures: number
  despatchedAt: Date
  now: Date
  chance: number
}): Date | undefined {
  const step = STEPS_MS[failure.failures - 1] ?? HOUR_MS
  const wait = step * (1 - JITTER + 2 * JITTER * failure.chance)
  const at = new Date(failure.now.getTime() + wait)
  return at.getTime() <= failure.despatchedAt.getTime() + RESEND_WINDOW_MS ? at : undefined
}
