import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import fc from 'fast-check'
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
import { queueRecompute } from '../store/recompute.ts'
import { recomputeGroups } from './recompute-groups.ts'
import { takeInAvailability } from './take-in-availability.ts'

let suite: Awaited<ReturnType<typeof pipelineDatabase>>
let pokes = 0

beforeAll(async () => {
  suite = await pipelineDatabase('take-in')
  await givenAccounts(suite.db, [
    { marketplace: 'UK' },
    { marketplace: 'DE', locations: ['loc_1', 'loc_2'] },
    { marketplace: 'FR', updateInventory: false },
    { marketplace: 'US', wentLive: false },
  ])
})
afterAll(async () => {
  await suite[Symbol.asyncDispose]()
})

const deps = () => ({ db: suite.db, ids: systemIds, poke: () => (pokes += 1) })

async function stored(sku: string) {
  return suite.db
    .selectFrom('group_state')
    .select(['desired_quantity', 'desired_version', 'desired_cause', 'state', 'reason', 'lane', 'recompute_at'])
    .where('group_id', '=', groupId(sku))
    .executeTakeFirstOrThrow()
}

async function gateOf(sku: string, marketplace: string) {
  const row = await suite.db
    .selectFrom('member_state')
    .select('gate')
    .where('group_id', '=', groupId(sku))
    .where('account_id', '=', accountId(marketplace))
    .executeTakeFirstOrThrow()
  return row.gate
}

const records = async (sku: string) =>
  (
    await suite.db
      .selectFrom('computation')
      .select('version')
      .where('group_id', '=', groupId(sku))
      .orderBy('id')
      .execute()
  ).map(({ version }) => version)

test('[S001-7] a change is stored and its number computed, with record, cause and lane, in one go', async () => {
  await givenListings(suite.db, [{ sku: 'ONE' }])
  pokes = 0

  await takeInAvailability(deps(), [
    anItemChange('ONE', { available: 5, version: 1, cause: aCause('stock_set', { reference: 'cmd_1' }) }),
  ])

  expect(await stored('ONE')).toMatchObject({
    desired_quantity: 5,
    desired_version: 1,
    desired_cause: { kind: 'linked' },
    state: 'waiting',
    lane: 'increase',
    recompute_at: null,
  })
  expect(pokes).toBe(1)

  await takeInAvailability(deps(), [
    anItemChange('ONE', { available: -2, version: 2, cause: aCause('order_reserved') }),
  ])
  expect(await stored('ONE')).toMatchObject({
    desired_quantity: 0,
    desired_version: 2,
    desired_cause: { kind: 'order_reserved' },
    lane: 'to_zero',
  })
  expect(await records('ONE')).toEqual([1, 2])
})

test('the same number leaves version and record alone', async () => {
  await givenListings(suite.db, [{ sku: 'SAME' }])
  await takeInAvailability(deps(), [anItemChange('SAME', { available: 5, version: 1 })])
  await takeInAvailability(deps(), [anItemChange('SAME', { available: 5, version: 2 })])

  expect(await stored('SAME')).toMatchObject({ desired_quantity: 5, desired_version: 1 })
  expect(await records('SAME')).toEqual([1])
})

test('[R08] [R13] any order and any repeats end in the newest figure, and versions never go down', async () => {
  let run = 0
  const deliveries = fc.array(
    fc.array(fc.record({ version: fc.integer({ min: 1, max: 6 }), repeats: fc.integer({ min: 1, max: 2 }) }), {
      minLength: 1,
      maxLength: 6,
    }),
    { minLength: 1, maxLength: 4 },
  )
  await fc.assert(
    fc.asyncProperty(deliveries, async (batches) => {
      run += 1
      const sku = `SHUFFLED-${run}`
      await givenListings(suite.db, [{ sku }])
      const versions: number[] = []
      for (const batch of batches) {
        const changes = batch.flatMap(({ version, repeats }) =>
          Array.from({ length: repeats }, () => anItemChange(sku, { available: version * 10, version })),
        )
        await takeInAvailability(deps(), changes)
        versions.push((await stored(sku)).desired_version)
      }
      const newest = Math.max(...batches.flat().map(({ version }) => version))
      expect((await stored(sku)).desired_quantity).toBe(newest * 10)
      expect(versions).toEqual(versions.toSorted((a, b) => a - b))
    }),
    { numRuns: 40 },
  )
})

test('unknown is not 0: a listing waits until every mapped location is known, and the missing item is asked for', async () => {
  await givenListings(suite.db, [{ sku: 'TWO', marketplace: 'DE' }])

  await takeInAvailability(deps(), [anItemChange('TWO', { available: 5, version: 1 })])
  expect(await stored('TWO')).toMatchObject({ desired_quantity: null, state: 'gated' })
  expect(await gateOf('TWO', 'DE')).toBe('stock_known')
  const wanted = await suite.db.selectFrom('availability_wanted').select('item_id').execute()
  expect(wanted.map(({ item_id }) => item_id)).toContain('itm_TWO')

  await takeInAvailability(deps(), [
    anItemChange('TWO', { available: 2, version: 1, location: 'loc_2', cause: aCause('availability_fetched') }),
  ])
  expect(await stored('TWO')).toMatchObject({ desired_quantity: 7, desired_cause: { kind: 'linked' } })
  expect(await gateOf('TWO', 'DE')).toBeNull()
})

test.each([
  ['FR', 'update_inventory'],
  ['US', 'orders_current'],
])('an account in %s gives no number while %s is closed', async (marketplace, gate) => {
  const sku = `GATED-${marketplace}`
  await givenListings(suite.db, [{ sku, marketplace }])

  await takeInAvailability(deps(), [anItemChange(sku, { available: 5, version: 1 })])

  expect(await stored(sku)).toMatchObject({ desired_quantity: null, state: 'gated', lane: null })
  expect(await gateOf(sku, marketplace)).toBe(gate)
})

test('[S000-12] [S000-15] a shared SKU gets the lowest of its numbers, and the disagreement is on record', async () => {
  await givenListings(suite.db, [
    { sku: 'SHARED', marketplace: 'UK' },
    { sku: 'SHARED', marketplace: 'DE' },
    { sku: 'SHARED', marketplace: 'FR' },
  ])
  await takeInAvailability(deps(), [
    anItemChange('SHARED', { available: 10, version: 1 }),
    anItemChange('SHARED', { available: 5, version: 1, location: 'loc_2' }),
  ])

  expect(await stored('SHARED')).toMatchObject({ desired_quantity: 10 })
  const row = await suite.db
    .selectFrom('computation')
    .select('record')
    .where('group_id', '=', groupId('SHARED'))
    .executeTakeFirstOrThrow()
  expect(row.record).toMatchObject({
    computation: {
      conflict: { kind: 'numbers', detail: 'acc_UK 10, acc_DE 15' },
      members: [
        { role: 'sends', desired: 10 },
        { role: 'sends', desired: 15 },
        { role: 'follows', reason: 'update_inventory' },
      ],
    },
  })
})

test('a mark of several changes is one computation, and the newest cause is kept', async () => {
  await givenListings(suite.db, [{ sku: 'MARKED' }])
  await takeInAvailability(deps(), [anItemChange('MARKED', { available: 5, version: 1 })])
  await sql`update account set max_listed = 3 where id = ${accountId('UK')}`.execute(suite.db)
  for (const note of ['first', 'second']) {
    await suite.db
      .transaction()
      .execute((tx) => queueRecompute(tx, [groupId('MARKED')], aCause('setting_changed', { note })))
  }

  await suite.db.transaction().execute((tx) =>
    recomputeGroups(tx, deps(), {
      groupIds: [groupId('MARKED')],
      causeOf: () => aCause('unused'),
      salesMoved: false,
    }),
  )

  expect(await stored('MARKED')).toMatchObject({
    desired_quantity: 3,
    desired_version: 2,
    desired_cause: { kind: 'setting_changed', note: 'second' },
    recompute_at: null,
  })
  await sql`update account set max_listed = null where id = ${accountId('UK')}`.execute(suite.db)
})

test('two processes that take in two locations of one item at once lose neither', async () => {
  const skus = Array.from({ length: 20 }, (_, i) => `RACE-${i}`)
  await givenListings(
    suite.db,
    skus.map((sku) => ({ sku, marketplace: 'DE' })),
  )
  for (let version = 1; version <= 5; version += 1) {
    await Promise.all(
      ['loc_1', 'loc_2'].map((location) =>
        takeInAvailability(
          deps(),
          skus.map((sku) => anItemChange(sku, { available: version, version, location })),
        ),
      ),
    )
  }

  const rows = await suite.db
    .selectFrom('group_state')
    .select('desired_quantity')
    .where('group_id', 'like', 'grp_RACE-%')
    .execute()
  expect(rows.map(({ desired_quantity }) => desired_quantity)).toEqual(skus.map(() => 10))
})

test('an item that no listing sells is stored and computes nothing', async () => {
  const moved = await takeInAvailability(deps(), [anItemChange('LONELY', { available: 5, version: 3 })])

  expect(moved).toBe(1)
  const row = await suite.db
    .selectFrom('availability')
    .select(['available', 'version'])
    .where('item_id', '=', 'itm_LONELY')
    .executeTakeFirstOrThrow()
  expect(row).toEqual({ available: 5, version: 3 })
})

test('[R08] batches that are taken in at the same time, with the same items in them, end in the newest figure of each', async () => {
  const skus = Array.from({ length: 30 }, (_, place) => `SIDE-${place}`)
  await givenListings(
    suite.db,
    skus.map((sku) => ({ sku })),
  )
  const batches = [4, 1, 6, 3, 5, 2].map((version) => {
    const changes = skus.map((sku) => anItemChange(sku, { available: 10 * version, version }))
    return version % 2 === 0 ? changes : changes.toReversed()
  })

  await Promise.all(batches.map((changes) => takeInAvailability(deps(), changes)))

  for (const sku of skus) {
    expect(await stored(sku)).toMatchObject({ desired_quantity: 60 })
    const versions = await records(sku)
    expect(versions).toEqual(versions.toSorted((a, b) => a - b))
  }
})
