import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { newBucket } from '@lockstep/pacing/bucket'
import type { Lane } from '@lockstep/pacing/lanes'
import { openDatabase } from '@lockstep/postgres/database'
import { eventually } from '@lockstep/testkit/eventually'
import { createSuiteDatabase, type SuiteDatabase } from '@lockstep/testkit/suite-database'
import { type Kysely, sql } from 'kysely'
import { migrations } from '../../migrations/all-migrations.ts'
import type { ChannelDb } from '../../store/database.ts'
import { type BucketDefinition, bucketKey, changeBucket, ensureBuckets, listBuckets } from '../../store/rate-buckets.ts'
import { type Slot, SlotLines, type SlotWanted } from './slot-lines.ts'

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
const never = new AbortController().signal

/** A bucket of its own with `tokens` in hand. */
async function given(limit: { rate: number; burst: number }, tokens: number): Promise<BucketDefinition> {
  made += 1
  const bucket = { level: 'pair', scope: `con_${made}`, operation: 'patchListingsItem', limit } as const
  await ensureBuckets(db, [bucket])
  await changeBucket(db, bucketKey(bucket), (known) => ({ bucket: { ...known, level: tokens } }))
  return bucket
}

const wanted = (bucket: BucketDefinition, more: Partial<SlotWanted> = {}): SlotWanted => ({
  buckets: [bucket],
  lane: 'decrease',
  notAfter: new Date(Date.now() + 20_000),
  signal: never,
  ...more,
})

test('[S003-36] who waits gets a token in the order of lanes, not of arrival', async () => {
  await using lines = new SlotLines({ db })
  const bucket = await given({ rate: 10, burst: 20 }, 0)
  const order: Lane[] = []
  const join = async (lane: Lane): Promise<void> => {
    const slot = await lines.take(wanted(bucket, { lane }))
    expect(slot.kind).toBe('taken')
    order.push(lane)
  }

  await Promise.all((['content', 'increase', 'decrease', 'to_zero'] as const).map(join))

  expect(order).toEqual(['to_zero', 'decrease', 'increase', 'content'])
})

test('when no token can come in time, that is said at once and with the time there will be one', async () => {
  await using lines = new SlotLines({ db })
  const bucket = await given({ rate: 0.01, burst: 20 }, 0)
  const started = Date.now()

  const slot = await lines.take(wanted(bucket))

  expect(Date.now() - started).toBeLessThan(2_000)
  expect(slot).toEqual({ kind: 'too_late', retryAfterMs: expect.any(Number) })
  const { retryAfterMs } = slot as Extract<Slot, { kind: 'too_late' }>
  expect(retryAfterMs).toBeGreaterThan(90_000)
  expect(retryAfterMs).toBeLessThan(101_000)
})

test('the time to come back counts those who stay in line', async () => {
  await using lines = new SlotLines({ db })
  const bucket = await given({ rate: 0.5, burst: 20 }, 0)
  const stayers = [1, 2, 3].map(() => lines.take(wanted(bucket, { lane: 'to_zero' })))

  const slot = await lines.take(wanted(bucket, { notAfter: new Date(Date.now() + 500) }))

  expect(slot).toMatchObject({ kind: 'too_late' })
  const { retryAfterMs } = slot as Extract<Slot, { kind: 'too_late' }>
  expect(retryAfterMs).toBeGreaterThan(6_500)
  expect(retryAfterMs).toBeLessThan(8_500)
  await lines[Symbol.asyncDispose]()
  await Promise.all(stayers)
})

test('a line notices when its bucket learned a faster rate', async () => {
  await using lines = new SlotLines({ db })
  const bucket = await given({ rate: 0.05, burst: 20 }, 0)
  const slot = lines.take(wanted(bucket, { notAfter: new Date(Date.now() + 60_000) }))
  await changeBucket(db, bucketKey(bucket), (known) => ({ bucket: { ...known, workingRate: 50 } }))

  const started = Date.now()
  expect((await slot).kind).toBe('taken')
  expect(Date.now() - started).toBeLessThan(8_000)
})

test('who gives up leaves the line and costs no token', async () => {
  await using lines = new SlotLines({ db })
  const bucket = await given({ rate: 4, burst: 20 }, 0)
  const gone = new AbortController()

  const leaver = lines.take(wanted(bucket, { lane: 'to_zero', signal: gone.signal }))
  const stayer = lines.take(wanted(bucket))
  gone.abort()

  expect((await leaver).kind).toBe('given_up')
  expect((await stayer).kind).toBe('taken')
  expect((await listBuckets(db, [bucket.scope]))[0]?.bucket.taken).toBe(1)
  expect(await lines.take(wanted(bucket, { signal: gone.signal }))).toEqual({ kind: 'given_up' })
})

test('disposal lets nobody wait', async () => {
  const lines = new SlotLines({ db })
  const bucket = await given({ rate: 1, burst: 20 }, 0)
  const slot = lines.take(wanted(bucket))
  expect(lines.waitingFor(bucketKey(bucket))).toBe(1)

  await lines[Symbol.asyncDispose]()

  expect((await slot).kind).toBe('given_up')
  expect(await lines.take(wanted(bucket))).toEqual({ kind: 'given_up' })
})

test('a bucket whose row was lost is made again, with one token', async () => {
  await using lines = new SlotLines({ db })
  const bucket = await given({ rate: 5, burst: 20 }, 3)
  await lines.take(wanted(bucket))
  await sql`delete from rate_bucket where key = ${bucketKey(bucket)}`.execute(db)

  expect((await lines.take(wanted(bucket))).kind).toBe('taken')
})

test('[S003-36] several processes on one bucket together stay within its rate and burst', async () => {
  await using stack = new AsyncDisposableStack()
  const processes = [1, 2, 3].map(() => stack.use(new SlotLines({ db })))
  const bucket = await given({ rate: 100, burst: 40 }, 1)
  const started = Date.now()

  const slots = await Promise.all(
    Array.from(
      { length: 150 },
      (_, index) => processes[index % 3]?.take(wanted(bucket)) ?? Promise.reject(new Error()),
    ),
  )

  const taken = slots.map((slot) => (slot.kind === 'taken' ? slot.takenAtMs : Number.NaN)).toSorted((a, b) => a - b)
  // In any stretch of time no more tokens than the burst and what was earned in it.
  const widest = taken.map((at, index) => taken.slice(index).filter((later) => later <= at + 200).length)
  expect(Math.max(...widest)).toBeLessThanOrEqual(10 + 0.2 * 99.9 + 1)
  expect(Date.now() - started).toBeGreaterThan(1_300)
  expect(Date.now() - started).toBeLessThan(4_000)
})

/** A process that gets no time: nothing of it goes on meanwhile. */
function starve(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

test('[T-47] tokens that come too late are thrown away, and a process that is always late still calls', async () => {
  await using lines = new SlotLines({ db })
  const bucket = await given({ rate: 1, burst: 5 }, 4)
  const inTime: boolean[] = []

  for (let call = 0; call < 4; call += 1) {
    const slot = await lines.take(wanted(bucket))
    starve(600)
    inTime.push(slot.kind === 'taken' && slot.use())
  }

  // A token lives for 500 ms; after one that is lost the next may be later by the second in which a token comes.
  expect(inTime).toEqual([false, true, false, true])
})

test('[S003-36] the shared token of a call that came too late goes to the next connection', async () => {
  await using lines = new SlotLines({ db })
  const shared = await givenShared({ rate: 0.5, burst: 5 }, 1)
  const [late, next] = await Promise.all([given({ rate: 5, burst: 5 }, 4), given({ rate: 5, burst: 5 }, 4)])
  const slot = await lines.take(wanted(late, { buckets: [late, shared] }))
  starve(300)
  expect(slot.kind === 'taken' && slot.use()).toBe(false)

  const notAfter = new Date(Date.now() + 1_000)
  expect((await lines.take(wanted(next, { buckets: [next, shared], notAfter }))).kind).toBe('taken')
})

/** A bucket that connections share, with what it has in hand. */
async function givenShared(limit: { rate: number; burst: number }, tokens: number): Promise<BucketDefinition> {
  made += 1
  const shared = { level: 'application', scope: `app_${made}`, operation: 'patchListingsItem', limit } as const
  await ensureBuckets(db, [shared])
  await changeBucket(db, bucketKey(shared), (known) => ({ bucket: { ...known, level: tokens } }))
  return shared
}

test('an application-wide bucket is asked for slices, and counts what all connections use', async () => {
  await using lines = new SlotLines({ db })
  const shared = await givenShared({ rate: 500, burst: 500 }, 300)
  const pairs = await Promise.all([1, 2, 3].map(() => given({ rate: 100, burst: 60 }, 20)))

  await Promise.all(
    pairs.flatMap((pair) => Array.from({ length: 20 }, () => lines.take(wanted(pair, { buckets: [pair, shared] })))),
  )

  const [view] = await listBuckets(db, [shared.scope])
  expect(view?.bucket.taken).toBeGreaterThanOrEqual(60)
  expect(view?.bucket.taken).toBeLessThanOrEqual(180)
})

test('what a connection gave back of a shared bucket is used by the next, and calls one after the other all get their token', async () => {
  await using lines = new SlotLines({ db })
  const shared = await givenShared({ rate: 500, burst: 500 }, 100)
  const pairs = await Promise.all([1, 2].map(() => given({ rate: 100, burst: 60 }, 20)))

  for (let call = 0; call < 12; call += 1) {
    const pair = pairs[call % 2]
    if (pair) expect((await lines.take(wanted(pair, { buckets: [pair, shared] }))).kind).toBe('taken')
  }

  expect((await listBuckets(db, [shared.scope]))[0]?.bucket.taken).toBeLessThanOrEqual(30)
})

test('[R31] [S003-36] connections share an application-wide bucket alike, however much each asks for and in whichever process', async () => {
  await using stack = new AsyncDisposableStack()
  const processes = [1, 2].map(() => stack.use(new SlotLines({ db })))
  const shared = await givenShared({ rate: 60, burst: 60 }, 1)
  const pairs = await Promise.all(Array.from({ length: 12 }, () => given({ rate: 100, burst: 60 }, 20)))
  const served = pairs.map(() => 0)
  const ends = new AbortController()
  const signal = ends.signal
  // One connection waits in the second process alone, with a single call at a time; the others ask for thirty at once in the first.
  const asks = pairs.flatMap((pair, index) =>
    Array.from({ length: index === 0 ? 1 : 30 }, async () => {
      while (!signal.aborted) {
        const slot = await processes[index === 0 ? 1 : 0]?.take(wanted(pair, { buckets: [pair, shared], signal }))
        if (slot?.kind === 'taken') served[index] = (served[index] ?? 0) + 1
      }
    }),
  )

  await eventually(async () => expect(Math.min(...served)).toBeGreaterThanOrEqual(20), { withinMs: 30_000 })
  ends.abort()
  await Promise.all(asks)

  expect(Math.max(...served)).toBeLessThanOrEqual(Math.min(...served) + 3)
})

test.each(['sweep', 'price', 'content'] as const)(
  '[S003-36] work in lane %s takes what a full bucket would lose, and leaves the rest for those that wait in other processes',
  async (lane) => {
    await using bulk = new SlotLines({ db })
    await using other = new SlotLines({ db })
    const bucket = await given({ rate: 1, burst: 4 }, 3)

    expect((await bulk.take(wanted(bucket, { lane }))).kind).toBe('taken')
    const waits = bulk.take(wanted(bucket, { lane, notAfter: new Date(Date.now() + 400) }))
    const urgent = await Promise.all(
      (['to_zero', 'decrease'] as const).map((one) =>
        other.take(wanted(bucket, { lane: one, notAfter: new Date(Date.now() + 400) })),
      ),
    )

    expect(urgent.map(({ kind }) => kind)).toEqual(['taken', 'taken'])
    expect((await waits).kind).toBe('too_late')
  },
)

test('[S003-36] an urgent call that comes while others wait for a fuller bucket takes the token that is there', async () => {
  await using lines = new SlotLines({ db })
  const bucket = await given({ rate: 1, burst: 20 }, 5)
  const ends = new AbortController()
  const waits = lines.take(wanted(bucket, { lane: 'content', signal: ends.signal }))
  await eventually(async () => expect((await listBuckets(db, [bucket.scope]))[0]?.bucket.level).toBe(5))

  const urgent = await lines.take(wanted(bucket, { lane: 'to_zero', notAfter: new Date(Date.now() + 3_000) }))
  ends.abort()

  expect(urgent.kind).toBe('taken')
  expect((await waits).kind).toBe('given_up')
})

test('[S003-36] what waited for minutes elsewhere gets the fifth turn beside urgent calls without end', async () => {
  await using lines = new SlotLines({ db })
  const bucket = await given({ rate: 50, burst: 20 }, 0)
  const order: Lane[] = []
  const join = async (lane: Lane, waitedMs: number): Promise<void> => {
    await lines.take(wanted(bucket, { lane, waitedMs }))
    order.push(lane)
  }

  await Promise.all([
    ...Array.from({ length: 9 }, () => join('to_zero', 0)),
    join('content', 300_000),
    join('price', 59_000),
  ])

  expect(order.indexOf('content')).toBe(4)
  expect(order.indexOf('price')).toBe(10)
})

test('[S003-36] stock lanes use every call that is permitted, in however many processes they wait', async () => {
  await using stack = new AsyncDisposableStack()
  const processes = [1, 2].map(() => stack.use(new SlotLines({ db })))
  const bucket = await given({ rate: 10, burst: 40 }, 27)
  const before = await changeBucket(db, bucketKey(bucket), (known) => ({ bucket: known }))

  const slots = await Promise.all(
    processes.flatMap((lines) => Array.from({ length: 20 }, () => lines.take(wanted(bucket, { lane: 'increase' })))),
  )

  expect(slots.every((slot) => slot.kind === 'taken')).toBe(true)
  const [view] = await listBuckets(db, [bucket.scope])
  const saturated = view?.bucket ?? newBucket(bucket.limit, 0)
  const { at = 0, level = 0, workingRate = 0 } = before?.bucket ?? {}
  const permitted = level + (workingRate * (saturated.at - at)) / 1_000
  expect(saturated.taken).toBe(40)
  expect(saturated.taken + saturated.level).toBeCloseTo(permitted, 6)
})

test('[S003-36] a bucket that forgot what it gave out is drained before anybody uses it', async () => {
  await using lines = new SlotLines({ db })
  const bucket = await given({ rate: 2, burst: 40 }, 10)
  for (let call = 0; call < 3; call += 1) await lines.take(wanted(bucket))
  // As after a failover to a standby that lacked the last transactions.
  await sql`update rate_bucket set taken = 1, tokens = 30 where key = ${bucketKey(bucket)}`.execute(db)

  const started = Date.now()
  expect((await lines.take(wanted(bucket))).kind).toBe('taken')

  expect(Date.now() - started).toBeGreaterThan(300)
  expect((await listBuckets(db, [bucket.scope]))[0]?.bucket.level).toBeLessThan(3)
})

test('[R38] a clock that is set back or forward while calls wait moves nobody', async () => {
  await using lines = new SlotLines({ db })
  const bucket = await given({ rate: 2, burst: 20 }, 0)
  const waits = [1, 2].map(() => lines.take(wanted(bucket)))
  const real = Date.now.bind(Date)
  const started = performance.now()
  try {
    Date.now = () => real() - 600_000
    await waits[0]
    Date.now = () => real() + 600_000
    expect((await waits[1])?.kind).toBe('taken')
  } finally {
    Date.now = real
  }
  expect(performance.now() - started).toBeLessThan(10_000)
})
