import type { FeedTimings } from '../src/commands/feed-work.ts'

/** Feeds are looked at often, and a lost createFeed is asked about soon. */
export const quickTimings: FeedTimings = { pollMs: 150, settleMs: 1_500, planMs: 200 }

/** Quiet hours that are not now: the planner leaves a job's lines to the test. */
export function hoursNotNow(): string {
  const hour = String((new Date().getUTCHours() + 12) % 24).padStart(2, '0')
  return `${hour}:00-${hour}:30`
}
