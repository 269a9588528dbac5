import type { GroupState } from '@lockstep/pacing/group-state'
import { TIMINGS } from '@lockstep/pacing/group-timings'

/** What the reads after an acceptance have shown while the number is not seen: Amazon's own, how many reads there were, and when the next is. */
export function unseenWords({ accepted, verification, live, chain }: GroupState): string {
  if (!accepted || !verification || chain.seen?.version === accepted.version) return ''
  const mostReads = TIMINGS.verifyAfterMs.length
  const reads = Math.min(verification.next - 1, mostReads)
  const shown =
    live && live.readAt >= accepted.at
      ? `Amazon shows ${live.quantity} (read ${isoOf(live.readAt)})`
      : 'Amazon was not read since'
  return [`not seen yet: ${shown}`, `${reads} of ${mostReads} reads so far`, nextWords(verification, mostReads)].join(
    ', ',
  )
}

function nextWords(
  { next, nextAt, resent, failed }: NonNullable<GroupState['verification']>,
  mostReads: number,
): string {
  if (failed) return 'it was sent twice and is not read again by itself'
  const again = resent ? ' (sent for the second time)' : ''
  if (nextAt === null) return `it is about to be sent once more${again}`
  const what = next > mostReads ? 'the verdict falls at' : 'the next at'
  return `${what} ${isoOf(nextAt)}${again}`
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
