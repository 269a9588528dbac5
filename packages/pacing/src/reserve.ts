import type { Bucket } from './bucket.ts'
import { nextSlotAt, refilled } from './bucket.ts'
import type { Lane, Waiting } from './lanes.ts'
import { TURNS } from './lanes.ts'

/*
 * The reserved share for the urgent: less urgent work leaves tokens in the bucket, so that an urgent call finds one the moment it comes.
 * No token is lost by it: a bucket that is full is used by everybody.
 */

/** Having waited so long, an item takes the last token too, on the turns that are open to all lanes. */
export const RESERVE_MS = 1_800_000

/** What must be left in the bucket when something of this lane takes a token. Content and prices take only what would be lost. */
export function tokensLeft(lane: Lane, workingBurst: number): number {
  switch (lane) {
    case 'to_zero':
    case 'decrease':
    case 'guard':
    case 'despatch':
    case 'urgent_stock':
    case 'normal':
      return 0
    case 'increase':
    case 'watch':
    case 'verification':
      return Math.min(1, workingBurst - 1)
    case 'price':
    case 'content':
    case 'sweep':
      return workingBurst - 1
    default:
      return lane satisfies never
  }
}

/** Those of the waiting that may take a token of this bucket now. `nextInLine` picks among them. */
export function mayTake<T extends Waiting>(waiting: readonly T[], bucket: Bucket, now: number): T[] {
  const { level, workingBurst, taken } = refilled(bucket, now)
  const isOpenTurn = taken % TURNS === TURNS - 1
  return waiting.filter(({ lane, since }) => {
    const left = isOpenTurn && now - since >= RESERVE_MS ? 0 : tokensLeft(lane, workingBurst)
    return level >= 1 + left
  })
}

/** When the first of the waiting may take a token, if nobody takes one before; undefined when nobody waits. */
export function nextTurnAt(waiting: readonly Waiting[], bucket: Bucket, now: number): number | undefined {
  if (waiting.length === 0) return undefined
  if (mayTake(waiting, bucket, now).length > 0) return now
  const left = Math.min(...waiting.map(({ lane }) => tokensLeft(lane, bucket.workingBurst)))
  return nextSlotAt(bucket, now, 1 + left)
}
