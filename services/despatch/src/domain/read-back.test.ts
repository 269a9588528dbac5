import { expect, test } from '@jest/globals'

import { holdReason, isShownAsShipped } from './read-back.ts'

const aDespatch = {
  lines: [{ orderLineId: 'oln_1', channelLineId: '111', itemId: 'itm_1', locationId: 'loc_1', quantity: 2 }],
}

test('a despatch is shown as shipped once Amazon counts all that was despatched', () => {
  const despatched = new Map([['111', 3]])

  expect(isShownAsShipped(aDespatch, despatched, new Map([['111', 2]]))).toBe(false)
  expect(isShownAsShipped(aDespatch, despatched, new Map([['111', 3]]))).toBe(true)
  expect(isShownAsShipped(aDespatch, despatched, new Map())).toBe(false)
})

test('[T-15] a cancelled order and one whose buyer asks to cancel are held; a person may release the second', () => {
  expect(holdReason({ status: 'CANCELLED', buyerCancelRequested: false }, true)).toContain('cancelled')
  expect(holdReason({ status: 'UNSHIPPED', buyerCancelRequested: true }, false)).toContain('asks to cancel')
  expect(holdReason({ status: 'UNSHIPPED', buyerCancelRequested: true }, true)).toBeUndefined()
  expect(holdReason({ status: 'UNSHIPPED', buyerCancelRequested: false }, false)).toBeUndefined()
})
