/** The group's timings, in milliseconds. */
export const TIMINGS = {
  guardFreshMs: 5_000,
  guardWaitMs: 2_000,
  guardRetryMs: 500,
  channelReadRetryMaxMs: 60_000,
  channelSightMaxAgeMs: 24 * 3_600_000,
  verifyAfterMs: [10_000, 60_000, 300_000, 900_000, 1_800_000],
  verifyUnknownAfterMs: 60_000,
  verdictGraceMs: 60_000,
  priceWaitMs: 600_000,
} as const
