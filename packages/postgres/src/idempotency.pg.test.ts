import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createSuiteDatabase, type SuiteDatabase } from '@lockstep/testkit/suite-database'
import { sql, type Kysely } from 'kysely'
import { openDatabase } from './database.ts'
import { answerOnce, IdempotencyConflictError, IdempotencyKeyError } from './idempotency.ts'
import { platformMigrations } from './migrate.ts'
import type { PlatformTables } from './platform-tables.ts'

let suite: SuiteDatabase
let db: Kysely<PlatformTables>

beforeAll(async () => {
  suite = await createSuiteDatabase({ migrations: platformMigrations, name: 'idempotency' })
  db = openDatabase<PlatformTables>({ url: suite.url, applicationName: 'idempotency-test' })
  await sql`create table effect (name text not null)`.execute(db)
})
afterAll(async () => {
  await db.destroy()
  await suite[Symbol.asyncDispose]()
})

/** A command that leaves one row behind each time it really runs. */
function command(key: string, request: string, answer: () => unknown = () => ({ said: request })): Promise<unknown> {
  return db.transaction().execute((tx) =>
    answerOnce(tx, { key, method: 'SetStock', request }, async () => {
      await sql`insert into effect values (${key})`.execute(tx)
      return answer()
    }),
  )
}

async function effectsOf(key: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from effect where name = ${key}`.execute(db)
  return rows[0]?.count ?? 0
}

test('[R09] a repeated command gets the first answer and has one effect', async () => {
  const first = await command('key-1', 'five', () => ({ available: 5, at: new Date(0) }))
  const again = await command('key-1', 'five', () => ({ available: 99 }))

  expect(first).toEqual({ available: 5, at: '1970-01-01T00:00:00.000Z' })
  expect(again).toEqual(first)
  expect(await effectsOf('key-1')).toBe(1)
})

test('[R09] bytes come back as they were', async () => {
  const bytes = Uint8Array.from([0, 255, 10])
  await command('key-bytes', 'five', () => bytes)
  expect(await command('key-bytes', 'five')).toEqual(bytes)
})

test('[R09] the same key with another request is refused and changes nothing', async () => {
  await command('key-2', 'five')
  await expect(command('key-2', 'six')).rejects.toThrow(IdempotencyConflictError)
  expect(await effectsOf('key-2')).toBe(1)
})

test('[R09] twenty repeats at once have one effect and one answer', async () => {
  let number = 0
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => command('key-3', 'five', () => ({ number: (number += 1) }))),
  )

  expect(await effectsOf('key-3')).toBe(1)
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"number":1}']))
})

test('[R09] a command that failed may be tried again with its key', async () => {
  const refusing = command('key-4', 'five', () => {
    throw new Error('refused')
  })
  await expect(refusing).rejects.toThrow('refused')

  expect(await command('key-4', 'five')).toEqual({ said: 'five' })
  expect(await effectsOf('key-4')).toBe(1)
})

test.each(['', 'k'.repeat(201)])('[R09] a key of the wrong length is refused before anything happens', async (key) => {
  await expect(command(key, 'five')).rejects.toThrow(IdempotencyKeyError)
})

test('what is stored of the request is its hash', async () => {
  await command('key-5', 'Jane Canary, 1 Canary Street', () => ({ ok: true }))
  const { rows } = await sql<{ row: string }>`select idempotency_answer::text as row from idempotency_answer`.execute(
    db,
  )
  expect(rows.map(({ row }) => row).join()).not.toContain('Canary')
})
