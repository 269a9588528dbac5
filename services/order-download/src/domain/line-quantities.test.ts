import { expect, test } from '@jest/globals'
import { anAmazonLine } from '../../test/order-builders.ts'
import { quantitiesOf } from './line-quantities.ts'

// status, ordered, fulfilled, unfulfilled → cancelled, fulfilled on Amazon
test.each([
  ['CANCELLED', 5, 2, 0, 3, 2],
  ['CANCELLED', 5, null, null, 5, 0],
  ['UNFULFILLABLE', 5, 0, 0, 5, 0],
  ['UNSHIPPED', 5, 0, 5, 0, 0],
  ['UNSHIPPED', 5, 0, 3, 2, 0],
  ['UNSHIPPED', 5, null, 3, 0, 0],
  ['UNSHIPPED', 5, 0, 9, 0, 0],
  ['PARTIALLY_SHIPPED', 5, 2, 2, 1, 2],
  ['PARTIALLY_SHIPPED', 5, 2, null, 0, 2],
  ['SHIPPED', 5, 5, 0, 0, 5],
  ['SHIPPED', 5, 4, 0, 1, 4],
  ['SHIPPED', 5, null, null, 0, 5],
  ['PENDING', 5, 0, 0, 0, 0],
  ['PENDING', 5, null, null, 0, 0],
  ['PENDING', 5, 0, 3, 0, 0],
  ['PENDING_AVAILABILITY', 5, 0, 0, 0, 0],
  ['A_NEW_WORD', 5, 0, 0, 0, 0],
])('%s with %p ordered, %p fulfilled, %p unfulfilled: %p cancelled, %p shipped', (...row) => {
  const [status, quantityOrdered, quantityFulfilled, quantityUnfulfilled, cancelled, fulfilledOnAmazon] = row

  const line = anAmazonLine({ quantityOrdered, quantityFulfilled, quantityUnfulfilled })

  expect(quantitiesOf(status, line)).toEqual({ ordered: quantityOrdered, cancelled, fulfilledOnAmazon })
})
