import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import { nextResend, RESEND_WINDOW_MS } from './retry-schedule.ts'

const despatchedAt = new Date('2026-11-21T10:00:00Z')
const minutesAfter = (minutes: number): Date => new Date(despatchedAt.getTime() + minutes * 60_000)

test.each([
  [1, 1],
  [2, 5],
  [3, 15],
  [4, 30],
  [5, 60],
  [20, 60],
])('[S004-19] after failure %i the next try comes in %i minutes', (failures, minutes) => {
  const at = nextResend({ failures, despatchedAt, now: despatchedAt, chance: 0.5 })

  expect(at).toEqual(minutesAfter(minutes))
})

test('[S004-19] nothing is sent again after 24 hours', () => {
  expect(nextResend({ failures: 30, despatchedAt, now: minutesAfter(23 * 60 + 30), chance: 0.5 })).toBeUndefined()
})

test('[S004-19] no next try lies outside the window or in the past', () => {
  const moments = fc.integer({ min: 0, max: 48 * 60 }).map(minutesAfter)
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      moments,
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (failures, now, chance) => {
        const at = nextResend({ failures, despatchedAt, now, chance })
        const time = at?.getTime() ?? now.getTime() + 1
        expect(time).toBeGreaterThan(now.getTime())
        expect(at === undefined || time <= despatchedAt.getTime() + RESEND_WINDOW_MS).toBe(true)
      },
    ),
  )
})
