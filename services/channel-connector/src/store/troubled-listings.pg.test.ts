import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { sql } from 'kysely'

import { accountId, givenAccounts, givenListings, pipelineDatabase } from '../../test/pipeline-fixtures.ts'
import { countStates } from './sync-counts.ts'
import { readTroubled } from './troubled-listings.ts'

let suite: Awaited<ReturnType<typeof pipelineDatabase>>
beforeAll(async () => {
  suite = await pipelineDatabase('troubled-listings')
})
afterAll(async () => {
  await suite[Symbol.asyncDispose]()
})

const stands = (sku: string, state: string, at: string) =>
  sql`
    update group_state set state = ${state}, submitted_at = ${at}, submitted_quantity = 7, accepted_at = ${at}, accepted_quantity = 6,
           live_quantity = 3, pacing = '{"refused":{"issue":"too high"}}'
     where channel_sku = ${sku}`.execute(suite.db)

test('refused and unverified listings are named by SKU, as they are counted; one behind its own gate is none', async () => {
  const { db } = suite
  await givenAccounts(db, [{ marketplace: 'UK' }])
  await givenListings(
    db,
    ['A', 'B', 'C', 'D', 'E'].map((sku) => ({ sku, marketplace: 'UK' })),
  )
  await sql`
    insert into group_state (group_id, connection_id, channel_sku)
    select id, connection_id, channel_sku from sku_group on conflict do nothing`.execute(db)
  await stands('B', 'refused', '2026-11-21T10:00:00Z')
  await stands('A', 'refused', '2026-11-21T11:00:00Z')
  await stands('C', 'unverified', '2026-11-21T12:00:00Z')
  await stands('D', 'in_step', '2026-11-21T09:00:00Z')
  await stands('E', 'refused', '2026-11-21T09:00:00Z')
  await sql`
    insert into member_state (listing_id, group_id, account_id, gate)
    select l.id, l.group_id, l.account_id, 'ignore_sync' from listing l where l.channel_sku = 'E'
    on conflict (listing_id) do update set gate = excluded.gate`.execute(db)

  const { refused, unverified } = await readTroubled(db, accountId('UK'))
  const counted = await countStates(db, accountId('UK'))

  expect(refused).toEqual({
    first: [
      { channelSku: 'A', quantity: 7, live: 3, issue: 'too high' },
      { channelSku: 'B', quantity: 7, live: 3, issue: 'too high' },
    ],
    since: new Date('2026-11-21T10:00:00Z'),
  })
  expect(unverified).toEqual({
    first: [{ channelSku: 'C', quantity: 6, live: 3, issue: '' }],
    since: new Date('2026-11-21T12:00:00Z'),
  })
  expect([counted.get('refused'), counted.get('unverified')]).toEqual([2, 1])
})
