import { expect, test } from '@jest/globals'

import { readLeadTimes } from './product-lead-times.ts'

test('[S004-42] [S004-44] Despatch Time is for every account, AMAZON_<account> for one, and other properties are none', () => {
  const properties = [
    { name: 'Despatch Time', value: '3' },
    { name: 'AMAZON_SHOP-UK', value: ' 5 ' },
    { name: 'Colour', value: '4' },
  ]

  expect(readLeadTimes(properties)).toEqual({ forAll: 3, byAccount: { 'SHOP-UK': 5 }, bad: [] })
  expect(readLeadTimes([])).toEqual({ forAll: null, byAccount: {}, bad: [] })
})

test.each(['0', '31', '-1', '2.5', 'two', '', '1e1', '03'])('[S004-43] %j is no lead time', (value) => {
  const property = { name: 'Despatch Time', value }

  expect(readLeadTimes([property])).toEqual({ forAll: null, byAccount: {}, bad: [property] })
})

test.each([1, 30])('[S004-43] %i days are good', (value) => {
  expect(readLeadTimes([{ name: 'Despatch Time', value: String(value) }]).forAll).toBe(value)
})
