import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'

import {
  accountId,
  anItemChange,
  givenAccounts,
  givenListings,
  pipelineDatabase,
  seller,
} from '../../test/pipeline-fixtures.ts'
import { takeInAvailability } from '../commands/take-in-availability.ts'
import { saveCapabilitySigns } from '../store/capability-states.ts'
import { explainListing } from './explain-listing.ts'

let suite: Awaited<ReturnType<typeof pipelineDatabase>>
beforeAll(async () => {
  suite = await pipelineDatabase('explain')
  await givenAccounts(suite.db, [{ marketplace: 'UK' }])
  await givenListings(suite.db, [{ sku: 'CUP', marketplace: 'UK', item: 'itm_CUP' }])
  const deps = { db: suite.db, ids: systemIds, poke: () => undefined }
  await takeInAvailability(deps, [anItemChange('CUP', { available: 5, version: 1 })])
})
afterAll(async () => {
  await suite[Symbol.asyncDispose]()
})

const connectionIs = (state: 'connected' | 'reauthorise' | 'application_refused') =>
  suite.db.updateTable('connection').set({ state }).where('id', '=', seller.id).execute()

async function blockedBy(): Promise<string> {
  const question = { account: accountId('UK'), channelSku: 'CUP', at: undefined }
  const { explanation } = await explainListing(suite.db, question)
  return explanation.next.reason
}

const sign = (state: 'working' | 'refused', at: string) =>
  saveCapabilitySigns(suite.db, [
    {
      connectionId: seller.id,
      capability: 'listings',
      operation: 'searchListingsItems',
      requestType: '',
      state,
      at: new Date(at),
    },
  ])

test('[S003-48] a number that waits says so when Amazon denies its calls, and no longer once they work', async () => {
  const before = await blockedBy()
  await sign('refused', '2026-11-21T10:00:00Z')
  expect(await blockedBy()).toBe('DENIED')

  await sign('working', '2026-11-21T11:00:00Z')

  expect(await blockedBy()).toBe(before)
})

test('a moment that has not come is not explained', async () => {
  const at = new Date(Date.now() + 3_600_000)

  await expect(explainListing(suite.db, { account: accountId('UK'), channelSku: 'CUP', at })).rejects.toMatchObject({
    reason: 'FIELD_INVALID',
    field: 'at',
    value: at.toISOString(),
  })
})

test('a listing with a closed gate shows the steps of the number that it would have, and none that Amazon fulfils', async () => {
  const deps = { db: suite.db, ids: systemIds, poke: () => undefined }
  await givenAccounts(suite.db, [{ marketplace: 'DE', updateInventory: false }])
  await givenListings(suite.db, [{ sku: 'JUG', marketplace: 'DE', item: 'itm_JUG' }])
  await takeInAvailability(deps, [anItemChange('JUG', { available: 7, version: 1 })])
  const explain = async () => {
    const question = { account: accountId('DE'), channelSku: 'JUG', at: undefined }
    return (await explainListing(suite.db, question)).explanation
  }

  const gated = await explain()
  await suite.db.updateTable('listing').set({ fba: true }).where('channel_sku', '=', 'JUG').execute()

  expect(gated).toMatchObject({ state: 'gated', desired: null })
  expect(gated.steps.map(({ step, after }) => [step, after])).toEqual([
    ['sum_available', 7],
    ['less_unseen', 7],
    ['end_when', 7],
    ['stock_percentage', 7],
    ['max_listed', 7],
  ])
  expect((await explain()).steps).toEqual([])
})

test('[T-69] a number that waits names the revoked authorisation and the refused application', async () => {
  await connectionIs('reauthorise')
  expect(await blockedBy()).toBe('REAUTHORISE')

  await connectionIs('application_refused')
  expect(await blockedBy()).toBe('APPLICATION_REFUSED')
})
