import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { sql } from 'kysely'

import { type ChangeStage, changeStage, refusedWith } from '../../test/change-stage.ts'
import { accountId, givenAccounts, givenListings } from '../../test/pipeline-fixtures.ts'
import { getAccount } from './get-account.ts'
import { explainListing } from '../queries/explain-listing.ts'

let stage: ChangeStage
beforeAll(async () => {
  stage = await changeStage('hybrid')
})
beforeEach(() => stage.clear())
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

/** One item sold both ways: 5 on the shelf, 40 at Amazon, both locations mapped. */
async function givenHybrid(): Promise<void> {
  await givenAccounts(stage.db, [{ marketplace: 'UK', locations: ['loc_1', 'loc_fba'] }])
  await sql`update location set kind = 'fba' where id = 'loc_fba'`.execute(stage.db)
  await givenListings(stage.db, [
    { sku: 'HYBRID-1', item: 'itm_HYBRID' },
    { sku: 'HYBRID-1-FBA', item: 'itm_HYBRID', fba: true },
  ])
  await stage.available('HYBRID', 5)
  await stage.available('HYBRID', 40, 'loc_fba')
}

const why = async (channelSku: string) =>
  (await explainListing(stage.db, { account: accountId('UK'), channelSku, at: undefined })).explanation

test('[S003-54] [S003-50] [S003-51] a hybrid SKU shows its own 5 and Amazon’s 40 apart, sends the 5, and nothing for the one that Amazon ships', async () => {
  await givenHybrid()

  expect(await stage.wanted()).toEqual({ 'HYBRID-1': 5, 'HYBRID-1-FBA': null })

  const { locations, steps } = await why('HYBRID-1')
  expect(locations.map(({ id, kind, available }) => [id, kind, available])).toEqual([
    ['loc_1', 'own', 5],
    ['loc_fba', 'fba', 40],
  ])
  expect(steps[0]).toMatchObject({ step: 'sum_available', after: 5, note: '1 FBA location left out' })
  const closed = (await why('HYBRID-1-FBA')).gates.filter(({ open }) => !open).map(({ gate }) => gate)
  expect(closed).toEqual(['not_fba'])
})

test('[S003-53] a sale that Amazon ships lowers Amazon’s figure alone', async () => {
  await givenHybrid()
  await stage.available('HYBRID', 37, 'loc_fba')

  expect(await stage.wanted()).toMatchObject({ 'HYBRID-1': 5 })
})

test('[S003-52] with Use Channel Specific Stock Levels off the dry run shows that Amazon’s units would be offered twice over', async () => {
  await givenHybrid()
  await stage.wanted()

  const shown = await stage.preview('UK', { kind: 'settings', change: { channelSpecificStock: false } })

  expect(shown.changes).toMatchObject([{ channelSku: 'HYBRID-1', from: 5, to: 45 }])
  await stage.apply(shown.confirmation)
  expect(await stage.wanted()).toMatchObject({ 'HYBRID-1': 45 })
  await stage.undo('UK')
  expect(await stage.wanted()).toMatchObject({ 'HYBRID-1': 5 })
})

test('[S003-51] what sums Amazon’s stock again is not done by taking another change back', async () => {
  await givenHybrid()
  await sql`update account set channel_specific_stock = false`.execute(stage.db)
  const shown = await stage.preview('UK', { kind: 'settings', change: { channelSpecificStock: true } })
  await stage.apply(shown.confirmation)

  const refused = await refusedWith(stage.undo('UK'))

  expect(refused).toMatchObject({ reason: 'CONFIRMATION_NEEDED', message: expect.stringContaining('loc_fba') })
  expect(await getAccount(stage.db, accountId('UK'))).toMatchObject({ channelSpecificStock: true })
})

test('[S003-51] a mapping that held a location of Amazon’s is not put back while its stock would be summed', async () => {
  await givenHybrid()
  const without = { kind: 'locations' as const, locationIds: ['loc_1'], orderLocationId: 'loc_1' }
  stage.known.push({ id: 'loc_fba', name: 'loc_fba', kind: 'fba', isDefault: false })
  await sql`update account set channel_specific_stock = false`.execute(stage.db)
  const shown = await stage.preview('UK', without)
  await stage.apply(shown.confirmation)

  expect(await refusedWith(stage.undo('UK'))).toMatchObject({ reason: 'CONFIRMATION_NEEDED' })
  expect(await getAccount(stage.db, accountId('UK'))).toMatchObject({ locationIds: ['loc_1'] })
})

test('[S001-4] without a location nothing is sent, and it says so', async () => {
  await givenAccounts(stage.db, [{ marketplace: 'UK', locations: [] }])
  await givenListings(stage.db, [{ sku: 'LOST' }])
  await stage.available('LOST', 5)

  expect(await stage.wanted()).toEqual({ LOST: null })
  const { gates, state } = await why('LOST')
  expect(state).toBe('gated')
  expect(gates.filter(({ open }) => !open)).toMatchObject([
    { gate: 'locations_mapped', detail: 'no location is chosen: lockstep locations map TEST-UK <location>' },
  ])
})
