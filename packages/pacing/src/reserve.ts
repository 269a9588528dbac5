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
 * What must be left in the bucket when something of this lane takes a token, as a share of all but one of its tokens. Content and prices take only what
 * would be lost; increases a little before that, so that a taker that comes late loses nothing either.
 */
export function shareLeft(lane: Lane): number {
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
      return 0.75
    case 'price':
    case 'content':
    case 'sweep':
      return 1
    default:
      return lane satisfies never
  }
}

/** A token of a bucket that earns less than this a second is worth too much to be kept back: whoever plans such calls leaves some to the urgent. */
export const RESERVE_FROM_RATE = 1

/** What a taker asks of a bucket for all that wait with it, whatever the bucket holds by then. */
export type Ask = {
  /** As many tokens as the most urgent of them want. */
  want: number
  /** The share of the bucket's tokens, but one, that stays … */
  leave: number
  /** … and that stays when the turn is open to all lanes. Only the first token is of that turn. */
  leaveOnOpenTurn: number
}

/** What to ask for these. Each token that is given then finds one of them by `mayTake`. */
export function askFor(waiting: readonly Waiting[], now: number): Ask {
  const leave = Math.min(1, ...waiting.map(({ lane }) => shareLeft(lane)))
  const want = waiting.filter(({ lane }) => shareLeft(lane) === leave).length
  const patienceMs = patienceOf(waiting)
  const isPatient = waiting.some(({ since }) => now - since >= patienceMs)
  return { want, leave, leaveOnOpenTurn: isPatient ? 0 : leave }
}

/** Those of the waiting that may take a token of this bucket now. `nextInLine` picks among them. */
export function mayTake<T extends Waiting>(waiting: readonly T[], bucket: Bucket, now: number): T[] {
  const { level } = refilled(bucket, now)
  const left = tokensLeft(waiting, bucket, now)
  return waiting.filter((_, i) => level >= 1 + (left[i] ?? 0))
}

/** When the first of the waiting may take a token, if nobody takes one before; undefined when nobody waits. */
export function nextTurnAt(waiting: readonly Waiting[], bucket: Bucket, now: number): number | undefined {
  if (waiting.length === 0) return undefined
  return nextSlotAt(bucket, now, 1 + Math.min(...tokensLeft(waiting, bucket, now)))
}

/** What each of the waiting has to leave in this bucket now. */
function tokensLeft(waiting: readonly Waiting[], { rate, workingBurst, taken }: Bucket, now: number): number[] {
  const isOpenTurn = taken % TURNS === TURNS - 1
  const patienceMs = patienceOf(waiting)
  return waiting.map(({ lane, since }) => {
    const isFree = rate < RESERVE_FROM_RATE || (isOpenTurn && now - since >= patienceMs)
    return isFree ? 0 : shareLeft(lane) * (workingBurst - 1)
  })
}

function patienceOf(waiting: readonly Waiting[]): number {
  return waiting.some(({ lane }) => shareLeft(lane) === 0) ? RESERVE_MS.besideUrgent : RESERVE_MS.anyway
}
