import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Fall, Level, Sale } from './group-state.ts'
import { explain, unseenUnits } from './unseen.ts'

const level = (quantity: number, at: number, usedUnits = 0): Level => ({ quantity, at: at * 1_000, usedUnits })
const fall = (from: Level, to: number, readAt: number): Fall => ({ from, to, readAt: readAt * 1_000, held: false })
const sale = (at: number, units = 1): Sale => ({ at: at * 1_000, units })

test('a fall is unseen until orders between its two sights explain it', () => {
  const one = fall(level(10, 100), 7, 200)

  expect(unseenUnits({ falls: [one], sales: [] })).toBe(3)
  expect(unseenUnits({ falls: [one], sales: [sale(150, 2)] })).toBe(1)
  expect(unseenUnits({ falls: [one], sales: [sale(150, 3), sale(99), sale(201)] })).toBe(0)
})

test('an order that our stock does not contain yet explains nothing', () => {
  expect(unseenUnits({ falls: [fall(level(10, 100), 9, 200)], sales: [{ ...sale(150), reflected: false }] })).toBe(1)
})

test('a cancelled order explains nothing any more: Amazon may have put its unit back and sold it to another between two sights', () => {
  const fell = fall(level(5, 100), 4, 200)
  expect(unseenUnits({ falls: [fell], sales: [sale(150)] })).toBe(0)

  // 5 → 4 by the order, back to 5 with its cancellation, 4 by an order that nobody has downloaded: the next read shows 4 again.
  const cancelled: Sale[] = []
  expect(unseenUnits({ falls: [fell], sales: cancelled })).toBe(1)
})

test('an order of the second between two falls belongs to the earlier one as far as it has room, and to the later one else', () => {
  const room = [fall(level(10, 100), 9, 200), fall(level(9, 200), 8, 300)]
  expect(unseenUnits({ falls: room, sales: [sale(200)] })).toBe(1)
  expect(unseenUnits({ falls: room, sales: [sale(200), sale(250)] })).toBe(0)

  const full = [fall(level(10, 100), 9, 200), fall(level(9, 200), 8, 300)]
  expect(unseenUnits({ falls: full, sales: [sale(150), sale(200)] })).toBe(0)
})

test('what a closed fall used of its last second is not used again', () => {
  expect(explain(fall(level(9, 200, 1), 8, 300), [sale(200)]).unexplained).toBe(1)
  expect(explain(fall(level(9, 200, 0), 8, 300), [sale(200)]).unexplained).toBe(0)
})

test('two sights within one second share its orders without counting one twice', () => {
  const falls = [fall(level(10, 100), 8, 200), { ...fall(level(8, 200), 7, 200), readAt: 200_900 }]

  expect(unseenUnits({ falls, sales: [sale(200, 2)] })).toBe(1)
  expect(unseenUnits({ falls, sales: [sale(200, 3)] })).toBe(0)
})

test('seen at any moments, with any of the orders downloaded, unseen is exactly what is sold and not downloaded', () => {
  const buyer = fc.record({
    at: fc.integer({ min: 100_001, max: 160_000 }),
    units: fc.integer({ min: 1, max: 3 }),
    known: fc.boolean(),
  })
  const sights = fc.uniqueArray(fc.integer({ min: 100_001, max: 160_000 }), {
    maxLength: 8,
    selector: (at) => Math.floor(at / 1_000),
  })
  fc.assert(
    fc.property(fc.array(buyer, { maxLength: 20 }), sights, (buyers, at) => {
      const soldBy = (moment: number) => buyers.filter((b) => b.at <= moment).reduce((sum, b) => sum + b.units, 0)
      const reads = [100_000, ...at.toSorted((a, b) => a - b)].map((readAt) => ({
        readAt,
        quantity: 100 - soldBy(readAt),
      }))
      const falls = reads.slice(1).map((to, i) => {
        const from = reads[i] ?? to
        return {
          from: { quantity: from.quantity, at: from.readAt, usedUnits: 0 },
          to: to.quantity,
          readAt: to.readAt,
          held: false,
        }
      })
      const seen = buyers.filter((b) => b.at <= (reads.at(-1)?.readAt ?? 0))
      // Amazon's order times are whole seconds. Orders of the second of the last sight may be younger than it.
      const lastSecond = Math.floor((reads.at(-1)?.readAt ?? 0) / 1_000)
      const sales = seen.filter((b) => b.known).map((b) => ({ at: Math.floor(b.at / 1_000) * 1_000, units: b.units }))
      const hidden = seen.filter((b) => !b.known).reduce((sum, b) => sum + b.units, 0)
      fc.pre(buyers.every((b) => b.at <= (reads.at(-1)?.readAt ?? 0) || Math.floor(b.at / 1_000) > lastSecond))
      expect(unseenUnits({ falls, sales })).toBe(hidden)
    }),
    { numRuns: 500 },
  )
})
