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

test('[T-69] a number that waits names the revoked authorisation and the refused application', async () => {
  await connectionIs('reauthorise')
  expect(await blockedBy()).toBe('REAUTHORISE')

  await connectionIs('application_refused')
  expect(await blockedBy()).toBe('APPLICATION_REFUSED')
})
