import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createSuiteDatabase, type SuiteDatabase } from '@lockstep/testkit/suite-database'
import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { openDatabase } from './database.ts'
import { DatabaseUnreachableError, isTransient } from './errors.ts'
import { tidyUp } from './housekeeping.ts'
import { migrate, platformMigrations, SchemaBehindError, waitForSchema } from './migrate.ts'
import type { PlatformTables } from './platform-tables.ts'

let suite: SuiteDatabase
let db: Kysely<PlatformTables>

beforeEach(async () => {
  suite = await createSuiteDatabase({ migrations: {}, name: 'migrate' })
  db = openDatabase<PlatformTables>({ url: suite.url, applicationName: 'migrate-test' })
})
afterEach(async () => {
  await db.destroy()
  await suite[Symbol.asyncDispose]()
})

const creating = (table: string): Migration => ({
  up: async (tx: Kysely<unknown>) => void (await sql`create table ${sql.table(table)} (id int)`.execute(tx)),
})
const failing: Migration = { up: async (tx: Kysely<unknown>) => void (await sql`select 1 / 0`.execute(tx)) }

async function applied(): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  return rows.map((row) => row.name)
}

test('replicas that start at once migrate once', async () => {
  const migrations = {
    ...platformMigrations,
    '20261121T1000-create-a': creating('a'),
    '20261121T1100-create-b': creating('b'),
  }
  await Promise.all(Array.from({ length: 4 }, () => migrate(db, migrations)))
  await migrate(db, migrations)

  expect(await applied()).toEqual(Object.keys(migrations).toSorted())
})

test('a migration that fails leaves the whole ones before it and can be run again', async () => {
  await expect(migrate(db, { '1-a': creating('a'), '2-b': failing, '3-c': creating('c') })).rejects.toThrow(
    'division by zero',
  )
  expect(await applied()).toEqual(['1-a'])

  await migrate(db, { '1-a': creating('a'), '2-b': creating('b'), '3-c': creating('c') })
  expect(await applied()).toEqual(['1-a', '2-b', '3-c'])
})

test('the previous release starts on a schema that a newer one has extended', async () => {
  await migrate(db, { '1-a': creating('a'), '2-new': creating('b') })
  await migrate(db, { '1-a': creating('a') })
  expect(await applied()).toEqual(['1-a', '2-new'])
})

test('a process that does not migrate waits for the one that does, and says what is missing', async () => {
  await expect(waitForSchema(db, ['1-a'], { withinMs: 200 })).rejects.toThrow(SchemaBehindError)

  const waiting = waitForSchema(db, ['1-a'], { withinMs: 20_000 })
  await migrate(db, { '1-a': creating('a') })
  await waiting
  expect(await applied()).toEqual(['1-a'])
})

test('old rows are removed in slices; events that were never published stay', async () => {
  await migrate(db, platformMigrations)
  await sql`
    insert into outbox (id, subject, payload, created_at, published_at)
    select 'old_' || n, 's', '{}', now() - interval '8 days', now() - interval '8 days' from generate_series(1, 25) n`.execute(
    db,
  )
  await sql`insert into outbox (id, subject, payload, created_at) values ('unpublished', 's', '{}', now() - interval '30 days')`.execute(
    db,
  )
  await sql`insert into outbox (id, subject, payload, published_at) values ('recent', 's', '{}', now())`.execute(db)
  await sql`insert into inbox (durable, message_id, received_at) values ('d', 'old', now() - interval '16 days'), ('d', 'kept', now() - interval '14 days')`.execute(
    db,
  )
  await sql`
    insert into idempotency_answer (method, key, request_hash, created_at)
    values ('m', 'old', '', now() - interval '8 days'), ('m', 'kept', '', now() - interval '6 days')`.execute(db)

  expect(await tidyUp(db, { slice: 10 })).toBe(27)

  const { rows } = await sql<{ id: string }>`
    select id from outbox union all select message_id from inbox union all select key from idempotency_answer order by 1`.execute(
    db,
  )
  expect(rows.map((row) => row.id)).toEqual(['kept', 'kept', 'recent', 'unpublished'])
})

test('64-bit integers come as exact numbers, and one that would lose digits throws', async () => {
  const { rows } = await sql<{ n: number }>`select 9007199254740991::bigint as n`.execute(db)
  expect(rows[0]?.n).toBe(Number.MAX_SAFE_INTEGER)
  await expect(sql`select 9007199254740993::bigint as n`.execute(db)).rejects.toThrow('9007199254740993')
})

test('[R17] an unreachable server, an ended session and a lock that cannot be had are transient; a wrong statement is not', async () => {
  await using nowhere = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'x' })
  const unreachable = await errorOf(sql`select 1`.execute(nowhere))
  expect(unreachable).toBeInstanceOf(DatabaseUnreachableError)
  const ended = await errorOf(sql`select pg_terminate_backend(pg_backend_pid())`.execute(db))
  const cancelled = await errorOf(sql`select pg_cancel_backend(pg_backend_pid()), pg_sleep(5)`.execute(db))
  const wrong = await errorOf(sql`select nothing`.execute(db))

  expect([unreachable, ended, cancelled, wrong].map(isTransient)).toEqual([true, true, true, false])
})

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => new Error('nothing went wrong'),
    (error: unknown) => error,
  )
}
