import { nextConnection } from './lanes.ts'

/*
 * How the tokens of a bucket that several connections share are divided. Each connection carries what it was served; whoever was
 * served least goes next. The count is kept with the bucket, so that it holds whichever process asks.
 */

/** A connection that waits for tokens of a shared bucket. */
export type Claimant = {
  id: string
  /** Tokens it was given so far; null when nobody has counted yet, or not lately. */
  served: number | null
  /** What it had when it was last counted: it never comes back with less. */
  servedBefore: number
  waitingSince: number
  /** How many tokens it can use now. */
  want: number
  /** Whether who asks can give it tokens; for one that waits elsewhere its share is left in the bucket. */
  isHere: boolean
}

/** What a connection gets, and its count afterwards. */
export type Share = { tokens: number; served: number }

/** Turns that a connection keeps when it was not there to take them: whoever looks something up before it calls is away again and again. */
export const KEPT_TURNS = 2

/**
 * Divides the bucket's `tokens` among all that wait, one at a time, to the one served least, until `mostHere` went to those that are here.
 * Whoever begins to wait starts at the count of the least served, or so much below it as it missed, but no more than a few turns: a short absence costs
 * nothing, and a long one earns next to nothing.
 */
export function shareOut(
  claimants: readonly Claimant[],
  { tokens, mostHere }: { tokens: number; mostHere: number },
): Map<string, Share> {
  const known = claimants.flatMap(({ served }) => served ?? [])
  const start = known.length > 0 ? Math.min(...known) : 0
  const line = claimants.map(({ id, served, servedBefore, waitingSince, want, isHere }) => {
    return {
      id,
      served: served ?? Math.max(start - KEPT_TURNS, servedBefore),
      waitingSince,
      isHere,
      left: want,
      tokens: 0,
    }
  })
  let here = 0
  for (let given = 0; given < tokens && here < mostHere; given += 1) {
    const next = nextConnection(line.filter(({ left }) => left > 0))
    if (!next) break
    next.left -= 1
    next.tokens += 1
    next.served += 1
    here += Number(next.isHere)
  }
  return new Map(line.map(({ id, tokens: own, served }) => [id, { tokens: own, served }]))
}
