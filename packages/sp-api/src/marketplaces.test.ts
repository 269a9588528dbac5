import { expect, test } from '@jest/globals'

import { endpointOf, findMarketplace, marketplaces } from './marketplaces.ts'

test('a marketplace is found by its id and by its code; GB is UK', () => {
  for (const marketplace of marketplaces) {
    expect(findMarketplace(marketplace.id)).toBe(marketplace)
    expect(findMarketplace(marketplace.code.toLowerCase())).toBe(marketplace)
  }
  expect(findMarketplace('gb')?.id).toBe('A1F83G8C2ARO7P')
  expect(findMarketplace('AZMDEXL2RVFNN')).toBeUndefined()
})

test('ids and codes are unique, zones and currencies are real', () => {
  expect(new Set(marketplaces.flatMap(({ id, code }) => [id, code])).size).toBe(2 * marketplaces.length)
  for (const { timeZone, currency, currencyDigits } of marketplaces) {
    expect(() => new Intl.DateTimeFormat('en', { timeZone })).not.toThrow()
    const { maximumFractionDigits } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
    expect(currencyDigits).toBe(maximumFractionDigits)
  }
})

test('each region has an endpoint of its own', () => {
  expect(endpointOf('EU')).toBe('https://sellingpartnerapi-eu.amazon.com')
  expect(new Set((['NA', 'EU', 'FE'] as const).map(endpointOf)).size).toBe(3)
})
