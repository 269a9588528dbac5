import { expect, test } from '@jest/globals'

import type { RuleChange } from './rule-change.ts'
import { type PlacelessSale, supposedAwaits } from './supposed-awaits.ts'

const linkTo = (id: string | null): RuleChange => ({
  kind: 'links',
  links: [{ channelSku: 'A', item: id === null ? null : { id, sku: id } }],
})

const aSale = (more: Partial<PlacelessSale> = {}): PlacelessSale => ({
  channelSku: 'A',
  units: 2,
  itemId: null,
  awaited: null,
  reserved: [],
  ...more,
})

const placed = aSale({ itemId: 'itm_old', awaited: { itemId: 'itm_old', locationId: 'loc_1' } })

test.each<[string, RuleChange, PlacelessSale[], [string, string, number][]]>([
  [
    'a link takes the units of both orders off the item',
    linkTo('itm_1'),
    [aSale(), aSale({ units: 3 })],
    [['itm_1', 'loc_1', 5]],
  ],
  ['another SKU is no matter', linkTo('itm_1'), [aSale({ channelSku: 'B' })], []],
  ['what inventory has reserved for is not taken off twice', linkTo('itm_1'), [aSale({ reserved: ['itm_1'] })], []],
  [
    'a link to another item gives the old one its units back',
    linkTo('itm_new'),
    [placed],
    [
      ['itm_old', 'loc_1', -2],
      ['itm_new', 'loc_1', 2],
    ],
  ],
  ['a link taken away gives them back', linkTo(null), [placed], [['itm_old', 'loc_1', -2]]],
  ['a link that is there already changes nothing', linkTo('itm_old'), [placed], []],
  [
    'the first order location takes the units off there',
    { kind: 'locations', locationIds: ['loc_1'], orderLocationId: 'loc_2' },
    [aSale({ itemId: 'itm_1' })],
    [['itm_1', 'loc_2', 2]],
  ],
  ['a setting places no order', { kind: 'settings', change: { maxListed: 3 } }, [aSale({ itemId: 'itm_1' })], []],
])('%s', (...[, change, sales, expected]) => {
  const units = supposedAwaits(change, 'loc_1', sales)

  const told = [...units].flatMap(([item, places]) => [...places].map(([place, count]) => [item, place, count]))
  expect(told).toEqual(expected)
})

test('without an order location nothing is reserved, and nothing taken off', () => {
  expect(supposedAwaits(linkTo('itm_1'), null, [aSale()]).size).toBe(0)
})
