import { expect, jest, test } from '@jest/globals'

import { parseSearch, stringifySearch, wordPart } from '../web/app/search-params.ts'
import { keysOf } from '../web/live/hint-keys.ts'
import { RefetchQueue } from '../web/live/refetch-queue.ts'
import { linesToSend } from '../web/orders/lines-to-send.ts'
import { moneyText } from '../web/words/money.ts'

test.each(['1e3', 'true', '{"a":1}', 'A/B 1+2', '50% off', 'CAFÉ-☕-1', ' a ', '#?&='])(
  'the SKU %j survives the address as it is',
  (why) => {
    expect(parseSearch(stringifySearch({ account: 'UK', why }))).toEqual({ account: 'UK', why })
  },
)

test('parts of an address that are empty or not known are left out', () => {
  expect(stringifySearch({ search: '', page: undefined })).toBe('')
  expect(wordPart('most', ['linked', 'unlinked'])).toBeUndefined()
})

test('a hint leads to the queries that show what changed, and an unknown one to all of them', () => {
  expect(keysOf({ entity: 'availability' })).toEqual([['listings'], ['why']])
  expect(keysOf({ entity: 'despatch' })).toEqual([['orders'], ['order'], ['audit']])
  expect(keysOf({ entity: '*' })).toEqual([[]])
  expect(keysOf({ entity: 'invented-later' })).toEqual([[]])
})

test('a thousand hints are one round of reading, and two more while the number is on its way', async () => {
  jest.useFakeTimers()
  try {
    const rounds: unknown[] = []
    using queue = new RefetchQueue(async (keys) => void rounds.push(keys))

    for (let count = 0; count < 1_000; count += 1) queue.add([['listings'], ['why']])
    await jest.advanceTimersByTimeAsync(10_000)

    expect(rounds).toEqual([
      [['listings'], ['why']],
      [['listings'], ['why']],
      [['listings'], ['why']],
    ])
  } finally {
    jest.useRealTimers()
  }
})

test('a flood that never ends does not put the reading off, and rounds never overlap', async () => {
  jest.useFakeTimers()
  try {
    let running = 0
    let most = 0
    let rounds = 0
    using queue = new RefetchQueue(async () => {
      running += 1
      rounds += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setTimeout(resolve, 700))
      running -= 1
    })

    for (let tick = 0; tick < 100; tick += 1) {
      queue.add([['listings']])
      await jest.advanceTimersByTimeAsync(100)
    }

    expect(most).toBe(1)
    expect(rounds).toBeGreaterThanOrEqual(7)
    expect(rounds).toBeLessThanOrEqual(11)
  } finally {
    jest.useRealTimers()
  }
})

const lines = [
  { id: 'oln_1', open: 3 },
  { id: 'oln_2', open: 2 },
  { id: 'oln_3', open: 0 },
]

test('a form that sends everything open names no line', () => {
  expect(linesToSend(lines, {})).toEqual([])
  expect(linesToSend(lines, { oln_1: 3, oln_2: 2 })).toEqual([])
})

test('a form that keeps units back names what goes, and one that keeps all back is not sent', () => {
  expect(linesToSend(lines, { oln_1: 1, oln_2: 0 })).toEqual([{ orderLineId: 'oln_1', quantity: 1 }])
  expect(linesToSend(lines, { oln_1: 0, oln_2: 0 })).toBeUndefined()
})

test('money is written with the digits of its currency', () => {
  expect(moneyText({ minor: 999, currency: 'GBP' })).toContain('9.99')
  expect(moneyText({ minor: 1500, currency: 'JPY' })).toContain('1,500')
  expect(moneyText({ minor: 5, currency: '' })).toBe('5 ')
})
