import type { WaitReason } from '@lockstep/pacing/feed-view'

/** Why no feed goes out for a job, with the time at which that ends where it is known. */
export function waitText({ reason, until }: { reason: WaitReason; until: number | null }): string {
  const words = waitWords[reason]
  if (until === null || !hasFixedEnd.has(reason)) return words
  return `${words} (a feed from ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC)`
}

/** The others end with something that happens, and are only looked at again at a time. */
const hasFixedEnd: ReadonlySet<WaitReason> = new Set(['QUIET_HOURS', 'SPACING'])

const waitWords: Readonly<Record<WaitReason, string>> = {
  QUIET_HOURS: 'waits for its quiet hours',
  WINDOW_TOO_SHORT: 'the time left is too short for a feed; goes out one by one',
  SPACING: 'the next feed waits for Amazon’s spacing; goes out one by one meanwhile',
  NO_FEED_TOKEN: 'no feed may be made right now; goes out one by one meanwhile',
  FEED_IN_FLIGHT: 'a feed is at Amazon; what may not wait goes out one by one',
  STUCK_FEED: 'a feed is stuck at Amazon; goes out one by one',
  STOCK_FIRST: 'a feed of stock goes first; goes out one by one meanwhile',
  PAUSED: 'the sync of its account is paused',
  BY_PATCH: 'goes out one by one',
}
