import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { RefusalError } from '@lockstep/rpc/refusal'
import { sql } from 'kysely'

import {
  aCause,
  accountId,
  anItemChange,
  givenAccounts,
  givenListings,
  groupId,
  pipelineDatabase,
} from '../../test/pipeline-fixtures.ts'
import { readSyncStatus } from '../queries/sync-status.ts'
import { queueRecomputeOfAccount } from '../store/recompute.ts'
import { claimGroups, type ClaimedWork } from './claim-groups.ts'
import { confirmMassZero } from './confirm-mass-zero.ts'
import { recomputeGroups } from './recompute-groups.ts'
import { takeInAvailability } from './take-in-availability.ts'

let suite: Awaited<ReturnType<typeof pipelineDatabase>>
beforeAll(async () => {
  suite = await pipelineDatabase('mass-zero')
})
afterAll(async () => {
  await suite[Symbol.asyncDispose]()
})

const deps = () => ({ db: suite.db, ids: systemIds, poke: () => undefined })

/** Listings at 5 each, shown so by a read a moment ago, so that nothing but the guard stands before a 0. */
async function givenSelling(marketplace: string, count: number): Promise<string[]> {
  await givenAccounts(suite.db, [{ marketplace }])
  const skus = Array.from({ length: count }, (_, i) => `${marketplace}-${i}`)
  await givenListings(
    suite.db,
    skus.map((sku) => ({ sku, marketplace })),
  )
  await takeInAvailability(
    deps(),
    skus.map((sku) => anItemChange(sku, { available: 5, version: 1 })),
  )
  await suite.db
    .updateTable('group_state')
    .set({ pacing: seenAtFive(), next_at: null })
    .where('group_id', 'in', skus.map(groupId))
    .execute()
  return skus
}

function seenAtFive() {
  const now = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`
  return sql<string>`(pacing::jsonb || jsonb_build_object(
    'due', null, 'dueSince', null, 'reading', null,
    'channel', jsonb_build_object('sound', true, 'reason', null, 'receivedAt', ${now}),
    'live', jsonb_build_object('quantity', 5, 'leadTimeDays', null, 'readAt', ${now}, 'receivedAt', ${now})))::text`
}

async function changeSetting(marketplace: string, skus: string[]): Promise<void> {
  await suite.db.transaction().execute(async (tx) => {
    await sql`update account set max_listed = 0 where id = ${accountId(marketplace)}`.execute(tx)
    await queueRecomputeOfAccount(tx, accountId(marketplace), aCause('setting_changed', { note: 'max_listed' }))
  })
  await suite.db
    .transaction()
    .execute((tx) =>
      recomputeGroups(tx, deps(), { groupIds: skus.map(groupId), causeOf: () => aCause('unused'), salesMoved: false }),
    )
}

async function claimAll(): Promise<ClaimedWork['sends']> {
  const sends: ClaimedWork['sends'] = []
  for (let turn = 1; ; turn += 1) {
    const wish = { connectionId: 'con_1', token: `t${turn}`, kind: 'writes' as const, turn, skewMs: 0 }
    const work = await claimGroups(deps(), { ...wish, limit: { zeros: 10, others: 10 } })
    if (work.claimed === 0) return sends
    sends.push(...work.sends)
  }
}

test('a setting that takes 60 of 60 listings to 0 waits for a person, who sees how many and confirms exactly these', async () => {
  const skus = await givenSelling('UK', 60)

  await changeSetting('UK', skus)
  expect(await claimAll()).toEqual([])
  const { massZero, states, oldestWaiting } = await readSyncStatus(suite.db, accountId('UK'))
  expect(massZero).toMatchObject({ count: 60 })
  expect(states.get('waiting')).toBe(60)
  expect(oldestWaiting).toMatchObject({ lane: 'to_zero', blockedBy: 'MASS_ZERO' })

  const confirm = (confirmation: string) =>
    suite.db.transaction().execute((tx) => confirmMassZero(tx, deps(), { account: accountId('UK'), confirmation }))
  await expect(confirm('zeros-of-somebody-else')).rejects.toBeInstanceOf(RefusalError)
  expect(await claimAll()).toEqual([])

  expect(await confirm(massZero?.confirmation ?? '')).toEqual({ released: 60 })
  const sends = await claimAll()
  expect(sends).toHaveLength(60)
  expect(new Set(sends.map(({ quantity, lane }) => `${quantity} ${lane}`))).toEqual(new Set(['0 to_zero']))
  expect((await readSyncStatus(suite.db, accountId('UK'))).massZero).toBeUndefined()
})

test('as many as 50 zeros pass, and so does any number of them that stock brought about', async () => {
  const few = await givenSelling('DE', 50)
  await changeSetting('DE', few)
  expect(await claimAll()).toHaveLength(50)

  const many = await givenSelling('FR', 60)
  await takeInAvailability(
    deps(),
    many.map((sku) => anItemChange(sku, { available: 0, version: 2, cause: aCause('stock_set') })),
  )
  expect(await claimAll()).toHaveLength(60)
  expect((await readSyncStatus(suite.db, accountId('FR'))).massZero).toBeUndefined()
})

test('a held zero whose listing is to sell again is not held any more', async () => {
  const skus = await givenSelling('US', 60)
  await changeSetting('US', skus)
  expect(await claimAll()).toEqual([])

  await suite.db.transaction().execute(async (tx) => {
    await sql`update account set max_listed = null where id = ${accountId('US')}`.execute(tx)
    await queueRecomputeOfAccount(tx, accountId('US'), aCause('setting_changed', { note: 'max_listed' }))
  })
  await suite.db
    .transaction()
    .execute((tx) =>
      recomputeGroups(tx, deps(), { groupIds: skus.map(groupId), causeOf: () => aCause('unused'), salesMoved: false }),
    )

  expect((await readSyncStatus(suite.db, accountId('US'))).massZero).toBeUndefined()
  expect(await claimAll()).toEqual([])
})
