import { expect, test } from '@jest/globals'

import { type Level, stockInLocations } from './stock-in-locations.ts'

const level = (locationId: string, onHand: number, more: Partial<Level> = {}): Level => ({
  locationId,
  onHand,
  available: onHand,
  isFba: false,
  ...more,
})

test('only the locations of the account are summed up', () => {
  const levels = [level('loc_1', 5, { available: 4 }), level('loc_2', 7), level('loc_3', 100)]

  expect(stockInLocations(levels, { locationIds: ['loc_1', 'loc_2'], withoutFba: true })).toEqual({
    onHand: 12,
    available: 11,
  })
})

test('Amazon’s fulfilment centres are left out while the account says so', () => {
  const levels = [level('loc_1', 5), level('loc_fba', 40, { isFba: true })]
  const locationIds = ['loc_1', 'loc_fba']

  expect(stockInLocations(levels, { locationIds, withoutFba: true })?.onHand).toBe(5)
  expect(stockInLocations(levels, { locationIds, withoutFba: false })?.onHand).toBe(45)
})

test('negatives are kept: they are a shortfall that must show', () => {
  const sums = stockInLocations([level('loc_1', 0, { available: -2 })], { locationIds: ['loc_1'], withoutFba: true })

  expect(sums).toEqual({ onHand: 0, available: -2 })
})

test('no location is not the same as no stock', () => {
  expect(stockInLocations([level('loc_1', 5)], { locationIds: [], withoutFba: true })).toBeUndefined()
})
