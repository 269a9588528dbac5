import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createSuiteDatabase, type SuiteDatabase } from '@lockstep/testkit/suite-database'
import { sql, type Kysely } from 'kysely'
import { openDatabase } from './database.ts'
import { firstTime, firstTimes } from './inbox.ts'
import { platformMigrations } from './migrate.ts'
import { enqueue, enqueueAll } from './outbox.ts'
import type { PlatformTables } from './platform-tables.ts'

let suite: SuiteDatabase
let db: Kysely<PlatformTables>

beforeAll(async () => {
  suite = await createSuiteDatabase({ migrations: platformMigrations, name: 'outbox' })
  db = openDatabase<PlatformTables>({ url: suite.url, applicationName: 'outbox-test' })
})
afterAll(async () => {
  await db.destroy()
  await suite[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await sql`truncate outbox, inbox`.execute(db)
})

const subject = 'evt.inventory.v1.availability.changed.-.itm_1'

test('[R05] an event exists exactly when its transaction commits', async () => {
  await db.transaction().execute((tx) => enqueue(tx, { id: 'evt_kept', subject, payload: { itemId: 'itm_1' } }))
  const rolledBack = db.transaction().execute(async (tx) => {
    await enqueue(tx, { id: 'evt_gone', subject, payload: {} })
    throw new Error('changed its mind')
  })
  await expect(rolledBack).rejects.toThrow('changed its mind')

  const rows = await db.selectFrom('outbox').selectAll().execute()
  expect(rows).toMatchObject([
    { id: 'evt_kept', subject, payload: { itemId: 'itm_1' }, published_at: null, stream_seq: null },
  ])
})

test('events of one call keep their order', async () => {
  const ids = Array.from({ length: 1_000 }, (_, number) => `evt_${number}`)
  await db.transaction().execute((tx) =>
    enqueueAll(
      tx,
      ids.map((id) => ({ id, subject, payload: { id }, traceparent: undefined })),
    ),
  )

  const rows = await db.selectFrom('outbox').select(['id', 'payload']).orderBy('seq').execute()
  expect(rows.map((row) => row.id)).toEqual(ids)
  expect(rows[999]?.payload).toEqual({ id: 'evt_999' })
})

test('an event written twice is refused, so that an id is never used for two events', async () => {
  await db.transaction().execute((tx) => enqueue(tx, { id: 'evt_1', subject, payload: {} }))
  const again = db.transaction().execute((tx) => enqueue(tx, { id: 'evt_1', subject, payload: { other: true } }))
  await expect(again).rejects.toMatchObject({ code: '23505' })
})

test('[R08] a message is new once per durable, also inside one batch', async () => {
  const first = await db.transaction().execute((tx) => firstTimes(tx, 'books', ['evt_1', 'evt_2', 'evt_1']))
  const second = await db.transaction().execute((tx) => firstTimes(tx, 'books', ['evt_2', 'evt_3']))
  const other = await db.transaction().execute((tx) => firstTime(tx, 'audit', 'evt_1'))

  expect([...first].toSorted()).toEqual(['evt_1', 'evt_2'])
  expect([...second]).toEqual(['evt_3'])
  expect(other).toBe(true)
})

test('[R08] a message whose effect rolled back is new again', async () => {
  const failed = db.transaction().execute(async (tx) => {
    await firstTime(tx, 'books', 'evt_1')
    throw new Error('effect failed')
  })
  await expect(failed).rejects.toThrow('effect failed')
  expect(await db.transaction().execute((tx) => firstTime(tx, 'books', 'evt_1'))).toBe(true)
})

test('[R08] two workers with the same messages do each effect once, whatever the order they come in', async () => {
  const ids = Array.from({ length: 50 }, (_, number) => `evt_${number}`)
  const effects: string[] = []
  const worker = (mine: string[]) => () =>
    db.transaction().execute(async (tx) => {
      effects.push(...(await firstTimes(tx, 'books', mine)))
    })
  await Promise.all([ids, ids.toReversed(), ids.toSpliced(10, 5), ids].map((mine) => worker(mine)()))

  expect(effects.toSorted()).toEqual(ids.toSorted())
})
