import { type Bucket, nextSlotAt, refilled } from '@lockstep/pacing/bucket'
import { nextInLine, type Waiting } from '@lockstep/pacing/lanes'
import { type Ask, askFor, mayTake, nextTurnAt } from '@lockstep/pacing/reserve'
import type { SlotAnswer } from '../../store/rate-buckets.ts'

/** A bucket as the database last told of it, and how far the database's clock is ahead of the process's steady one. */
interface Sight {
  bucket: Bucket
  aheadMs: number
}

/**
 * What a line knows of its buckets between two questions: how many tokens to ask for, when, and who gets them. Those that wait are timed by the
 * process's steady clock, buckets by the database's.
 */
export class LineView {
  readonly #pairKey: string
  #sights = new Map<string, Sight>()

  constructor(pairKey: string) {
    this.#pairKey = pairKey
  }

  /** Notes how the buckets stand; none of them is known any more when a row is gone. */
  note(slots: readonly SlotAnswer[]): void {
    this.#sights = new Map(slots.map(({ key, bucket }) => [key, { bucket, aheadMs: bucket.at - performance.now() }]))
  }

  /** What to ask the pair for: no more than it should have by now. */
  ask(waiters: readonly Waiting[]): Ask {
    const ask = askFor(waiters, performance.now())
    const pair = this.#sights.get(this.#pairKey)
    if (!pair) return { ...ask, want: 1 }
    const { level, workingBurst } = refilled(pair.bucket, performance.now() + pair.aheadMs)
    const likely = Math.floor(level - ask.leave * (workingBurst - 1))
    return { ...ask, want: Math.max(1, Math.min(ask.want, likely)) }
  }

  /** When the first of these may have a token of each bucket, by the steady clock. */
  turnAtMs(waiters: readonly Waiting[]): number {
    const times = [...this.#sights].map(([key, { bucket, aheadMs }]) => {
      // Turns are whole milliseconds: one that has come must not seem to be a fraction away.
      const now = Math.floor(performance.now() + aheadMs)
      const at = key === this.#pairKey ? nextTurnAt(asSeen(waiters, aheadMs), bucket, now) : nextSlotAt(bucket, now)
      return (at ?? now) - aheadMs
    })
    return Math.max(0, ...times)
  }

  /** Who gets the token after the first `given` of those that were taken of the pair; undefined when nobody waits. */
  pick<T extends Waiting>(waiters: readonly T[], { bucket, taken }: SlotAnswer, given: number): T | undefined {
    const before = { ...bucket, level: bucket.level + taken - given, taken: bucket.taken - taken + given }
    const seen = asSeen(waiters, bucket.at - performance.now())
    const entitled = mayTake(seen, before, bucket.at)
    // A token in hand is not lost because whoever it was taken for has left.
    return nextInLine(entitled.length > 0 ? entitled : seen, bucket.at, before.taken)?.waiter
  }
}

/** Those that wait, with their times by the database's clock. */
function asSeen<T extends Waiting>(waiters: readonly T[], aheadMs: number): (Waiting & { waiter: T })[] {
  return waiters.map((waiter) => {
    const { id, lane, since, deadline } = waiter
    return { id, lane, since: since + aheadMs, deadline: deadline === null ? null : deadline + aheadMs, waiter }
  })
}
