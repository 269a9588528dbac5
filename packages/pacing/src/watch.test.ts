import { expect, test } from '@jest/globals'
import {
  nextToWatch,
  nextWatchAt,
  salesRate,
  scarcity,
  stalenessMs,
  unitsAtRisk,
  WATCH,
  watchRank,
  type Watched,
} from './watch.ts'

const now = Date.UTC(2026, 10, 28, 9)
const hour = 3_600_000
const minute = 60_000

const aSku = (given: Partial<Watched> = {}): Watched => ({
  id: 'grp_1',
  unitsPerHour: 6,
  knownAt: now - 5 * minute,
  readAt: now - 5 * minute,
  unsentSince: null,
  live: 10,
  available: 10,
  ...given,
})

test('units at risk are sales rate × staleness, and never more than Amazon offers', () => {
  expect(unitsAtRisk(aSku(), now)).toBeCloseTo(0.5)
  expect(unitsAtRisk(aSku({ knownAt: now - 2 * hour, live: 3 }), now)).toBe(3)
  expect(unitsAtRisk(aSku({ unitsPerHour: 0 }), now)).toBe(0)
})

test('staleness is what we do not know of Amazon and what Amazon does not know of us, a day at most', () => {
  expect(stalenessMs({ knownAt: now - minute, unsentSince: null }, now)).toBe(minute)
  expect(stalenessMs({ knownAt: now - minute, unsentSince: now - 30_000 }, now)).toBe(minute + 30_000)
  expect(stalenessMs({ knownAt: null, unsentSince: now - hour }, now)).toBe(WATCH.oldestMs)
  expect(stalenessMs({ knownAt: now + minute, unsentSince: null }, now)).toBe(0)
})

test('the rate follows a SKU that starts to sell at once and forgets one that stopped slowly', () => {
  const every = (gapMs: number, count: number, until = now) =>
    Array.from({ length: count }, (_, i) => ({ at: until - i * gapMs, units: 1 }))

  expect(salesRate(every(minute, 240), now)).toBeGreaterThan(55)
  expect(salesRate(every(minute, 15), now)).toBeGreaterThan(10)
  expect(salesRate(every(hour, 200), now)).toBeGreaterThan(0.9)
  expect(salesRate(every(hour, 48, now - 6 * hour), now)).toBeGreaterThan(0.5)
  expect(salesRate([], now)).toBe(0)
})

test('of two that sell alike the scarce one is watched first', () => {
  const scarce = aSku({ id: 'scarce', available: 1 })
  const plenty = aSku({ id: 'plenty', available: 500 })

  expect(scarcity(scarce)).toBe(1)
  expect(watchRank(scarce, now)).toBeGreaterThan(watchRank(plenty, now))
  expect(nextToWatch([plenty, scarce], now).map(({ id }) => id)).toEqual(['scarce', 'plenty'])
})

test('none is watched more often than every ten seconds, twenty go into one read, and what Amazon cannot sell is left out', () => {
  const many = Array.from({ length: 30 }, (_, i) => aSku({ id: `grp_${i}`, unitsPerHour: i }))
  const read = nextToWatch(many, now)

  expect(read.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, i) => `grp_${29 - i}`))
  expect(nextToWatch([aSku({ readAt: now - 9_999 }), aSku({ live: 0 })], now)).toEqual([])
  expect(nextToWatch([aSku({ readAt: now - 10_000 })], now)).toHaveLength(1)
})

test('the next read is due when the first of those worth it has rested, and never when none is', () => {
  expect(nextWatchAt([aSku({ readAt: now - 4_000 }), aSku({ readAt: now - 1_000 })], now)).toBe(now + 6_000)
  expect(nextWatchAt([aSku({ readAt: null })], now)).toBe(now)
  expect(nextWatchAt([aSku({ unitsPerHour: 0 }), aSku({ live: 0 })], now)).toBeNull()
})
