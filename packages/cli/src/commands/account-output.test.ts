import { Account } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import { expect, test } from '@jest/globals'

import { accountOutput } from './account-output.ts'

test('[S004-36] the settings state that Amazon keeps one quantity per SKU for all marketplaces of a seller', () => {
  const { text } = accountOutput(Account.fromPartial({ name: 'UK' }))

  expect(text).toContain('Amazon keeps one quantity per SKU for all marketplaces of the seller')
})

test('[S001-4] an account without locations says that nothing is sent, and what to do', () => {
  const { text } = accountOutput(Account.fromPartial({ name: 'UK' }))

  expect(text).toMatch(/locations +none: nothing is sent until one is mapped \(lockstep locations map\)/)
  expect(accountOutput(Account.fromPartial({ locationIds: ['loc_1'] })).text).not.toContain('nothing is sent')
})
