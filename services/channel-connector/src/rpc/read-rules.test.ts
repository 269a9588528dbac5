import { expect, test } from '@jest/globals'
import { RefusalError } from '@lockstep/rpc/refusal'

import { checkRules, readListingRules, readSettings } from './read-rules.ts'

function refused(work: () => unknown): RefusalError {
  try {
    work()
  } catch (error) {
    if (error instanceof RefusalError) return error
    throw error
  }
  throw new Error('it was not refused')
}

test.each([
  ['stockPercentage', 'stock_percentage', -2],
  ['stockPercentage', 'stock_percentage', 101],
  ['stockPercentage', 'stock_percentage', 12.5],
  ['defaultLeadTimeDays', 'default_lead_time_days', 0],
  ['defaultLeadTimeDays', 'default_lead_time_days', 31],
  ['maxListed', 'max_listed', -5],
  ['endWhen', 'end_when', 1_000_001],
])('[S004-38] [S004-40] %s of %i is refused by its name and value', (name, field, value) => {
  expect(refused(() => readSettings({ [name]: value }))).toMatchObject({
    reason: 'SETTING_INVALID',
    field,
    value: String(value),
    message: expect.stringContaining(`${field} ${value} is not a whole number`),
  })
})

test('[S004-38] [S004-40] the ends of each range are good, and −1 takes a value away', () => {
  expect(readSettings({ stockPercentage: 0, defaultLeadTimeDays: 30, maxListed: 0, endWhen: -1 })).toEqual({
    stockPercentage: 0,
    defaultLeadTimeDays: 30,
    maxListed: 0,
    endWhen: null,
  })
  expect(readSettings({ stockPercentage: 100, defaultLeadTimeDays: 1, enabled: false })).toEqual({
    stockPercentage: 100,
    defaultLeadTimeDays: 1,
    enabled: false,
  })
})

test('the rules of listings are read all together, and every bad line is named', () => {
  expect(
    readListingRules([
      { channelSku: 'A', maxListed: 3, ignoreSync: true },
      { channelSku: 'B', endWhen: -1 },
    ]),
  ).toEqual([
    { channelSku: 'A', change: { maxListed: 3, ignoreSync: true } },
    { channelSku: 'B', change: { endWhen: null } },
  ])

  const error = refused(() =>
    readListingRules([
      { channelSku: 'A', maxListed: 3 },
      { channelSku: 'B', stockPercentage: 101, leadTimeDays: 31 },
      { channelSku: 'A', endWhen: 1 },
      { channelSku: 'C' },
    ]),
  )
  expect(error.lines.map(({ index, field }) => [index, field])).toEqual([
    [1, 'stock_percentage'],
    [1, 'lead_time_days'],
    [2, 'channel_sku'],
    [3, 'rules'],
  ])
})

test('a batch has 1 to 1,000 lines', () => {
  expect(refused(() => checkRules([]))).toMatchObject({ field: 'rules', value: '0' })
  expect(refused(() => checkRules(Array.from({ length: 1001 })))).toMatchObject({ field: 'rules', value: '1001' })
  expect(checkRules([1])).toEqual([1])
})
