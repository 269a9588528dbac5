import { expect, test } from '@jest/globals'
import { PollCompleted } from '@lockstep/contracts/generated/lockstep/orders/v1/order_events.ts'
import { testIds } from '@lockstep/testkit/test-clock'
import { pollAnnouncements } from './poll-completed.ts'

const bound = new Date('2026-11-21T12:00:00Z')

test('a poll that changed nothing is announced with its bound', () => {
  expect(announced(0)).toMatchObject([{ coveredUntil: bound, accountIds: ['acc_1'], orders: [] }])
})

test('more than 5,000 orders are several events, and only the last one carries the bound', () => {
  const events = announced(12_000)

  expect(events.map(({ orders }) => orders.length)).toEqual([5_000, 5_000, 2_000])
  expect(events.map(({ coveredUntil }) => coveredUntil)).toEqual([undefined, undefined, bound])
  expect(events.map(({ wentLiveAccountIds }) => wentLiveAccountIds)).toEqual([[], [], ['acc_1']])
  expect(new Set(events.flatMap(({ orders }) => orders.map(({ orderId }) => orderId))).size).toBe(12_000)
})

function announced(count: number): PollCompleted[] {
  const orders = Array.from({ length: count }, (_, index) => ({ orderId: `ord_${index}`, revision: 1 }))
  const rows = pollAnnouncements(testIds(), {
    connectionId: 'con_1',
    bound,
    accountIds: ['acc_1'],
    wentLiveAccountIds: ['acc_1'],
    orders,
  })
  return rows.map(({ payload }) => PollCompleted.fromJSON(payload))
}
