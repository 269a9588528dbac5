import type { Bucket } from './bucket.ts'
import { nextSlotAt, refilled } from './bucket.ts'
import type { Lane, Waiting } from './lanes.ts'
import { TURNS } from './lanes.ts'

/*
 * The reserved share for the urgent: less urgent work leaves tokens in the bucket, so that an urgent call finds one the moment it comes.
 * No token is lost by it: a bucket that is full is used by everybody.
 */

/**
 * On the turns that are open to all lanes the last token is for everybody who has waited: a minute where urgent work waits too, so that it
 * gets no more than its four turns in five, and half an hour where urgent work takes each token as it comes.
 */
export const RESERVE_MS = { besideUrgent: 60_000, anyway: 1_800_000 } as const

/**
 * What must be left in the bucket when something of this lane takes a token. Content and prices take only what would be lost; increases a little before
 * that, so that a taker that comes late loses nothing either.
 */
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
      return 0.75 * (workingBurst - 1)
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
  const urgentWaits = waiting.some(({ lane }) => tokensLeft(lane, workingBurst) === 0)
  const patienceMs = urgentWaits ? RESERVE_MS.besideUrgent : RESERVE_MS.anyway
  return waiting.filter(({ lane, since }) => {
    const left = isOpenTurn && now - since >= patienceMs ? 0 : tokensLeft(lane, workingBurst)
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
