/*
 * One token bucket in front of one of Amazon's limits: pure arithmetic over a plain JSON row, in epoch milliseconds.
 * Amazon's own bucket stands behind it. Ours is a little smaller (the margin for requests that bunch up on the way is paid
 * in burst, not in rate), so a request that ours lets through finds a token there.
 */

/** A documented limit: `rate` tokens per second, at most `burst` at once. */
export type Limit = { rate: number; burst: number }

/** What a request's way to Amazon may vary by (`jitterMs`) and what two clocks may differ by (`epsilon`, seconds). */
export type Margin = { jitterMs: number; epsilon: number }

/** 250 ms of jitter and 50 ms of clock error: rate 5, burst 5 work as rate 4.995, burst 3. */
export const defaultMargin: Margin = { jitterMs: 250, epsilon: 0.05 }

/** Probing one request at a time, because something else uses up the quota. */
export type Probe = { gapMs: number; nextAt: number }

export type Bucket = {
  /** Amazon's limit as documented, or as learned from its header. */
  rate: number
  burst: number
  workingRate: number
  workingBurst: number
  /** Tokens in hand at `at`; never negative, never above `workingBurst`. */
  level: number
  at: number
  learnedFrom: 'model' | 'header' | 'throttle'
  /** The share of the working rate lost to a throttle at `slowedAt`; it decays from there. 0 = none. */
  slowedBy: number
  slowedAt: number
  throttledAt: number | null
  /** Throttles without a success in between, each of a request sent after the one before. */
  throttledInARow: number
  probe: Probe | null
  /** A higher rate that replies agree on, and how many did so far. */
  rising: { rate: number; replies: number } | null
  /** Slots given out since the row was made; lanes take turns by it. */
  taken: number
  margin: Margin
}

export type BucketFinding = 'EXTERNAL_USE'

/** How a bucket learns and recovers. */
export const LEARNING = {
  /** Replies that must agree before the rate is raised. */
  agreeingReplies: 5,
  /** What a throttle leaves of the working rate. */
  throttleFactor: 0.7,
  /** A throttled bucket never works below this share of its rate. */
  lowestShare: 0.1,
  /** Time constant of the recovery: 95 % of the rate is back 45 s after the lowest share. */
  recoveryMs: 15_000,
  /** Throttles in a row that end normal sending. */
  throttlesBeforeProbing: 3,
  /** For so long after a 429 at our own pace a bucket is careful: Amazon may add its tokens once a second, not all the time. */
  carefulForMs: 600_000,
  /** Then no second holds more calls than Amazon adds, at this share of the rate and with this much of a second's tokens at once. */
  carefulShare: 0.96,
  carefulBurstShare: 0.038,
  /** The widest gap between probes: at least this, and at least eight restore intervals. */
  widestProbeGapMs: 10_000,
} as const

/** The limit as we use it: `rate' = 0.999 × rate`, `burst' = max(1, burst − ⌈rate × (jitter + ε)⌉)`. */
export function workingBucket(limit: Limit, margin: Margin): Limit {
  const reserve = Math.ceil(limit.rate * (margin.jitterMs / 1_000 + margin.epsilon))
  return { rate: 0.999 * limit.rate, burst: Math.max(1, limit.burst - reserve) }
}

/** A new or restored bucket: one token, because nobody knows what was used before. */
export function newBucket(limit: Limit, now: number, margin: Margin = defaultMargin): Bucket {
  const working = workingBucket(limit, margin)
  return {
    rate: limit.rate,
    burst: limit.burst,
    workingRate: working.rate,
    workingBurst: working.burst,
    level: 1,
    at: now,
    learnedFrom: 'model',
    slowedBy: 0,
    slowedAt: now,
    throttledAt: null,
    throttledInARow: 0,
    probe: null,
    rising: null,
    taken: 0,
    margin,
  }
}

export type Taken = { ok: true; bucket: Bucket } | { ok: false; bucket: Bucket; nextSlotAt: number }

/** Takes one token, or says when there will be one. A clock that steps back counts as standing still. */
export function take(bucket: Bucket, now: number): Taken {
  const full = refilled(bucket, now)
  if (full.probe && full.at < full.probe.nextAt) return { ok: false, bucket: full, nextSlotAt: nextSlotAt(full, now) }
  if (full.level < 1) return { ok: false, bucket: full, nextSlotAt: nextSlotAt(full, now) }
  const probe = full.probe && { ...full.probe, nextAt: full.at + full.probe.gapMs }
  return { ok: true, bucket: { ...full, level: full.level - 1, taken: full.taken + 1, probe } }
}

/** Takes up to `count` tokens at once: a slice of an application-wide bucket, used up or lost by its holder. */
export function takeUpTo(bucket: Bucket, count: number, now: number): { count: number; bucket: Bucket } {
  let current = bucket
  for (let taken = 0; taken < count; taken++) {
    const next = take(current, now)
    if (!next.ok) return { count: taken, bucket: next.bucket }
    current = next.bucket
  }
  return { count, bucket: current }
}

/** Takes one token from each bucket, or none at all: a request must pass every limit it is under. */
export function takeFromAll(
  buckets: Bucket[],
  now: number,
): { ok: true; buckets: Bucket[] } | { ok: false; buckets: Bucket[]; nextSlotAt: number } {
  const results = buckets.map((bucket) => take(bucket, now))
  const refused = results.filter((r) => !r.ok)
  if (refused.length === 0) return { ok: true, buckets: results.map((r) => r.bucket) }
  const nextAt = Math.max(...refused.map((r) => r.nextSlotAt))
  return { ok: false, buckets: buckets.map((bucket) => refilled(bucket, now)), nextSlotAt: nextAt }
}

/**
 * How long after it was taken a token may still be used, in milliseconds: a request that leaves later than the margin allows for would meet those
 * that follow it at Amazon, and one of them would find no token there. Half of what the margin pays for; the other half is the request's way.
 */
export function tokenLifeMs({ rate, burst, workingBurst, margin }: Bucket): number {
  return Math.max(margin.jitterMs, ((burst - workingBurst) / rate) * 500)
}

/** The bucket with the tokens it has by now. */
export function refilled(bucket: Bucket, now: number): Bucket {
  const at = Math.max(bucket.at, now)
  const level = Math.min(bucket.workingBurst, bucket.level + earned(bucket, bucket.at, at))
  return { ...bucket, level, at }
}

/** The first whole millisecond, now or later, at which `take` succeeds; or at which there are more `tokens`, up to the working burst. */
export function nextSlotAt(bucket: Bucket, now: number, tokens = 1): number {
  const start = Math.ceil(Math.max(bucket.at, now, bucket.probe?.nextAt ?? 0))
  const wanted = Math.min(tokens, bucket.workingBurst)
  const canTake = (at: number) => refilled(bucket, at).level >= wanted
  if (canTake(start)) return start
  // Earning is monotone, so the moment is found by doubling and halving.
  let low = start
  let step = 1
  while (!canTake(low + step)) step *= 2
  let high = low + step
  low += Math.floor(step / 2)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (canTake(middle)) high = middle
    else low = middle
  }
  return high
}

/** The rate as it works at `now`, in tokens per second, throttles included. */
export function currentRate(bucket: Bucket, now: number): number {
  return bucket.workingRate * (1 - slowedShare(bucket, now))
}

export type Reply = {
  now: number
  /** When the request left. */ sentAt: number
  /** `x-amzn-RateLimit-Limit`, when the reply had one. */ headerRate?: number
}

/**
 * Learns from a reply that was no throttle. A lower rate counts at once, a higher one after several replies agree on it; without
 * the header the known rate stays. Ends probing.
 */
export function onSuccess(bucket: Bucket, reply: Reply): Bucket {
  const full = refilled(bucket, reply.now)
  const learned = learnRate(full, reply.headerRate)
  // An answer to a request from before the throttle says nothing about now.
  if (full.throttledAt !== null && reply.sentAt <= full.throttledAt) return learned
  const isOver = full.throttledAt !== null && full.at - full.throttledAt > LEARNING.carefulForMs
  const calm = { ...(isOver ? atFullPace(learned) : learned), throttledInARow: 0 }
  return full.probe ? { ...calm, probe: null, slowedBy: 1 - LEARNING.lowestShare, slowedAt: full.at } : calm
}

/**
 * Learns from a 429: the level is emptied and the working rate falls to 70 %, from where it recovers by itself. Several 429s of
 * requests that left before the first one came back count once. Three in a row, though we kept to the rate: something else uses
 * this quota, so from now on single probes go out with a growing gap.
 */
export function onThrottled(
  bucket: Bucket,
  reply: Omit<Reply, 'headerRate'>,
): { bucket: Bucket; finding: BucketFinding | null } {
  const full = refilled(bucket, reply.now)
  if (full.throttledAt !== null && reply.sentAt <= full.throttledAt)
    return { bucket: { ...full, level: 0 }, finding: null }

  const share = Math.max(LEARNING.lowestShare, (1 - slowedShare(full, full.at)) * LEARNING.throttleFactor)
  const throttledInARow = full.throttledInARow + 1
  const slowed: Bucket = {
    ...full,
    level: 0,
    slowedBy: 1 - share,
    slowedAt: full.at,
    throttledAt: full.at,
    throttledInARow,
    learnedFrom: 'throttle',
    rising: null,
  }
  if (throttledInARow < LEARNING.throttlesBeforeProbing) return { bucket: careful(slowed), finding: null }
  const gapMs = nextGap(full)
  const probing = { ...atFullPace(slowed), probe: { gapMs, nextAt: full.at + gapMs } }
  return { bucket: probing, finding: full.probe ? null : 'EXTERNAL_USE' }
}

/** Amazon documents, or is told by us to use, another limit: the level stays, within the new burst. */
export function withLimit(bucket: Bucket, limit: Limit, learnedFrom: Bucket['learnedFrom']): Bucket {
  const working = workingBucket(limit, bucket.margin)
  return {
    ...bucket,
    rate: limit.rate,
    burst: limit.burst,
    workingRate: working.rate,
    workingBurst: working.burst,
    level: Math.min(bucket.level, working.burst),
    learnedFrom,
    rising: null,
  }
}

/** A single 429 at a pace we kept to: tokens that come in steps allow no more than one step's worth in any second. Slow buckets step one at a time anyway. */
function careful(bucket: Bucket): Bucket {
  if (bucket.rate < 1) return bucket
  // Short of one call more in any second, and as much above one as that leaves: a taker that comes a little late loses nothing.
  const burst = 1 + LEARNING.carefulBurstShare * bucket.rate
  const { rate } = workingBucket(bucket, bucket.margin)
  const workingRate = LEARNING.carefulShare * rate
  // What the throttle left of the rate is what it left, careful or not.
  const slowedBy = Math.max(0, 1 - ((1 - bucket.slowedBy) * bucket.workingRate) / workingRate)
  return { ...bucket, workingRate, slowedBy, workingBurst: Math.min(bucket.workingBurst, burst) }
}

/** A row of 429s is no matter of steps: there the pace falls and comes back, and the limit is what it was. */
function atFullPace(bucket: Bucket): Bucket {
  const working = workingBucket(bucket, bucket.margin)
  return { ...bucket, workingRate: working.rate, workingBurst: working.burst }
}

function learnRate(bucket: Bucket, headerRate: number | undefined): Bucket {
  if (headerRate === undefined || !Number.isFinite(headerRate) || headerRate <= 0) return bucket
  if (headerRate === bucket.rate) return { ...bucket, rising: null, learnedFrom: 'header' }
  if (headerRate < bucket.rate) return withLimit(bucket, { rate: headerRate, burst: bucket.burst }, 'header')

  const replies = bucket.rising?.rate === headerRate ? bucket.rising.replies + 1 : 1
  if (replies < LEARNING.agreeingReplies) return { ...bucket, rising: { rate: headerRate, replies } }
  return withLimit(bucket, { rate: headerRate, burst: bucket.burst }, 'header')
}

/** Tokens earned between two instants: the rate integrated over its recovery `1 − slowedBy × e^(−t/τ)`. */
function earned(bucket: Bucket, from: number, to: number): number {
  const tau = LEARNING.recoveryMs
  const lost = bucket.slowedBy * tau * (decay(bucket, from) - decay(bucket, to))
  return (bucket.workingRate / 1_000) * Math.max(0, to - from - lost)
}

function slowedShare(bucket: Bucket, at: number): number {
  return bucket.slowedBy * decay(bucket, at)
}

function decay(bucket: Bucket, at: number): number {
  return Math.exp(-Math.max(0, at - bucket.slowedAt) / LEARNING.recoveryMs)
}

function nextGap(bucket: Bucket): number {
  const restoreMs = 1_000 / bucket.workingRate
  const widest = Math.max(LEARNING.widestProbeGapMs, 8 * restoreMs)
  return Math.min(widest, bucket.probe ? bucket.probe.gapMs * 2 : 2 * restoreMs)
}
