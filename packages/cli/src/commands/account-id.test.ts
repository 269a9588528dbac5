import { expect, test } from '@jest/globals'

import { currencyProblem } from './account-id.ts'
import { priceLine } from './price-files.ts'

const account = { id: 'acc_1', name: 'UK', currency: 'GBP' }

test('[S004-56] a price in another currency than the account sells in is refused with both', () => {
  expect(currencyProblem(account, 'EUR')).toBe('the currency is "EUR", but UK sells in GBP: give the price in GBP')
  expect(currencyProblem(account, 'GBP')).toBeUndefined()
})

test('a marketplace whose currency nobody knows takes any', () => {
  expect(currencyProblem({ ...account, currency: '' }, 'EUR')).toBeUndefined()
})

const row = (currency: string) => ({
  line: 2,
  cells: new Map(Object.entries({ sku: 'CUP', price: '9.99', currency })),
  miscounted: undefined,
})

test('[S004-56] a line of a file in another currency is refused by its cell', () => {
  expect(() => priceLine(row('EUR'), account)).toThrow('the currency is "EUR", but UK sells in GBP')
  expect(priceLine(row('GBP'), account)).toMatchObject({ accountId: 'acc_1', price: { minor: 999n } })
})
