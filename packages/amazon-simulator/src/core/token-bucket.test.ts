import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { hasToken, refilled, withoutToken, type BucketLevel, type Refill, type UsagePlan } from './token-bucket.ts'

const plans = fc.record({
  rate: fc.constantFrom(0.0056, 0.0083, 0.0167, 0.5, 2, 5, 100, 500),
  burst: fc.constantFrom(1, 2, 5, 10, 20, 30),
})
const gapsMs = fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 400_000 })), {
  maxLength: 300,
})

/** Sends a request after each gap; the times of those that passed, and the lowest level seen. */
function send(plan: UsagePlan, mode: Refill['mode'], gaps: number[]): { passedAt: number[]; lowest: number } {
  let level: BucketLevel = { tokens: plan.burst, at: 0 }
  let now = 0
  let lowest = plan.burst
  const passedAt: number[] = []
  for (const gap of gaps) {
    now += gap
    level = refilled(level, plan, { now, mode })
    if (hasToken(level)) {
      level = withoutToken(level)
      passedAt.push(now)
    }
    lowest = Math.min(lowest, level.tokens)
  }
  return { passedAt, lowest }
}

test('[T-47] a bucket is never negative and never above its burst', () => {
  fc.assert(
    fc.property(plans, gapsMs, fc.constantFrom('continuous', 'stepped'), (plan, gaps, mode) => {
      expect(send(plan, mode, gaps).lowest).toBeGreaterThanOrEqual(0)
      expect(refilled({ tokens: plan.burst, at: 0 }, plan, { now: 1e9, mode }).tokens).toBe(plan.burst)
    }),
  )
})

test('[T-47] no window lets more than burst + rate × time through', () => {
  fc.assert(
    fc.property(plans, gapsMs, (plan, gaps) => {
      const { passedAt } = send(plan, 'continuous', gaps)
      for (const [first, from] of passedAt.entries()) {
        for (const [last, to] of passedAt.entries()) {
          if (last < first) continue
          expect(last - first + 1).toBeLessThanOrEqual(plan.burst + ((to - from) / 1000) * plan.rate + 1e-6)
        }
      }
    }),
    { numRuns: 40 },
  )
})

test('[T-47] stepped refill lets at most one step more through', () => {
  fc.assert(
    fc.property(plans, gapsMs, (plan, gaps) => {
      const { passedAt } = send(plan, 'stepped', gaps)
      const from = passedAt[0] ?? 0
      const to = passedAt.at(-1) ?? 0
      const step = Math.max(1, plan.rate)
      expect(passedAt.length).toBeLessThanOrEqual(plan.burst + ((to - from) / 1000) * plan.rate + step + 1e-6)
    }),
  )
})

test('[T-47] an empty bucket lets a request through after one refill interval', () => {
  fc.assert(
    fc.property(plans, fc.constantFrom('continuous', 'stepped'), (plan, mode) => {
      const now = Math.ceil(Math.max(1000, 1000 / plan.rate))
      expect(hasToken(refilled({ tokens: 0, at: 0 }, plan, { now, mode }))).toBe(true)
    }),
  )
})

test('continuous refill adds fractions, stepped refill whole tokens', () => {
  const plan = { rate: 5, burst: 10 }

  expect(refilled({ tokens: 0, at: 0 }, plan, { now: 500, mode: 'continuous' }).tokens).toBe(2.5)
  expect(refilled({ tokens: 0, at: 0 }, plan, { now: 999, mode: 'stepped' }).tokens).toBe(0)
  expect(refilled({ tokens: 0, at: 0 }, plan, { now: 1000, mode: 'stepped' }).tokens).toBe(5)
})

test('a clock that goes back adds nothing', () => {
  const level = { tokens: 1, at: 5000 }

  expect(refilled(level, { rate: 5, burst: 10 }, { now: 1000, mode: 'continuous' })).toEqual(level)
})
