import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { eventually } from '@lockstep/testkit/eventually'
import { sql, type Transaction } from 'kysely'
import { pino } from 'pino'

import {
  accountId,
  anItemChange,
  givenAccounts,
  givenListings,
  groupId,
  pipelineDatabase,
} from '../../test/pipeline-fixtures.ts'
import { claimGroups } from '../commands/claim-groups.ts'
import { linkListing } from '../commands/link-listing.ts'
import { takeInAvailability } from '../commands/take-in-availability.ts'
import { updateAccountSettings } from '../commands/update-account-settings.ts'
import type { SettingsChange } from '../domain/account-settings.ts'
import type { ChannelDb } from '../store/database.ts'
import { judgeZeros } from '../store/mass-zeros.ts'
import { dropMarks, listMarks } from '../store/recompute-marks.ts'
import { computeSlice, type Walk } from './recompute-loop.ts'

let suite: Awaited<ReturnType<typeof pipelineDatabase>>
beforeAll(async () => {
  suite = await pipelineDatabase('recompute-loop')
})
afterEach(async () => {
  await sql`
    truncate connection, account, account_location, location, sku_group, listing, rule_change, group_state, recompute_mark, member_state,
             computation, chain_entry, availability, availability_wanted, mass_zero, account_orders cascade`.execute(
    suite.db,
  )
})
afterAll(async () => {
  await suite[Symbol.asyncDispose]()
})

const deps = () => ({
  db: suite.db,
  ids: systemIds,
  log: pino({ level: 'silent' }),
  poke: () => undefined,
  zerosSharePercent: 100,
})
const newWalk = (): Walk => ({ after: '', oneByOne: 0 })

/** SKUs of an account of its own at 100 each, computed; their groups' ids are in the same order. */
async function givenMany(count: number): Promise<string[]> {
  const skus = Array.from({ length: count }, (_, i) => `MANY-${String(i).padStart(3, '0')}`)
  await givenAccounts(suite.db, [{ marketplace: 'UK' }])
  await givenListings(
    suite.db,
    skus.map((sku) => ({ sku })),
  )
  await stock(skus, { available: 100, version: 1 })
  await computeAll()
  return skus
}

async function stock(skus: readonly string[], figure: { available: number; version: number }): Promise<void> {
  await takeInAvailability(
    deps(),
    skus.map((sku) => anItemChange(sku, figure)),
  )
}

async function computeAll(walk = newWalk()): Promise<void> {
  while ((await computeSlice(deps(), walk)) > 0);
}

async function change(settings: SettingsChange): Promise<void> {
  await suite.db.transaction().execute((tx) => changeIn(tx, settings))
}

async function changeIn(tx: Transaction<ChannelDb>, settings: SettingsChange): Promise<void> {
  const command = { account: accountId('UK'), confirmation: '', zerosConfirmation: '', actor: 'test' }
  await updateAccountSettings(tx, deps(), { ...command, change: settings })
}

async function link(sku: string): Promise<void> {
  const command = { account: accountId('UK'), channelSku: sku, item: { id: `itm_${sku}`, sku }, actor: 'test' }
  await suite.db.transaction().execute((tx) => linkListing(tx, deps(), command))
}

/** What is wanted of each SKU, in the order of SKUs. */
async function wanted(): Promise<(number | null)[]> {
  const rows = await suite.db
    .selectFrom('group_state')
    .select('desired_quantity')
    .where('channel_sku', 'like', 'MANY-%')
    .orderBy('channel_sku')
    .execute()
  return rows.map((row) => row.desired_quantity)
}

async function wantedOf(sku: string): Promise<{ quantity: number | null; cause: string | undefined }> {
  const row = await suite.db
    .selectFrom('group_state')
    .select(['desired_quantity', 'desired_cause'])
    .where('channel_sku', '=', sku)
    .executeTakeFirstOrThrow()
  return { quantity: row.desired_quantity, cause: row.desired_cause?.kind }
}

async function marks(): Promise<number> {
  return (await suite.db.selectFrom('recompute_mark').select('group_id').execute()).length
}

const times = (count: number, number: number): number[] => Array.from({ length: count }, () => number)

test('[R13] settings that change again while the numbers are walked: the walk goes on where it was, and all end by the newest', async () => {
  await givenMany(450)
  const walk = newWalk()
  await change({ stockPercentage: 50 })
  expect(await computeSlice(deps(), walk)).toBe(200)

  await change({ stockPercentage: 20 })
  expect(await computeSlice(deps(), walk)).toBe(200)
  expect(await wanted()).toEqual([...times(200, 50), ...times(200, 20), ...times(50, 100)])
  await computeAll(walk)

  expect(await wanted()).toEqual(times(450, 20))
  expect(await marks()).toBe(0)
})

test('[R13] a listing that is linked while the numbers are walked comes first, and by the new settings', async () => {
  await givenMany(250)
  await givenListings(suite.db, [{ sku: 'LATE', item: null }])
  await stock(['LATE'], { available: 40, version: 1 })
  await computeAll()
  const walk = newWalk()
  await change({ stockPercentage: 50 })
  await computeSlice(deps(), walk)

  await link('LATE')
  expect(await computeSlice(deps(), walk)).toBe(1)

  expect(await wantedOf('LATE')).toEqual({ quantity: 20, cause: 'linked' })
  await computeAll(walk)
  expect(await wanted()).toEqual(times(250, 50))
})

test('[R13] a link that is made in the same moment as a change of settings waits for it', async () => {
  await givenMany(1)
  await givenListings(suite.db, [{ sku: 'SAME-MOMENT', item: null }])
  await stock(['SAME-MOMENT'], { available: 40, version: 1 })

  const { linked } = await suite.db.transaction().execute(async (tx) => {
    await changeIn(tx, { stockPercentage: 50 })
    const begun = { linked: link('SAME-MOMENT') }
    await eventually(async () => {
      const { rows } = await sql`select from pg_locks where not granted`.execute(suite.db)
      expect(rows).not.toHaveLength(0)
    })
    await computeAll()
    return begun
  })
  await linked
  await computeAll()

  expect(await wantedOf('SAME-MOMENT')).toEqual({ quantity: 20, cause: 'linked' })
})

test('[R13] settings that change while moved stock is being computed are not lost with the mark', async () => {
  const [sku = ''] = await givenMany(1)

  const { moved } = await suite.db.transaction().execute(async (tx) => {
    await sql`lock table recompute_mark in access exclusive mode`.execute(tx)
    const begun = { moved: stock([sku], { available: 90, version: 2 }) }
    await eventually(async () => {
      const { rows } = await sql`
        select from pg_locks where not granted and relation = 'recompute_mark'::regclass`.execute(suite.db)
      expect(rows).not.toHaveLength(0)
    })
    await changeIn(tx, { stockPercentage: 50 })
    return begun
  })
  await moved
  await computeAll()

  expect(await wantedOf(sku)).toMatchObject({ quantity: 45 })
  expect(await marks()).toBe(0)
})

test('[R13] a mark that is set anew after it was listed stands', async () => {
  const [sku = ''] = await givenMany(1)
  await change({ stockPercentage: 50 })

  await suite.db.transaction().execute(async (tx) => {
    const listed = await listMarks(tx, [groupId(sku)])
    await change({ stockPercentage: 20 })
    await dropMarks(tx, listed)
  })

  expect(await marks()).toBe(1)
  await computeAll()
  expect(await wanted()).toEqual([20])
})

test('stock that moves before the walk comes by takes the mark along: the zero is the setting’s, and it is guarded until all are counted', async () => {
  const skus = await givenMany(60)
  const [first = ''] = skus
  await change({ maxListed: 0 })

  await stock([first], { available: 90, version: 2 })

  expect(await wantedOf(first)).toEqual({ quantity: 0, cause: 'setting_changed' })
  expect(await marks()).toBe(59)
  const judge = () => suite.db.transaction().execute((tx) => judgeZeros(tx, [groupId(first)]))
  expect(await judge()).toMatchObject([{ isHeld: false, isCounting: true }])
  await computeAll()
  expect(await judge()).toMatchObject([{ isHeld: true, isCounting: false }])
})

test('[T-35] one of the marked that cannot be computed is put off alone', async () => {
  const skus = await givenMany(250)
  await suite.db.updateTable('group_state').set({ pacing: '{"torn":' }).where('channel_sku', '=', 'MANY-007').execute()
  await change({ stockPercentage: 50 })

  await computeAll()

  expect(await wanted()).toEqual(skus.map((sku) => (sku === 'MANY-007' ? 100 : 50)))
  expect(await marks()).toBe(0)
  const { rows } = await sql<{ channel_sku: string; kind: string }>`
    select channel_sku, recompute_cause ->> 'kind' as kind from group_state where recompute_at > clock_timestamp()`.execute(
    suite.db,
  )
  expect(rows).toEqual([{ channel_sku: 'MANY-007', kind: 'setting_changed' }])
})

test('a number that was planned before the settings changed is computed by them before it leaves', async () => {
  const [sku = ''] = await givenMany(1)
  const now = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`
  const pacing = sql<string>`(pacing::jsonb || jsonb_build_object(
    'due', null, 'dueSince', null, 'reading', null,
    'channel', jsonb_build_object('sound', true, 'reason', null, 'receivedAt', ${now}),
    'live', jsonb_build_object('quantity', 100, 'leadTimeDays', null, 'readAt', ${now}, 'receivedAt', ${now})))::text`
  await suite.db.updateTable('group_state').set({ pacing, next_at: null }).execute()
  await stock([sku], { available: 90, version: 2 })

  await change({ stockPercentage: 50 })
  const { sends } = await claimGroups(deps(), {
    connectionId: 'con_1',
    token: 'claim-1',
    kind: 'writes',
    limit: { zeros: 5, others: 5 },
    turn: 1,
    skewMs: 0,
  })

  expect(sends).toMatchObject([{ channelSku: sku, quantity: 45 }])
  expect(await marks()).toBe(0)
})

test('nothing that reads the marks keeps a plan from when there were none', async () => {
  await givenMany(1)
  for (let round = 0; round < 30; round += 1) {
    await stock(['MANY-000'], { available: 100 + round, version: 2 + round })
    await computeAll()
  }

  const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(suite.db)
  const prepared = rows.map((row) => row.statement)

  expect(prepared.filter((statement) => statement.includes('from availability'))).not.toEqual([])
  expect(prepared.filter((statement) => statement.includes('recompute_mark'))).toEqual([])
})
