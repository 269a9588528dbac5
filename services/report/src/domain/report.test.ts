import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import { nextCheckMs } from './report.ts'

test('looks at Amazon come further and further apart, two minutes at most', () => {
  expect([0, 3, 4, 8, 100].map((checks) => nextCheckMs(checks, 5_000))).toEqual([5_000, 5_000, 10_000, 20_000, 120_000])
})

test('a later look never comes sooner than an earlier one', () => {
  fc.assert(
    fc.property(fc.nat(500), fc.integer({ min: 100, max: 60_000 }), (checks, shortestMs) => {
      expect(nextCheckMs(checks + 1, shortestMs)).toBeGreaterThanOrEqual(nextCheckMs(checks, shortestMs))
    }),
  )
})
