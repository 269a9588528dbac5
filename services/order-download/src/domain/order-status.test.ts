import { expect, test } from '@jest/globals'
import { isKnownStatus, stateOfStatus } from './order-status.ts'

test.each([
  ['PENDING_AVAILABILITY', 'parked'],
  ['PENDING', 'parked'],
  ['UNSHIPPED', 'open'],
  ['PARTIALLY_SHIPPED', 'open'],
  ['SHIPPED', 'processed'],
  ['CANCELLED', 'cancelled'],
  ['UNFULFILLABLE', 'cancelled'],
])('[B18] Amazon says %s: the order is %s', (status, state) => {
  expect(stateOfStatus(status)).toBe(state)
  expect(isKnownStatus(status)).toBe(true)
})

test.each(['INVOICE_UNCONFIRMED', 'unshipped', '', 'toString'])(
  'an unknown status word %p parks the order',
  (status) => {
    expect(stateOfStatus(status)).toBe('parked')
    expect(isKnownStatus(status)).toBe(false)
  },
)
