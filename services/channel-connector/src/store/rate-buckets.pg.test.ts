import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Bucket, newBucket, onThrottled, take, takeUpTo } from '@lockstep/pacing/bucket'
import { openDatabase } from '@lockstep/postgres/database'
import { eventually } from '@lockstep/testkit/eventually'
import { createSuiteDatabase, type SuiteDatabase } from '@lockstep/testkit/suite-database'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { migrations } from '../migrations/all-migrations.ts'
import type { ChannelDb } from './database.ts'
import { drainScopes, foreseeDrain } from './drain-buckets.ts'
import { bucketKey, type BucketName, changeBucket, ensureBuckets, listBuckets, takeSlots } from './rate-buckets.ts'

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
/** A bucket of its own for each test; `shape` changes what stands in the row. */
async function given(
  limit: { rate: number; burst: number },
  shape?: (bucket: Bucket) => Partial<Bucket>,
): Promise<string> {
  made += 1
  const name: BucketName = { level: 'pair', scope: `con_${made}`, operation: 'patchListingsItem' }
  await ensureBuckets(db, [{ ...name, limit }])
  const key = bucketKey(name)
  if (shape) await changeBucket(db, key, (bucket) => ({ bucket: { ...bucket, ...shape(bucket) } }))
  return key
}

async function bucketAt(key: string): Promise<Bucket> {
  const [view] = await listBuckets(db, [key.split(':')[1] ?? ''])
  if (!view) throw new Error(`no bucket ${key}`)
  return view.bucket
}

test('a new fast bucket has one token, and the next comes at the working rate', async () => {
  const key = await given({ rate: 1, burst: 20 })

  const first = await takeSlots(db, [{ key, want: 5 }])
  const second = await takeSlots(db, [{ key, want: 1 }])

  expect(first).toMatchObject({ granted: true, slots: [{ taken: 1 }] })
  expect(second.granted).toBe(false)
  expect(second.slots[0]?.bucket.level).toBeLessThan(0.9)
})

test('a slow bucket that was never called through starts full, one whose row was lost with one token', async () => {
  const key = await given({ rate: 0.0056, burst: 20 })
  const full = await takeSlots(db, [{ key, want: 99 }])
  expect(full).toMatchObject({ granted: true, slots: [{ taken: 19 }] })

  const [, scope = '', operation = ''] = key.split(':')
  await sql`
    insert into api_call (at, connection_id, application, operation, lane, status, outcome, waited_ms, duration_ms)
    values (now(), ${scope}, 'app', ${operation}, 'sweep', 200, 'accepted', 0, 1)`.execute(db)
  await sql`delete from rate_bucket where key = ${key}`.execute(db)
  await ensureBuckets(db, [{ level: 'pair', scope, operation, limit: { rate: 0.0056, burst: 20 } }])

  expect(await takeSlots(db, [{ key, want: 99 }])).toMatchObject({ granted: true, slots: [{ taken: 1 }] })
})

test('the statement takes what the pacing package takes, whatever state the bucket is in', async () => {
  const states: ((bucket: Bucket) => Partial<Bucket>)[] = [
    (b) => ({ at: b.at - 700, level: 0.2 }),
    (b) => ({ at: b.at - 100_000, level: 0 }),
    (b) => ({ at: b.at - 3_000, level: 0, slowedBy: 0.3, slowedAt: b.at - 4_000 }),
    (b) => ({ at: b.at - 9_000, level: 0.1, slowedBy: 0.9, slowedAt: b.at - 60_000_000 }),
    (b) => ({ at: b.at - 1_000, level: 3, probe: { gapMs: 400, nextAt: b.at - 1 } }),
    (b) => ({ at: b.at - 1_000, level: 3, probe: { gapMs: 400, nextAt: b.at + 60_000 } }),
    (b) => ({ at: b.at + 60_000, level: 2.5 }),
    (b) => ({ at: b.at + 60_000, level: 0.5 }),
  ]
  for (const state of states) {
    const key = await given({ rate: 5, burst: 20 }, state)
    const before = await bucketAt(key)

    const { granted, slots } = await takeSlots(db, [{ key, want: 3 }])

    const after = slots[0]?.bucket
    const expected = takeUpTo(before, before.probe ? 1 : 3, after?.at ?? 0)
    expect({ granted, taken: slots[0]?.taken }).toEqual({ granted: expected.count > 0, taken: expected.count })
    expect(after?.at).toBe(expected.bucket.at)
    expect(after?.level).toBeCloseTo(expected.bucket.level, 6)
    expect(after?.probe).toEqual(expected.bucket.probe)
    const kept = await bucketAt(key)
    expect(take(kept, kept.at + 5_000).bucket.level).toBeCloseTo(take(expected.bucket, kept.at + 5_000).bucket.level, 6)
  }
})

test('all buckets give or none does', async () => {
  const full = await given({ rate: 0.001, burst: 20 }, () => ({ level: 4 }))
  const empty = await given({ rate: 0.001, burst: 20 }, () => ({ level: 0 }))

  const answer = await takeSlots(db, [
    { key: full, want: 1 },
    { key: empty, want: 1 },
  ])

  expect(answer.granted).toBe(false)
  expect(answer.slots.map(({ taken }) => taken)).toEqual([0, 0])
  expect((await bucketAt(full)).level).toBe(4)
})

test('a bucket that is not there gives nothing', async () => {
  expect(await takeSlots(db, [{ key: 'pair:con_none:getOrder', want: 1 }])).toMatchObject({ granted: false, slots: [] })
})

test('many takers at once never get more than the bucket had and earned', async () => {
  const key = await given({ rate: 10, burst: 40 }, () => ({ level: 20 }))
  const started = await bucketAt(key)

  const answers = await Promise.all(Array.from({ length: 200 }, () => takeSlots(db, [{ key, want: 1 }])))

  const granted = answers.filter((answer) => answer.granted).length
  const ended = await bucketAt(key)
  const earned = ((ended.at - started.at) / 1000) * 9.99
  expect(granted).toBeGreaterThanOrEqual(20)
  expect(granted).toBeLessThanOrEqual(20 + earned)
  expect(ended.taken).toBe(granted)
})

test('a row from before the server started keeps its tokens when it is slow, and one at most when it is fast', async () => {
  const million = 1_000_000
  const slow = await given({ rate: 0.0001, burst: 40 }, () => ({ level: 20 }))
  const fast = await given({ rate: 1, burst: million + 10 }, () => ({ level: million }))
  await sql`update rate_bucket set counted_ms = extract(epoch from pg_postmaster_start_time()) * 1000 - 60000 where key in (${slow}, ${fast})`.execute(
    db,
  )

  expect(await takeSlots(db, [{ key: slow, want: 20 }])).toMatchObject({ granted: true, slots: [{ taken: 20 }] })
  const ofFast = await takeSlots(db, [{ key: fast, want: million }])
  // What it earned since: the server has run for less than a week.
  expect(ofFast.slots[0]?.taken).toBeLessThan(million / 1.5)
})

test('what was learned is kept, and a changed limit of the model takes hold only where nothing was', async () => {
  const name: BucketName = { level: 'pair', scope: 'con_learn', operation: 'getOrder' }
  const key = bucketKey(name)
  await ensureBuckets(db, [{ ...name, limit: { rate: 1, burst: 9 } }])
  await ensureBuckets(db, [{ ...name, limit: { rate: 2, burst: 9 } }])
  expect((await bucketAt(key)).rate).toBe(2)

  const learned = await changeBucket(db, key, (bucket, now) => onThrottled(bucket, { now, sentAt: now }))
  await ensureBuckets(db, [{ ...name, limit: { rate: 5, burst: 9 } }])

  expect(learned?.finding).toBeNull()
  expect(await bucketAt(key)).toMatchObject({ rate: 2, learnedFrom: 'throttle', level: 0, throttledInARow: 1 })
})

test('rows are made as the pacing package makes a new bucket', async () => {
  const key = await given({ rate: 5, burst: 5 })
  const { at, slowedAt, ...rest } = await bucketAt(key)
  const { at: _at, slowedAt: _slowedAt, ...fresh } = newBucket({ rate: 5, burst: 5 }, 0)
  expect(rest).toEqual(fresh)
  expect(Math.abs(slowedAt - at)).toBeLessThan(50)
})

test('[S003-36] a bucket that was counted in another database, or before it was set back, gives nothing until it has earned it here', async () => {
  const key = await given({ rate: 50, burst: 40 }, (b) => ({ level: 20, at: b.at - 3_600_000 }))
  await sql`update rate_bucket set place = '7000000000000000000/00000001' where key = ${key}`.execute(db)

  const restored = await takeSlots(db, [{ key, want: 20 }])

  expect(restored).toMatchObject({ granted: false, slots: [{ taken: 0, bucket: { level: 0 } }] })
  await eventually(async () => expect((await takeSlots(db, [{ key, want: 1 }])).granted).toBe(true))
  expect((await bucketAt(key)).level).toBeLessThan(10)
})

test('a bucket that no release noted the place of keeps its tokens and is noted', async () => {
  const key = await given({ rate: 0.001, burst: 40 }, () => ({ level: 7 }))
  await sql`update rate_bucket set place = null where key = ${key}`.execute(db)

  expect(await takeSlots(db, [{ key, want: 7 }])).toMatchObject({ granted: true, slots: [{ taken: 7 }] })

  const { rows } = await sql<{ place: string }>`select place from rate_bucket where key = ${key}`.execute(db)
  expect(rows[0]?.place).toMatch(/^\d+\/[0-9A-F]{8}$/)
})

test('draining says what it costs, empties every bucket of the scopes and no other, and keeps what was learned', async () => {
  const limit = { rate: 0.5, burst: 20 }
  const key = await given(limit, (bucket) => ({
    ...onThrottled(bucket, { now: bucket.at, sentAt: bucket.at }).bucket,
    level: 9,
  }))
  const other = await given(limit, () => ({ level: 9 }))
  const scopes = [key.split(':')[1] ?? '']

  const foreseen = await foreseeDrain(db, scopes)
  expect((await bucketAt(key)).level).toBe(9)
  const drained = await db.transaction().execute((tx) => drainScopes(tx, scopes))

  expect(foreseen).toMatchObject([{ level: 'pair', operation: 'patchListingsItem', tokens: expect.closeTo(9, 0) }])
  expect(drained).toMatchObject([{ tokens: expect.closeTo(9, 0), waitMs: expect.any(Number) }])
  expect(drained[0]?.waitMs).toBeGreaterThan(2_000)
  expect(await bucketAt(key)).toMatchObject({ level: 0, learnedFrom: 'throttle' })
  expect((await takeSlots(db, [{ key, want: 1 }])).granted).toBe(false)
  expect((await bucketAt(other)).level).toBe(9)
})

test('[S003-36] what is to be left for others is left: a share of the tokens, but one, and nothing of a slow bucket', async () => {
  const roomy = await given({ rate: 1, burst: 40 }, () => ({ level: 21 }))
  const narrow = await given({ rate: 1, burst: 1 }, () => ({ level: 1 }))
  const slow = await given({ rate: 0.001, burst: 40 }, () => ({ level: 3 }))

  expect(await takeSlots(db, [{ key: roomy, want: 9, leave: 0.5 }])).toMatchObject({
    granted: true,
    slots: [{ taken: 2 }],
  })
  expect((await takeSlots(db, [{ key: roomy, want: 9, leave: 0.5 }])).granted).toBe(false)
  expect((await takeSlots(db, [{ key: roomy, want: 2 }])).granted).toBe(true)
  expect((await takeSlots(db, [{ key: narrow, want: 1, leave: 1 }])).granted).toBe(true)
  expect((await takeSlots(db, [{ key: slow, want: 9, leave: 1 }])).slots).toMatchObject([{ taken: 3 }])
})

test('[S003-36] on a turn that is open to all lanes one token goes to who has waited long, and no second', async () => {
  const key = await given({ rate: 1, burst: 40 }, () => ({ level: 9, taken: 4 }))
  const patient = { key, want: 9, leave: 0.5, leaveOnOpenTurn: 0 }

  expect(await takeSlots(db, [patient])).toMatchObject({ granted: true, slots: [{ taken: 1 }] })
  expect((await takeSlots(db, [patient])).granted).toBe(false)
})

test('[S003-36] of several buckets as many tokens are taken of each as the emptiest has', async () => {
  const key = await given({ rate: 0.001, burst: 40 }, () => ({ level: 9 }))
  const other = await given({ rate: 0.001, burst: 40 }, () => ({ level: 2 }))

  const { slots } = await takeSlots(
    db,
    [key, other].map((one) => ({ key: one, want: 5 })),
  )

  expect(slots.map(({ taken }) => taken)).toEqual([2, 2])
})
