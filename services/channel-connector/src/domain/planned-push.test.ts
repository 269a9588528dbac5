import { expect, test } from '@jest/globals'

import { type ForeseenNumber, outcomeOf } from './foreseen-push.ts'
import { planPush } from './planned-push.ts'

function aNumber(channelSku: string, number: number | null, more: Partial<ForeseenNumber> = {}): ForeseenNumber {
  return { groupId: `grp_${channelSku}`, channelSku, number, leadTimeDays: null, conflict: null, gate: null, ...more }
}

test('changes come to zero first; what equals Amazon stays, what has no number is gated, what was not read counts as a change', () => {
  const numbers = [
    aNumber('B', 4),
    aNumber('A', 0, { conflict: 'UK 0, DE 3' }),
    aNumber('SAME', 7),
    aNumber('GATED', null),
    aNumber('UNREAD', 2),
  ]
  const live = new Map([
    ['A', 3],
    ['B', 9],
    ['SAME', 7],
  ])

  expect(planPush(numbers, live, { perSecond: 5, atOnce: 1 })).toEqual({
    changes: [
      { channelSku: 'A', from: 3, to: 0 },
      { channelSku: 'B', from: 9, to: 4 },
      { channelSku: 'UNREAD', from: undefined, to: 2 },
    ],
    zeros: 1,
    unchanged: 1,
    gated: 1,
    durationSeconds: 0.4,
    conflicts: ['A: UK 0, DE 3'],
  })
})

test('an outcome is named by its numbers, in whatever order they come, and by its account', () => {
  const numbers = [aNumber('A', 1), aNumber('B', 2)]

  expect(outcomeOf('acc_1', numbers.toReversed())).toBe(outcomeOf('acc_1', numbers))
  expect(outcomeOf('acc_2', numbers)).not.toBe(outcomeOf('acc_1', numbers))
  expect(outcomeOf('acc_1', [aNumber('A', 1), aNumber('B', 3)])).not.toBe(outcomeOf('acc_1', numbers))
  expect(outcomeOf('acc_1', [])).not.toBe(outcomeOf('acc_1', numbers))
})
