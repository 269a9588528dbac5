/*
 * How long Amazon takes for a feed of this connection: a fixed time and a pace, both learned from its own feeds.
 * Plain JSON; times in milliseconds.
 */

/** One feed's processing as it was observed: what it took from when it had no feed of ours ahead of it until `at`. */
export type FeedSample = { items: number; tookMs: number; at: number }

export type FeedEstimate = {
  /** P₀: from submission until the first item is worked on. */
  fixedMs: number
  /** ρ: items a second from there. */
  itemsPerSecond: number
  /** c: from the decision for a slice until Amazon has it. */
  buildMs: number
  /** The newest feeds, oldest first: what the figures were learned from. */
  samples: FeedSample[]
}

/** What is assumed until this connection's own feeds say otherwise. */
export const assumedEstimate: FeedEstimate = { fixedMs: 300_000, itemsPerSecond: 20, buildMs: 10_000, samples: [] }

/** How quickly feeds change the estimate. */
export const ESTIMATE = {
  /** Feeds remembered. */
  samples: 12,
  /** What a feed counts for, compared with the one after it … */
  fading: 0.5,
  /** … and compared with itself this much earlier: after days without feeds, the assumption is tried again. */
  halfLifeMs: 86_400_000,
  /** What the assumption counts for beside one fresh feed. */
  assumptionWeight: 0.005,
  /** A feed is late when it takes this many times what is expected … */
  lateFactor: 3,
  /** … and none is late before this. */
  leastDeadlineMs: 1_800_000,
  /** What one build counts for in the mean of build times. */
  buildShare: 0.3,
  slowestItemsPerSecond: 0.05,
  fastestItemsPerSecond: 10_000,
} as const

/** From submission until a feed of so many items is done, with an empty queue ahead of it. */
export function expectedMs({ fixedMs, itemsPerSecond }: FeedEstimate, items: number): number {
  return fixedMs + (items / itemsPerSecond) * 1_000
}

/** How long after its submission a feed counts as stuck. */
export function deadlineMs(estimate: FeedEstimate, items: number): number {
  return Math.max(ESTIMATE.leastDeadlineMs, ESTIMATE.lateFactor * expectedMs(estimate, items))
}

/**
 * Learns from a feed that is done. The newest feeds count most; the fixed time and the pace are told apart by feeds of different sizes, and until
 * there are some, both are blamed in proportion to what was assumed of them.
 */
export function onFeedDone(estimate: FeedEstimate, sample: FeedSample): FeedEstimate {
  const samples = [...estimate.samples, sample].slice(-ESTIMATE.samples)
  return estimateAt({ ...estimate, samples }, sample.at)
}

/** Learns from a feed that is still out: only what it has taken beyond what is expected says anything. */
export function onFeedLate(estimate: FeedEstimate, soFar: FeedSample): FeedEstimate {
  return soFar.tookMs > expectedMs(estimate, soFar.items) ? onFeedDone(estimate, soFar) : estimate
}

/** Learns how long a slice took from its decision until Amazon had it. */
export function onFeedBuilt(estimate: FeedEstimate, tookMs: number): FeedEstimate {
  return { ...estimate, buildMs: estimate.buildMs + ESTIMATE.buildShare * (tookMs - estimate.buildMs) }
}

/** The estimate as its feeds support it by now: what was seen days ago gives way to the assumption. */
export function estimateAt(estimate: FeedEstimate, now: number): FeedEstimate {
  const { samples } = estimate
  if (samples.length === 0) return estimate
  const weighted = samples.map((sample, i) => {
    const age = Math.max(0, now - sample.at) / ESTIMATE.halfLifeMs
    return { ...sample, weight: ESTIMATE.fading ** (samples.length - 1 - i) * 0.5 ** age }
  })
  return { ...estimate, ...fitted(weighted) }
}

/**
 * Least squares of `took = fixed + items × perItem`. The assumption, made longer or shorter as a whole to match what the feeds took, is one weak
 * observation more, so that feeds of one size have an answer too.
 */
function fitted(samples: (FeedSample & { weight: number })[]): Pick<FeedEstimate, 'fixedMs' | 'itemsPerSecond'> {
  const pull = ESTIMATE.assumptionWeight
  let [weights, ratios] = [pull, pull]
  for (const { items, tookMs, weight } of samples) {
    weights += weight
    ratios += (weight * tookMs) / expectedMs(assumedEstimate, items)
  }
  const scale = Math.max(0.001, ratios / weights)
  const unit = { fixedMs: scale * assumedEstimate.fixedMs, perItemMs: (scale * 1_000) / assumedEstimate.itemsPerSecond }

  // Normal equations, both unknowns and every feed's time in units of the scaled assumption.
  const sums = { ff: pull, fp: 0, pp: pull, ft: pull, pt: pull }
  for (const { items, tookMs, weight } of samples) {
    const unitMs = unit.fixedMs + items * unit.perItemMs
    const [fixed, perItem, took] = [unit.fixedMs / unitMs, (items * unit.perItemMs) / unitMs, tookMs / unitMs]
    sums.ff += weight * fixed * fixed
    sums.fp += weight * fixed * perItem
    sums.pp += weight * perItem * perItem
    sums.ft += weight * fixed * took
    sums.pt += weight * perItem * took
  }
  const { fixed, perItem } = nonNegative(sums)
  const itemsPerSecond = 1_000 / Math.max(0.001, perItem * unit.perItemMs)
  return {
    fixedMs: fixed * unit.fixedMs,
    itemsPerSecond: Math.min(ESTIMATE.fastestItemsPerSecond, Math.max(ESTIMATE.slowestItemsPerSecond, itemsPerSecond)),
  }
}

/** Solves the normal equations; where one unknown would be negative, the other explains everything. */
function nonNegative({ ff, fp, pp, ft, pt }: { ff: number; fp: number; pp: number; ft: number; pt: number }): {
  fixed: number
  perItem: number
} {
  const determinant = ff * pp - fp * fp
  const fixed = (ft * pp - pt * fp) / determinant
  const perItem = (pt * ff - ft * fp) / determinant
  if (fixed < 0) return { fixed: 0, perItem: pt / pp }
  return perItem < 0 ? { fixed: ft / ff, perItem: 0 } : { fixed, perItem }
}
