import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'

import {
  accountId,
  anItemChange,
  givenAccounts,
  givenListings,
  pipelineDatabase,
} from '../../test/pipeline-fixtures.ts'
import { takeInAvailability } from '../commands/take-in-availability.ts'
import { readSyncStatus } from './sync-status.ts'

let suite: Awaited<ReturnType<typeof pipelineDatabase>>
beforeAll(async () => {
  suite = await pipelineDatabase('sync-status')
})
afterAll(async () => {
  await suite[Symbol.asyncDispose]()
})

test('a number that waits because the seller’s authorisation was revoked says so, not that it wants a token', async () => {
  await givenAccounts(suite.db, [{ marketplace: 'UK' }])
  await givenListings(suite.db, [{ sku: 'LAMP', marketplace: 'UK' }])
  await takeInAvailability({ db: suite.db, ids: systemIds, poke: () => undefined }, [
    anItemChange('LAMP', { available: 5, version: 1 }),
  ])
  expect((await readSyncStatus(suite.db, accountId('UK'))).oldestWaiting).toMatchObject({
    channelSku: 'LAMP',
    shutOut: null,
  })

  await suite.db.updateTable('connection').set({ state: 'reauthorise' }).execute()

  expect((await readSyncStatus(suite.db, accountId('UK'))).oldestWaiting).toMatchObject({
    channelSku: 'LAMP',
    shutOut: 'REAUTHORISE',
  })
})
