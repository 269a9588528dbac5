/** A usage plan: tokens per second, and the most that can be saved up. */
export interface UsagePlan {
  rate: number
  burst: number
}

/** What a bucket holds at an instant (milliseconds). */
export interface BucketLevel {
  tokens: number
  at: number
}

/** When a bucket is looked at, and how its tokens come back. */
export interface Refill {
  now: number
  mode: 'continuous' | 'stepped'
}

const roundingSlack = 1e-9

/** The level after the tokens that have come back since. Never above the burst; a clock that goes back adds nothing. */
export function refilled(level: BucketLevel, plan: UsagePlan, refill: Refill): BucketLevel {
  const elapsedMs = refill.now - level.at
  if (elapsedMs <= 0) return { tokens: Math.min(level.tokens, plan.burst), at: level.at }
  if (refill.mode === 'continuous') {
    return { tokens: Math.min(plan.burst, level.tokens + (elapsedMs / 1000) * plan.rate), at: refill.now }
  }
  const stepMs = Math.max(1000, 1000 / plan.rate)
  const steps = Math.floor(elapsedMs / stepMs)
  return {
    tokens: Math.min(plan.burst, level.tokens + (steps * stepMs * plan.rate) / 1000),
    at: level.at + steps * stepMs,
  }
}

/** Whether a request may pass. */
export function hasToken(level: BucketLevel): boolean {
  return level.tokens >= 1 - roundingSlack
}

/** The level after one request. Ask `hasToken` first. */
export function withoutToken(level: BucketLevel): BucketLevel {
  return { tokens: Math.max(0, level.tokens - 1), at: level.at }
}
