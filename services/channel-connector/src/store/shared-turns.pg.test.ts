import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openDatabase } from '@lockstep/postgres/database'
import { createSuiteDatabase, type SuiteDatabase } from '@lockstep/testkit/suite-database'
import { type Kysely, sql } from 'kysely'
import { migrations } from '../migrations/all-migrations.ts'
import type { ChannelDb } from './database.ts'
import { type BucketDefinition, bucketKey, changeBucket, ensureBuckets } from './rate-buckets.ts'
import { takeTurns } from './shared-turns.ts'

let suite: SuiteDatabase
let db: Kysely<ChannelDb>

beforeAll(async () => {
  suite = await createSuiteDatabase({ migrations, name: 'channel-connector' })
  db = openDatabase({ url: suite.url, applicationName: 'test' })
})
afterAll(async () => {
  await db.destroy()
  await suite[Symbol.asyncDispose]()
})

let made = 0

/** A shared bucket that earns next to nothing by itself. */
async function givenBucket(tokens: number) {
  made += 1
  const limit = { rate: 0.001, burst: 10 }
  const bucket: BucketDefinition = {
    level: 'application',
    scope: `app_${made}`,
    operation: 'patchListingsItem',
    limit,
  }
  await ensureBuckets(db, [bucket])
  const hold = async (level: number): Promise<void> => {
    await changeBucket(db, bucketKey(bucket), (known) => ({ bucket: { ...known, level } }))
  }
  await hold(tokens)
  const ask = async (askedBy: string, connectionIds: readonly string[]): Promise<string[]> => {
    const wanted = connectionIds.map((connectionId) => ({ connectionId, want: 1, uncounted: 0 }))
    const { given } = await takeTurns(db, { key: bucketKey(bucket), most: 5, askedBy, wanted })
    return [...given.keys()]
  }
  const rows = async (): Promise<{ connection_id: string; xmin: string }[]> => {
    const found = await sql<{ connection_id: string; xmin: string }>`
      select connection_id, xmin::text as xmin from shared_turn where key = ${bucketKey(bucket)} order by connection_id`.execute(
      db,
    )
    return found.rows
  }
  return { hold, ask, rows }
}

test('[S003-36] a connection that does not ask any more keeps no token from the others of its process', async () => {
  const bucket = await givenBucket(0)
  expect(await bucket.ask('one', ['con_away'])).toEqual([])
  expect(await bucket.ask('one', ['con_here'])).toEqual([])
  await bucket.hold(1.5)

  expect(await bucket.ask('one', ['con_here'])).toEqual(['con_here'])
})

test('[S003-36] the token of a connection that asks in another process is left for it', async () => {
  const bucket = await givenBucket(0)
  expect(await bucket.ask('two', ['con_away'])).toEqual([])
  expect(await bucket.ask('one', ['con_here'])).toEqual([])
  await bucket.hold(1.5)

  expect(await bucket.ask('one', ['con_here'])).toEqual([])
  expect(await bucket.ask('two', ['con_away'])).toEqual(['con_away'])
})

test('[S003-36] who comes back in a moment is served before those that had more meanwhile', async () => {
  const bucket = await givenBucket(0)
  await bucket.ask('one', ['con_away', 'con_here'])
  await bucket.hold(1.5)
  await bucket.ask('one', ['con_here'])
  await bucket.hold(1.5)

  expect(await bucket.ask('one', ['con_here', 'con_away'])).toEqual(['con_away'])
})

test('[S003-36] rows of connections that get nothing and want the same are not written again', async () => {
  const bucket = await givenBucket(0)
  await bucket.ask('one', ['con_a', 'con_b', 'con_c'])
  const before = await bucket.rows()
  await bucket.hold(1.5)

  expect(await bucket.ask('one', ['con_a', 'con_b', 'con_c'])).toEqual(['con_a'])

  const changed = (await bucket.rows()).filter(({ xmin }, place) => xmin !== before[place]?.xmin)
  expect(changed.map(({ connection_id: id }) => id)).toEqual(['con_a'])
})
