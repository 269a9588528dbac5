import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createSuiteDatabase, type SuiteDatabase } from '@lockstep/testkit/suite-database'
import { sql, type Kysely } from 'kysely'
import { openDatabase } from './database.ts'
import { answerNew } from './idempotency-batch.ts'
import { answerOnce, IdempotencyConflictError, type KeyedCommand } from './idempotency.ts'
import { platformMigrations } from './migrate.ts'
import type { PlatformTables } from './platform-tables.ts'

let suite: SuiteDatabase
let db: Kysely<PlatformTables>

beforeAll(async () => {
  suite = await createSuiteDatabase({ migrations: platformMigrations, name: 'idempotency-batch' })
  db = openDatabase<PlatformTables>({ url: suite.url, applicationName: 'idempotency-batch-test' })
  await sql`create table effect (name text not null)`.execute(db)
})
afterAll(async () => {
  await db.destroy()
  await suite[Symbol.asyncDispose]()
})

const asking = (key: string, request = 'five'): KeyedCommand => ({ key, method: 'Reserve', request })

/** Each command that is run leaves a row; those that ask for nothing are refused. */
function together(commands: readonly KeyedCommand[]): Promise<(object | undefined)[]> {
  return db.transaction().execute(async (tx) => {
    const answers = await answerNew<PlatformTables, KeyedCommand, { said: unknown }>(tx, commands, async (fresh) => {
      const served = fresh.filter(({ request }) => request !== 'nothing')
      for (const { key } of served) await sql`insert into effect values (${key})`.execute(tx)
      return new Map(served.map((command) => [command, { said: command.request }]))
    })
    return commands.map((command) => answers.get(command))
  })
}

const alone = (command: KeyedCommand): Promise<unknown> =>
  db.transaction().execute((tx) => answerOnce(tx, command, () => Promise.resolve({ said: 'anew' })))

async function effectsOf(keys: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from effect where name = any(${[...keys]}::text[]) order by name`.execute(db)
  return rows.map(({ name }) => name)
}

test('[R09] each new key is run and its answer kept; one that was used before, or comes twice, is left to whoever asks alone', async () => {
  await alone(asking('known'))

  const answers = await together([asking('b', 'two'), asking('known'), asking('a'), asking('b', 'three')])

  expect(answers).toEqual([{ said: 'two' }, undefined, { said: 'five' }, undefined])
  expect(await effectsOf(['a', 'b', 'known'])).toEqual(['a', 'b'])
  expect(await alone(asking('b', 'two'))).toEqual({ said: 'two' })
  await expect(alone(asking('b', 'three'))).rejects.toThrow(IdempotencyConflictError)
})

test('[R09] the key of one that is refused stays free, and those beside it are kept', async () => {
  const answers = await together([asking('refused', 'nothing'), asking('served')])

  expect(answers).toEqual([undefined, { said: 'five' }])
  expect(await alone(asking('refused', 'something else'))).toEqual({ said: 'anew' })
  expect(await alone(asking('served'))).toEqual({ said: 'five' })
})

test('transactions with the same keys in another order wait for each other, and each key has one effect', async () => {
  const keys = Array.from({ length: 20 }, (_, index) => `shared-${index}`)
  const commands = keys.map((key) => asking(key))

  const rounds = await Promise.all([commands, commands.toReversed(), commands, commands.toReversed()].map(together))

  expect(rounds.flat().filter((answer) => answer !== undefined)).toHaveLength(keys.length)
  expect(await effectsOf(keys)).toEqual(keys.toSorted())
})

test('commands that are rolled back leave their keys free', async () => {
  const failing = db
    .transaction()
    .execute((tx) => answerNew(tx, [asking('rolled-back')], () => Promise.reject(new Error('no disk'))))

  await expect(failing).rejects.toThrow('no disk')
  expect(await alone(asking('rolled-back'))).toEqual({ said: 'anew' })
})
