import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Lane, Waiting } from './lanes.ts'
import { AGEING_MS, inLine, lanesOf, nextConnection, nextInLine, TURNS } from './lanes.ts'

const now = 1_000_000_000
const waits = (id: string, lane: Lane, more: Partial<Waiting> = {}): Waiting => ({
  id,
  lane,
  since: now,
  deadline: null,
  ...more,
})
const ids = (line: Waiting[]) => line.map((w) => w.id)

test('fresh work goes in lane order: to zero, decrease, increase, price, content', () => {
  const waiting = lanesOf('patchListingsItem')
    .map((lane) => waits(lane, lane))
    .toReversed()

  expect(ids(inLine(waiting, now, { turn: 0, count: 9 }))).toEqual([
    'to_zero',
    'decrease',
    'increase',
    'price',
    'content',
  ])
})

test('reads go guard, watch, verification, sweep', () => {
  const waiting = lanesOf('searchListingsItems')
    .map((lane) => waits(lane, lane))
    .toReversed()

  expect(ids(inLine(waiting, now, { turn: 4, count: 9 }))).toEqual(['guard', 'watch', 'verification', 'sweep'])
})

test('inside a lane the earliest deadline goes first, and a despatch goes by its deadline days ahead', () => {
  const day = 86_400_000
  const waiting = [
    waits('none', 'despatch'),
    waits('tomorrow', 'despatch', { deadline: now + day }),
    waits('overdue', 'despatch', { deadline: now - day }),
    waits('today', 'despatch', { deadline: now + 3_600_000 }),
  ]

  expect(ids(inLine(waiting, now, { turn: 0, count: 9 }))).toEqual(['overdue', 'today', 'tomorrow', 'none'])
})

test('a price that has waited long passes a fresh increase', () => {
  const waiting = [waits('new', 'increase'), waits('old', 'price', { since: now - 2 * AGEING_MS })]

  expect(nextInLine(waiting, now)?.id).toBe('old')
})

test('while urgent work waits, aged work gets one turn in five at most', () => {
  const old = Array.from({ length: 50 }, (_, i) => waits(`old${i}`, 'content', { since: now - 10 * 3_600_000 }))
  const urgent = Array.from({ length: 50 }, (_, i) => waits(`zero${i}`, 'to_zero'))

  const firstTwenty = inLine([...old, ...urgent], now, { turn: 0, count: 20 })

  expect(firstTwenty.filter((w) => w.lane === 'to_zero')).toHaveLength(16)
})

test('urgent first: whatever waits, four turns in five serve urgent work, and fresh urgent work on every turn', () => {
  const lane = fc.constantFrom<Lane[]>('to_zero', 'decrease', 'increase', 'price', 'content')
  const item = fc.record({
    lane,
    age: fc.nat(7_200_000),
    deadline: fc.option(fc.integer({ min: -100_000, max: 100_000 })),
  })
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 30 }), fc.nat(1_000), (items, turn) => {
      const waiting = items.map((w, i) =>
        waits(String(i), w.lane, { since: now - w.age, deadline: w.deadline && now + w.deadline }),
      )
      const next = nextInLine(waiting, now, turn)
      const urgentWaits = waiting.some((w) => w.lane === 'to_zero' || w.lane === 'decrease')
      const allFresh = waiting.every((w) => now - w.since < AGEING_MS)
      const urgentServed = next?.lane === 'to_zero' || next?.lane === 'decrease'
      const mustBeUrgent = urgentWaits && (turn % TURNS !== TURNS - 1 || allFresh)
      expect(urgentServed || !mustBeUrgent).toBe(true)
    }),
  )
})

test('no starvation: an item is served within finitely many turns under an endless flood of urgent work', () => {
  const lane = fc.constantFrom<Lane[]>('decrease', 'increase', 'price', 'content')
  fc.assert(
    fc.property(lane, fc.integer({ min: 1, max: 3 }), fc.nat(4), (patient, arrivalsPerTurn, firstTurn) => {
      let waiting = [waits('patient', patient)]
      const slotMs = 2_000
      let servedAt = -1
      for (let turn = 0; servedAt < 0 && turn < 20_000; turn++) {
        const at = now + turn * slotMs
        const arrivals = turn < 3_000 ? arrivalsPerTurn : 0
        for (let i = 0; i < arrivals; i++) waiting.push(waits(`${turn}.${i}`, 'to_zero', { since: at, deadline: at }))
        const next = nextInLine(waiting, at, firstTurn + turn)
        waiting = waiting.filter((w) => w !== next)
        if (next?.id === 'patient') servedAt = turn
      }
      expect(servedAt).toBeGreaterThanOrEqual(0)
      // By the time it has risen past every lane, only what came before that moment may still go ahead of it, five turns each at most.
      const riseTurns = (4 * AGEING_MS) / slotMs
      expect(servedAt).toBeLessThanOrEqual(TURNS * riseTurns * arrivalsPerTurn + riseTurns + TURNS)
    }),
    { numRuns: 12 },
  )
})

test('an application-wide bucket serves the connection that had least, then the one that waits longest', () => {
  const line = [
    { id: 'busy', served: 9, waitingSince: 1 },
    { id: 'later', served: 2, waitingSince: 7 },
    { id: 'longest', served: 2, waitingSince: 3 },
  ]

  expect(nextConnection(line)?.id).toBe('longest')
})
