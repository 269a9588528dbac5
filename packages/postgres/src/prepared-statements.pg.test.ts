import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createSuiteDatabase, type SuiteDatabase } from '@lockstep/testkit/suite-database'
import { sql, type Kysely } from 'kysely'
import { openDatabase } from './database.ts'
import { platformMigrations } from './migrate.ts'

let suite: SuiteDatabase
let db: Kysely<unknown>

beforeAll(async () => {
  suite = await createSuiteDatabase({ migrations: platformMigrations, name: 'prepared' })
  db = openDatabase({ url: suite.url, applicationName: 'prepared-test', maxConnections: 1 })
  await sql`create table shelf (place integer primary key, units integer not null)`.execute(db)
  await sql`insert into shelf select place, place * 10 from generate_series(1, 100) as place`.execute(db)
})
afterAll(async () => {
  await db.destroy()
  await suite[Symbol.asyncDispose]()
})

async function prepared(like: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::integer as n from pg_prepared_statements where statement like ${`%${like}%`} and statement not like '%pg_prepared%'`.execute(
    db,
  )
  return rows[0]?.n ?? -1
}

async function unitsAt(place: number): Promise<number | undefined> {
  const { rows } = await sql<{ units: number }>`select units from shelf where place = ${place}`.execute(db)
  return rows[0]?.units
}

const addShelf = (place: number, units: number) =>
  sql`insert into shelf (place, units) values (${place}, ${units})`.execute(db)

async function times(count: number, ask: (time: number) => Promise<unknown>): Promise<void> {
  for (let time = 1; time <= count; time += 1) await ask(time)
}

test('what is asked often is prepared, and answers with the values of each time', async () => {
  await times(20, unitsAt)
  expect(await prepared('select units from shelf')).toBe(0)
  await times(10, unitsAt)
  expect(await prepared('select units from shelf')).toBe(1)
  expect(await Promise.all([1, 50, 100, 101].map(unitsAt))).toEqual([10, 500, 1_000, undefined])
})

test('texts that are another each time are not prepared', async () => {
  await times(60, (time) => sql`select ${sql.raw(String(time))} + units from shelf where place = ${1}`.execute(db))
  expect(await prepared('+ units from shelf')).toBe(0)
})

test('a statement that fails says so under its name too, and the connection stays', async () => {
  await times(30, (time) => expect(addShelf(1, time)).rejects.toMatchObject({ code: '23505' }))
  expect(await prepared('insert into shelf')).toBe(1)
})

test('a transaction that fails half-way leaves nothing, with prepared statements in it', async () => {
  const add = (place: number) =>
    db.transaction().execute(async (tx) => {
      await sql`insert into shelf (place, units) values (${place}, ${7})`.execute(tx)
      if (place > 200) throw new Error('changed its mind')
    })
  await times(30, (time) => expect(add(200 + time)).rejects.toThrow('changed its mind'))
  const { rows } = await sql`select place from shelf where place > 200`.execute(db)
  expect(rows).toEqual([])
})

test('whole rows are read as the table is now, also after a migration', async () => {
  const rows = () =>
    db
      .selectFrom('shelf' as never)
      .selectAll()
      .where('place' as never, '=', 2 as never)
      .execute()
  await times(30, rows)
  await sql`alter table shelf add column note text default 'new'`.execute(db)
  expect(await rows()).toEqual([{ place: 2, units: 20, note: 'new' }])
})

test('a plan that a migration made invalid costs one statement, not the service', async () => {
  const rows = () => sql`select s.* from shelf as s where s.place = ${3}`.execute(db)
  await times(30, rows)
  await sql`alter table shelf add column colour text`.execute(db)
  await expect(rows()).rejects.toMatchObject({ code: '0A000' })
  expect((await rows()).rows).toMatchObject([{ place: 3, colour: null }])
})

const texts = ['', 'NULL', 'null', ' ', '{}', '{a,b}', 'a,b', '"', '\\', '\\"', 'end\\', "it's", 'Käse ☕', '\n', null]

test('arrays arrive as they were given, whatever is in them', async () => {
  const { rows } = await sql`
    select ${texts}::text[] as texts, ${[1.5, -1, 0, 9_007_199_254_740_991, null]}::float8[] as numbers, ${[7n, -7n]}::integer[] as bigints,
           ${[true, false, null]}::boolean[] as flags, ${[]}::text[] as none, ${[
             ['a', '"'],
             ['c', 'd,'],
           ]}::text[][] as nested,
           ${[new Date(1_700_000_000_123)]}::timestamptz[] as dates, ${[Buffer.from([0, 255])]}::bytea[] as bytes,
           ${[Number.NaN, Infinity]}::float8[] as odd`.execute(db)

  expect(rows).toEqual([
    {
      texts,
      numbers: [1.5, -1, 0, 9_007_199_254_740_991, null],
      bigints: [7, -7],
      flags: [true, false, null],
      none: [],
      nested: [
        ['a', '"'],
        ['c', 'd,'],
      ],
      dates: [new Date(1_700_000_000_123)],
      bytes: [Buffer.from([0, 255])],
      odd: [Number.NaN, Infinity],
    },
  ])
})
