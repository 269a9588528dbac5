import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { feedThreshold } from './crossover.ts'
import { assumedEstimate, deadlineMs, estimateAt, expectedMs, onFeedBuilt, onFeedDone, onFeedLate } from './estimate.ts'

type Truth = { fixedMs: number; itemsPerSecond: number }

const at = 1_000_000_000

function afterFeeds(sizes: number[], truth: Truth) {
  return sizes.reduce((estimate, items) => {
    return onFeedDone(estimate, { items, tookMs: truth.fixedMs + (items / truth.itemsPerSecond) * 1_000, at })
  }, assumedEstimate)
}

const threshold = ({ fixedMs, itemsPerSecond }: Truth) =>
  feedThreshold({ tokens: 3, patchRate: 5, leadMs: fixedMs, itemsPerSecond })

test('[T-51] the estimate of the fixed time follows what is observed, and more is left to patches', () => {
  const slow = { fixedMs: 1_800_000, itemsPerSecond: 20 }
  const sizes = [500, 8_000, 2_000, 15_000, 300, 6_000]

  const learned = afterFeeds(sizes, slow)

  expect(learned.fixedMs).toBeGreaterThan(0.9 * slow.fixedMs)
  expect(learned.fixedMs).toBeLessThan(1.1 * slow.fixedMs)
  expect(threshold(learned)).toBeGreaterThan(4 * threshold(assumedEstimate))
})

test('from the newest feeds alone, the time of a feed is told to the half, or to ten minutes', () => {
  const truth = fc.record({
    fixedMs: fc.integer({ min: 60_000, max: 7_200_000 }),
    itemsPerSecond: fc.double({ min: 2, max: 100, noNaN: true }),
  })
  fc.assert(
    fc.property(
      truth,
      fc.array(fc.integer({ min: 200, max: 25_000 }), { minLength: 6, maxLength: 20 }),
      (any, sizes) => {
        fc.pre(Math.max(...sizes.slice(-4)) > 4 * Math.min(...sizes.slice(-4)))

        const learned = afterFeeds(sizes, any)

        for (const items of sizes.slice(-4)) {
          const trueMs = expectedMs({ ...any, buildMs: 0, samples: [] }, items)
          expect(Math.abs(expectedMs(learned, items) - trueMs)).toBeLessThan(Math.max(trueMs / 2, 600_000))
        }
      },
    ),
  )
})

test('feeds of one size teach what a feed of that size takes', () => {
  const learned = afterFeeds([20_000, 20_000, 20_000], { fixedMs: 1_800_000, itemsPerSecond: 5 })

  expect(expectedMs(learned, 20_000)).toBeGreaterThan(0.95 * 5_800_000)
  expect(expectedMs(learned, 20_000)).toBeLessThan(1.05 * 5_800_000)
})

test('a change of pace is learned within three feeds', () => {
  const before = afterFeeds([9_000, 1_000, 20_000, 4_000, 12_000], { fixedMs: 300_000, itemsPerSecond: 20 })

  const after = [3_000, 14_000, 800].reduce(
    (estimate, items) => onFeedDone(estimate, { items, tookMs: 1_800_000 + (items / 5) * 1_000, at }),
    before,
  )

  expect(expectedMs(after, 10_000)).toBeGreaterThan(0.75 * 3_800_000)
})

test('whatever is observed, the figures stay usable', () => {
  const samples = fc.array(
    fc.record({ items: fc.integer({ min: 1, max: 25_000 }), tookMs: fc.nat(100_000_000), at: fc.nat(10 ** 12) }),
    {
      maxLength: 30,
    },
  )
  fc.assert(
    fc.property(samples, (feeds) => {
      const learned = feeds.reduce(onFeedDone, assumedEstimate)

      expect(learned.fixedMs).toBeGreaterThanOrEqual(0)
      expect(learned.itemsPerSecond).toBeGreaterThan(0)
      expect(Number.isFinite(learned.fixedMs) && Number.isFinite(learned.itemsPerSecond)).toBe(true)
      expect(learned.samples.length).toBeLessThanOrEqual(12)
    }),
  )
})

test('weeks without a feed bring the assumption back, so that one is tried again', () => {
  const learned = afterFeeds([9_000, 1_000, 20_000], { fixedMs: 14_400_000, itemsPerSecond: 2 })

  expect(expectedMs(estimateAt(learned, at + 3_600_000), 5_000)).toBeGreaterThan(14_000_000)
  expect(expectedMs(estimateAt(learned, at + 28 * 86_400_000), 5_000)).toBeLessThan(700_000)
})

test('[T-52] a feed that does not end teaches only what it took beyond what was expected', () => {
  const early = onFeedLate(assumedEstimate, { items: 1_000, tookMs: 200_000, at })
  const late = onFeedLate(assumedEstimate, { items: 1_000, tookMs: 5_000_000, at })

  expect(early).toBe(assumedEstimate)
  expect(expectedMs(late, 1_000)).toBeGreaterThan(4_000_000)
})

test('a feed is not late before half an hour, nor before three times what is expected', () => {
  expect(deadlineMs(assumedEstimate, 1_000)).toBe(1_800_000)
  expect(deadlineMs(assumedEstimate, 25_000)).toBe(3 * 1_550_000)
})

test('the time to build moves towards what builds take', () => {
  const learned = [60_000, 60_000, 60_000, 60_000, 60_000, 60_000].reduce(onFeedBuilt, assumedEstimate)

  expect(learned.buildMs).toBeGreaterThan(50_000)
  expect(learned.buildMs).toBeLessThan(60_000)
})
