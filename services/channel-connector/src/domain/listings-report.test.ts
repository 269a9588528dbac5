import { expect, test } from '@jest/globals'
import { findColumns, readRow, type RowRules } from './listings-report.ts'

const header = ['item-name', 'Seller-SKU ', 'price', 'quantity', 'asin1', 'fulfillment-channel', 'status']
const columns = findColumns(header)
const rules: RowRules = {
  columns: columns ?? { sku: 0, fulfilment: 0, title: 0, asin: 0, price: 0, quantity: 0, status: 0 },
  currencyDigits: 2,
  skuProblemOf: (sku) => (sku.length > 40 ? 'too long' : null),
}

const row = (channel: string) => readRow(['', 'x', '', '', '', channel, 'Inactive'], rules)
const price = (text: string, currencyDigits: number) =>
  readRow(['', 'x', text, '1', '', 'DEFAULT', 'Active'], { ...rules, currencyDigits })

test('[S002-18] [S002-19] columns are found by their names, in any order and case', () => {
  expect(readRow(['A lamp', ' sku-1', '9.99', '3', 'B000000001', 'DEFAULT', 'Active'], rules)).toEqual({
    channelSku: ' sku-1',
    asin: 'B000000001',
    title: 'A lamp',
    fba: false,
    active: true,
    skuProblem: null,
    listedQuantity: 3,
    priceMinor: 999,
  })
  expect(findColumns(['item-name', 'price'])).toBeUndefined()
  expect(findColumns(['seller-sku', 'price'])).toBeUndefined()
})

test('[S002-16] anything but DEFAULT is fulfilled by Amazon', () => {
  expect(row('AMAZON_EU')).toMatchObject({ fba: true, active: false, listedQuantity: null, priceMinor: null })
  expect(row('')).toMatchObject({ fba: true })
  expect(row('Default')).toMatchObject({ fba: false })
})

test('a SKU that lost characters is told apart, and so is an empty line', () => {
  expect(readRow(['', 'CAF\uFFFD', '1', '1', '', 'DEFAULT', 'Active'], rules)).toBe('lost')
  expect(readRow(['', '', '', '', '', '', ''], rules)).toBe('empty')
  expect(readRow([], rules)).toBe('empty')
})

test('prices become minor units of the currency', () => {
  expect(price('1500', 0)).toMatchObject({ priceMinor: 1500 })
  expect(price('9,90', 2)).toMatchObject({ priceMinor: 990 })
  expect(price('0.29', 2)).toMatchObject({ priceMinor: 29 })
  expect(price('19.999', 2)).toMatchObject({ priceMinor: 2000 })
  expect(price('free', 2)).toMatchObject({ priceMinor: null })
})

test('a SKU that cannot be linked is kept with its reason', () => {
  expect(readRow(['', 'x'.repeat(41), '1', '1', '', 'DEFAULT', 'Active'], rules)).toMatchObject({
    skuProblem: 'too long',
  })
})
