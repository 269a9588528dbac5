import { expect, test } from '@jest/globals'

import { type ForeseenNumber, type ForeseenPair, outcomeOf, shapeOf } from './foreseen-push.ts'
import { planChange, planPush } from './planned-push.ts'

type Pair = number | null | Partial<ForeseenPair>

function aPair(pair: Pair): ForeseenPair {
  const given = typeof pair === 'object' ? pair : { number: pair }
  const number = given?.number ?? null
  return { number, leadTimeDays: null, conflict: null, gate: number === null ? 'linked' : null, ...given }
}

function aNumber(channelSku: string, [before, after]: [Pair, Pair], level: number | null = null): ForeseenNumber {
  const accounts = ['UK', 'DE']
  return { groupId: `grp_${channelSku}`, channelSku, accounts, before: aPair(before), after: aPair(after), level }
}

const rate = { perSecond: 5, atOnce: 1 }

test('beside Amazon: to zero first; what equals it stays, what has no number is gated, what was not read counts as a change', () => {
  const numbers = [
    aNumber('B', [null, 4]),
    aNumber('A', [null, { number: 0, conflict: 'UK 0, DE 3' }]),
    aNumber('SAME', [null, 7]),
    aNumber('GATED', [null, null]),
    aNumber('UNREAD', [null, 2]),
  ]
  const live = new Map([
    ['A', 3],
    ['B', 9],
    ['SAME', 7],
  ])

  const none = { leadTimeDays: null, gate: null, accounts: ['UK', 'DE'] }
  expect(planPush(numbers, live, rate)).toEqual({
    changes: [
      { channelSku: 'A', from: 3, to: 0, ...none },
      { channelSku: 'B', from: 9, to: 4, ...none },
      { channelSku: 'UNREAD', from: undefined, to: 2, ...none },
    ],
    writes: 3,
    zeros: 2,
    zerosOf: new Map([
      ['UK', 1],
      ['DE', 1],
    ]),
    stops: 0,
    unchanged: 1,
    gated: 1,
    durationSeconds: 0.4,
    conflicts: ['A: UK 0, DE 3'],
  })
})

test('beside what is sent now: zeros first, then what stops, then the rest; what was sent nothing is held against Amazon', () => {
  const numbers = [
    aNumber('LESS', [10, 5]),
    aNumber('SAME', [4, 4]),
    aNumber('STOPS', [6, null]),
    aNumber('ENDS', [3, 0]),
    aNumber('BEGINS', [null, 8], 2),
    aNumber('BEGINS-THERE', [null, 8], 8),
    aNumber('GATED', [null, null]),
    aNumber('SLOWER', [5, { number: 5, leadTimeDays: 3 }]),
  ]

  const plan = planChange(numbers, new Map(), rate)

  expect(plan.changes.map(({ channelSku, from, to }) => [channelSku, from, to])).toEqual([
    ['ENDS', 3, 0],
    ['STOPS', 6, undefined],
    ['BEGINS', 2, 8],
    ['LESS', 10, 5],
    ['SLOWER', 5, 5],
  ])
  expect(plan).toMatchObject({ writes: 4, zeros: 2, stops: 1, unchanged: 2, gated: 1, durationSeconds: 0.6 })
})

test('zeros are listings, not SKUs: each account that shares one counts it', () => {
  const numbers = [
    { ...aNumber('ALONE', [3, 0]), accounts: ['UK'] },
    aNumber('SHARED', [3, 0]),
    aNumber('EMPTY', [0, { number: 0, leadTimeDays: 2 }]),
  ]

  const plan = planChange(numbers, new Map(), rate)

  expect(plan).toMatchObject({ writes: 3, zeros: 3 })
  expect(Object.fromEntries(plan.zerosOf)).toEqual({ UK: 2, DE: 1 })
})

test('an outcome is named by the numbers that change, in whatever order they come, and by what it is about', () => {
  const numbers = [aNumber('A', [3, 1]), aNumber('B', [4, 2]), aNumber('SAME', [7, 7])]

  expect(outcomeOf('acc_1', numbers.toReversed())).toBe(outcomeOf('acc_1', numbers))
  expect(outcomeOf('acc_2', numbers)).not.toBe(outcomeOf('acc_1', numbers))
  expect(outcomeOf('acc_1', numbers.with(1, aNumber('B', [4, 3])))).not.toBe(outcomeOf('acc_1', numbers))
  expect(outcomeOf('acc_1', numbers.with(2, aNumber('SAME', [8, 8])))).toBe(outcomeOf('acc_1', numbers))
  expect(outcomeOf('acc_1', [])).not.toBe(outcomeOf('acc_1', numbers))
})

test('the shape of an outcome stays while only stock moves, and is another when a listing ends or stops', () => {
  const numbers = [aNumber('A', [3, 1]), aNumber('B', [4, 2])]

  expect(shapeOf('x', numbers.with(0, aNumber('A', [9, 4])))).toBe(shapeOf('x', numbers))
  expect(shapeOf('x', numbers.with(0, aNumber('A', [1, 0])))).not.toBe(shapeOf('x', numbers))
  expect(shapeOf('x', numbers.with(0, aNumber('A', [3, null])))).not.toBe(shapeOf('x', numbers))
})
