import { expect, test } from '@jest/globals'

import { checkParcel } from './check-request.ts'

const aParcel = { carrier: 'Royal Mail', carrierName: '', service: '', tracking: 'AB123' }

test('a parcel with carrier and tracking is good', () => {
  expect(checkParcel(aParcel)).toBeUndefined()
})

test.each([
  ['no carrier', { carrier: ' ' }, 'CARRIER_MISSING'],
  ['no tracking', { tracking: '' }, 'TRACKING_MISSING'],
  ['[T-25] carrier Other without a name', { carrier: 'Other' }, 'CARRIER_NAME_MISSING'],
  ['a tracking number of 101 characters', { tracking: 'x'.repeat(101) }, 'FIELD_INVALID'],
])('%s is refused before anything is sent', (_what, change, reason) => {
  expect(checkParcel({ ...aParcel, ...change })).toMatchObject({ reason })
})
