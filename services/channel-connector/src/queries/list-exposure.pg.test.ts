import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { sql } from 'kysely'

import { type ChangeStage, changeStage } from '../../test/change-stage.ts'
import { accountId, givenAccounts, givenListings, groupId, seller } from '../../test/pipeline-fixtures.ts'
import { listExposure } from './list-exposure.ts'

let stage: ChangeStage
beforeAll(async () => {
  stage = await changeStage('list-exposure')
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

async function givenSelling(sku: string, { perHour, live }: { perHour: number; live: number }): Promise<void> {
  await sql`
    insert into watched_sku (group_id, connection_id, units_per_hour, rated_at)
    values (${groupId(sku)}, ${seller.id}, ${perHour}, clock_timestamp())`.execute(stage.db)
  await sql`
    update group_state set live_quantity = ${live}, live_read_at = clock_timestamp() - interval '1 hour'
     where group_id = ${groupId(sku)}`.execute(stage.db)
}

test('a SKU that is sent nothing names its gate instead of a figure, and stands behind those that are sent their numbers', async () => {
  await givenAccounts(stage.db, [{ marketplace: 'UK' }])
  await givenListings(stage.db, [{ sku: 'IGNORED' }, { sku: 'SLOW' }, { sku: 'QUICK' }])
  for (const sku of ['IGNORED', 'SLOW', 'QUICK']) await stage.available(sku, 10)
  await stage.wanted()
  const ignored = { channelSku: 'IGNORED', change: { ignoreSync: true } }
  await stage.apply((await stage.preview('UK', { kind: 'rules', rules: [ignored] })).confirmation)
  await stage.wanted()
  await givenSelling('IGNORED', { perHour: 9, live: 10 })
  await givenSelling('SLOW', { perHour: 1, live: 10 })
  await givenSelling('QUICK', { perHour: 4, live: 10 })

  const { listings } = await listExposure(stage.db, { account: accountId('UK'), limit: 10, offset: 0 })

  expect(listings).toMatchObject([
    { channelSku: 'QUICK', gate: null, unitsAtRisk: expect.any(Number) },
    { channelSku: 'SLOW', gate: null, unitsAtRisk: expect.any(Number) },
    { channelSku: 'IGNORED', gate: 'not_ignored', unitsAtRisk: null, live: 10, available: 10 },
  ])
})
