import { expect, test } from '@jest/globals'
import { Listing } from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'

import { itemLine } from './mapping-items.ts'

const listing = { channelSku: 'A/B 1+2', title: 'A cup', price: { minor: 999n, currency: 'GBP' }, listedQuantity: 7n }

test('[S002-25] [S002-26] [S002-28] [S002-29] [S002-30] [S002-31] [S002-32] [S002-33] the item of a listing has its SKU, title, price and quantity', () => {
  expect(itemLine(Listing.fromPartial(listing), 'loc_1')).toEqual({
    sku: 'A/B 1+2',
    title: 'A cup',
    description: '',
    purchasePrice: undefined,
    retailPrice: { minor: 999n, currency: 'GBP' },
    weightGrams: 0n,
    taxRateBasisPoints: -1,
    setProperties: [],
    onHand: 7n,
    location: 'loc_1',
  })
})

test('what Amazon keeps itself is put on no shelf of ours, and a listing without a title is called by its SKU', () => {
  const line = itemLine(Listing.fromPartial({ ...listing, title: '', fba: true }), 'loc_1')

  expect(line).toMatchObject({ title: 'A/B 1+2', onHand: undefined, location: '' })
})
