import { newBucket, onSuccess, onThrottled, refilled, take } from '@lockstep/pacing/bucket'
import type { Lane, Waiting } from '@lockstep/pacing/lanes'
import { nextInLine } from '@lockstep/pacing/lanes'
import { modelLimits } from '@lockstep/pacing/model-limits'
import { mayTake, nextTurnAt } from '@lockstep/pacing/reserve'
import type { VirtualClock } from '@lockstep/pacing/simulation/virtual-clock'

/** Something that waits for a token of a bucket. */
export interface Waiter extends Waiting {
  /** Called with the token in hand. False: it is not wanted any more, and the token stays. */
  go: () => boolean
}

/** The calls of one operation that wait for tokens, served by the product's own buckets, lanes and reserve. */
export interface WaitingLines {
  join: (waiter: Waiter) => void
  /** Tells what came back of a call that left at `sentAt`. */
  replied: (status: number, sentAt: number) => void
  tokens: () => number
  waiting: () => number
}

/** Each lane is first in, first out, as deadlines are not used here; so the heads of the lanes are all that can be next. */
export function waitingLines(clock: VirtualClock, operation: keyof typeof modelLimits): WaitingLines {
  let bucket = newBucket(modelLimits[operation], clock.now())
  const lines = new Map<Lane, { waiters: Waiter[]; head: number }>()
  let wakeAt = Infinity

  const heads = () =>
    [...lines.values()].flatMap(({ waiters, head }) => {
      const waiter = waiters[head]
      return waiter ? [waiter] : []
    })
  const leave = ({ lane }: Waiter) => {
    const line = lines.get(lane)
    if (!line) return
    line.head += 1
    if (line.head === line.waiters.length) lines.delete(lane)
  }
  const serve = () => {
    const now = clock.now()
    for (;;) {
      const next = nextInLine(mayTake(heads(), bucket, now), now, bucket.taken)
      if (!next) break
      leave(next)
      if (next.go()) bucket = take(bucket, now).bucket
    }
    const turnAt = nextTurnAt(heads(), bucket, now)
    if (turnAt === undefined || turnAt >= wakeAt) return
    wakeAt = turnAt
    clock.at(turnAt, () => {
      if (wakeAt === turnAt) wakeAt = Infinity
      serve()
    })
  }
  return {
    join(waiter) {
      const line = lines.get(waiter.lane) ?? { waiters: [], head: 0 }
      lines.set(waiter.lane, line)
      line.waiters.push(waiter)
      serve()
    },
    replied(status, sentAt) {
      const reply = { now: clock.now(), sentAt }
      bucket = status === 429 ? onThrottled(bucket, reply).bucket : onSuccess(bucket, reply)
    },
    tokens: () => refilled(bucket, clock.now()).level,
    waiting: () => [...lines.values()].reduce((sum, { waiters, head }) => sum + waiters.length - head, 0),
  }
}
