import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { crossover, feedShare, feedThreshold, type Pace } from './crossover.ts'

const pace: Pace = { tokens: 3, patchRate: 5, leadMs: 310_000, itemsPerSecond: 20 }
const paces = fc.record({
  tokens: fc.integer({ min: -5_000, max: 5 }),
  patchRate: fc.double({ min: 0.1, max: 10, noNaN: true }),
  leadMs: fc.integer({ min: 0, max: 14_400_000 }),
  itemsPerSecond: fc.double({ min: 0.1, max: 300, noNaN: true }),
})

test('N* is (b₀ + r(P₀ + c)) / (1 − r/ρ)', () => {
  expect(crossover(pace)).toBeCloseTo((3 + 5 * 310) / (1 - 5 / 20), 6)
})

test('a feed that is no faster than patches never wins alone', () => {
  expect(crossover({ ...pace, itemsPerSecond: 5 })).toBe(Infinity)
})

test('at N* a feed alone and patches alone end at the same moment', () => {
  fc.assert(
    fc.property(paces, (any) => {
      fc.pre(any.itemsPerSecond > any.patchRate * 1.01 && any.tokens + (any.patchRate * any.leadMs) / 1_000 > 0)
      const backlog = crossover(any)

      const byPatch = (backlog - any.tokens) / any.patchRate
      const byFeed = any.leadMs / 1_000 + backlog / any.itemsPerSecond

      expect(byPatch / byFeed).toBeCloseTo(1, 6)
    }),
  )
})

test('where a feed is at least four times as fast as patches, N* decides', () => {
  expect(feedThreshold(pace)).toBeCloseTo(crossover(pace), 6)
  expect(feedThreshold({ ...pace, itemsPerSecond: 200 })).toBe(crossover({ ...pace, itemsPerSecond: 200 }))
})

test('a slow feed goes out beside the patches only where together they save a fifth of the time', () => {
  const slow = { ...pace, leadMs: 1_810_000, itemsPerSecond: 5 }
  const together = (backlog: number) => {
    const fed = feedShare(backlog, slow)
    return Math.max((backlog - fed - slow.tokens) / 5, slow.leadMs / 1_000 + fed / 5)
  }
  const alone = (backlog: number) => (backlog - slow.tokens) / 5

  const threshold = feedThreshold(slow)

  expect(crossover(slow)).toBe(Infinity)
  expect(together(threshold) / alone(threshold)).toBeCloseTo(0.8, 2)
  expect(together(50_000) / alone(50_000)).toBeLessThan(0.61)
})

test('[T-51] the longer the fixed time, the more is left to patches', () => {
  fc.assert(
    fc.property(paces, fc.nat(14_400_000), fc.nat(60_000), (any, moreMs, backlog) => {
      const later = { ...any, leadMs: any.leadMs + moreMs }

      expect(feedThreshold(later)).toBeGreaterThanOrEqual(feedThreshold(any))
      expect(feedShare(backlog, later)).toBeLessThanOrEqual(feedShare(backlog, any))
    }),
  )
})

test('the share of a feed ends together with the patches, and is never more than there is', () => {
  fc.assert(
    fc.property(paces, fc.nat(100_000), (any, backlog) => {
      const fed = feedShare(backlog, any)
      const patched = (backlog - fed - any.tokens) / any.patchRate
      const feedEnds = any.leadMs / 1_000 + fed / any.itemsPerSecond

      expect(fed).toBeGreaterThanOrEqual(0)
      expect(fed).toBeLessThanOrEqual(backlog)
      if (fed > 0 && fed < backlog) {
        expect(Math.abs(patched - feedEnds)).toBeLessThanOrEqual(1 / any.patchRate + 1 / any.itemsPerSecond + 1e-6)
      }
    }),
  )
})
