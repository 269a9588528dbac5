/** What decides between patches and a feed for a backlog of distinct SKUs. */
export type Pace = {
  /** b₀: patches that can leave at once; below 0 when more urgent ones are still ahead. */
  tokens: number
  /** r: patches a second. */
  patchRate: number
  /** P₀ + c: from now until the feed's first item is worked on, in milliseconds. */
  leadMs: number
  /** ρ: items a second from there. */
  itemsPerSecond: number
}

/** A feed beside the patches must end the whole this much sooner, as a share of what patches alone take. */
export const WORTHWHILE_SAVING = 0.2

/**
 * `N* = (b₀ + r(P₀ + c)) / (1 − r/ρ)`: the backlog that a feed alone and patches alone would finish at the same moment.
 * Infinity when a feed is no faster than patches; 0 when patches have no time for it at all.
 */
export function crossover({ tokens, patchRate, leadMs, itemsPerSecond }: Pace): number {
  const patchesMeanwhile = Math.max(0, tokens + (patchRate * leadMs) / 1_000)
  return patchRate >= itemsPerSecond ? Infinity : patchesMeanwhile / (1 - patchRate / itemsPerSecond)
}

/**
 * The backlog above which a feed goes out beside the patches: N*, or less where the feed is under four times as fast as patches. There N* grows
 * without bound although both together are far faster than either; then a fifth of the time must be saved.
 */
export function feedThreshold(pace: Pace): number {
  const { tokens, patchRate, leadMs, itemsPerSecond } = pace
  const patchesMeanwhile = Math.max(0, tokens + (patchRate * leadMs) / 1_000)
  const gain = 1 - WORTHWHILE_SAVING * (1 + patchRate / itemsPerSecond)
  return Math.min(crossover(pace), gain > 0 ? patchesMeanwhile / gain : Infinity)
}

/** How many of the backlog a feed should carry so that it ends together with the patches for the rest. */
export function feedShare(backlog: number, { tokens, patchRate, leadMs, itemsPerSecond }: Pace): number {
  const patchesMeanwhile = tokens + (patchRate * leadMs) / 1_000
  const share = (backlog - patchesMeanwhile) / (1 + patchRate / itemsPerSecond)
  return Math.max(0, Math.min(backlog, Math.floor(share)))
}
