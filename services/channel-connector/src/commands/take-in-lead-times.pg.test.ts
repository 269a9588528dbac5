import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { sql } from 'kysely'

import { type ChangeStage, changeStage, refusedWith } from '../../test/change-stage.ts'
import { accountId, givenAccounts, givenListings } from '../../test/pipeline-fixtures.ts'
import type { SettingsChange } from '../domain/account-settings.ts'
import { listWithoutLeadTime } from '../store/diagnosis-facts.ts'
import { getAccount } from './get-account.ts'
import { takeInLeadTimes } from './take-in-lead-times.ts'
import { updateAccountSettings } from './update-account-settings.ts'

let stage: ChangeStage
beforeAll(async () => {
  stage = await changeStage('lead-times')
})
beforeEach(() => stage.clear())
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

const set = (change: SettingsChange) =>
  stage.db.transaction().execute((tx) => {
    const command = { account: accountId('UK'), change, confirmation: '', zerosConfirmation: '', actor: 'test' }
    return updateAccountSettings(tx, stage.deps, command)
  })

const brings = (
  itemId: string,
  version: number,
  times: { forAll: number | null; byAccount?: Record<string, number> },
) => takeInLeadTimes(stage.deps, [{ itemId, version, byAccount: {}, ...times, actor: 'test' }])

/** The lead times that are wanted, by SKU. */
async function leadTimes(): Promise<Record<string, number | null>> {
  await stage.wanted()
  const { rows } = await sql<{ sku: string; days: number | null }>`
    select channel_sku as sku, desired_lead_time_days as days from group_state order by channel_sku`.execute(stage.db)
  return Object.fromEntries(rows.map(({ sku, days }) => [sku, days]))
}

const withoutAny = async () => listWithoutLeadTime(stage.db, await getAccount(stage.db, accountId('UK')))

async function givenTwo(): Promise<void> {
  await givenAccounts(stage.db, [{ marketplace: 'UK' }])
  await givenListings(stage.db, [{ sku: 'A' }, { sku: 'B' }])
  await stage.available('A', 5)
  await stage.available('B', 5)
}

test('[S004-41] a default lead time goes with every linked listing of the account, and with none again when it is taken away', async () => {
  await givenTwo()
  await set({ defaultLeadTimeDays: 4 })
  expect(await leadTimes()).toEqual({ A: 4, B: 4 })

  await set({ defaultLeadTimeDays: null })
  expect(await leadTimes()).toEqual({ A: null, B: null })
})

test('[S004-42] [S004-44] [S004-45] each product brings its own; the account’s own beats the one for all, and one without brings none', async () => {
  await givenTwo()
  await brings('itm_A', 1, { forAll: 3 })
  expect(await leadTimes()).toEqual({ A: null, B: null })

  await set({ productLeadTimes: true })
  expect(await leadTimes()).toEqual({ A: 3, B: null })

  await brings('itm_A', 2, { forAll: 3, byAccount: { 'TEST-UK': 7 } })
  expect(await withoutAny()).toEqual({ count: 1, skus: ['B'] })
  await brings('itm_B', 1, { forAll: 2 })
  expect(await leadTimes()).toEqual({ A: 7, B: 2 })
  expect(await withoutAny()).toEqual({ count: 0, skus: [] })
  await brings('itm_A', 1, { forAll: 9 })
  expect(await leadTimes()).toEqual({ A: 7, B: 2 })
  await brings('itm_A', 3, { forAll: null })
  expect(await leadTimes()).toEqual({ A: null, B: 2 })
})

test('[S004-46] a default and lead times of the products exclude each other, whichever comes second', async () => {
  await givenTwo()
  await set({ defaultLeadTimeDays: 4 })
  expect(await refusedWith(set({ productLeadTimes: true }))).toMatchObject({
    reason: 'SETTING_INVALID',
    field: 'product_lead_times',
    message: 'a default lead time (4 days) and lead times of the products exclude each other',
  })
  expect(await refusedWith(set({ productLeadTimes: true, defaultLeadTimeDays: 5 }))).toMatchObject({
    reason: 'SETTING_INVALID',
  })

  await set({ productLeadTimes: true, defaultLeadTimeDays: null })

  expect(await refusedWith(set({ defaultLeadTimeDays: 2 }))).toMatchObject({
    field: 'default_lead_time_days',
    value: '2',
  })
  expect(await getAccount(stage.db, accountId('UK'))).toMatchObject({
    productLeadTimes: true,
    defaultLeadTimeDays: null,
  })
})
