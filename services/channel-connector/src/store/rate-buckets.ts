import { type Bucket, LEARNING, type Limit, newBucket } from '@lockstep/pacing/bucket'
import { TURNS } from '@lockstep/pacing/lanes'
import type { LimitLevel } from '@lockstep/pacing/model-limits'
import { RESERVE_FROM_RATE } from '@lockstep/pacing/reserve'
import { type Kysely, sql, type Transaction } from 'kysely'
import { bucketOf, type BucketRow, columnsOf, here, slowBelowRate } from './bucket-row.ts'
import type { ChannelDb } from './database.ts'

/** Which bucket: `scope` is the connection or the application whose calls are counted together. */
export interface BucketName {
  level: LimitLevel
  scope: string
  operation: string
}

/** A bucket with its limit as documented. */
export interface BucketDefinition extends BucketName {
  limit: Limit
}

/** The key of a bucket's row. */
export function bucketKey({ level, scope, operation }: BucketName): string {
  return `${level}:${scope}:${operation}`
}

/**
 * Makes the rows that are missing, with one token each; a slow bucket that was never called through starts full, because waiting for its tokens would
 * take minutes to an hour and a 429 sets it right at once. A documented limit that a new release changed takes hold where nothing was learned.
 */
export async function ensureBuckets(db: Kysely<ChannelDb>, definitions: readonly BucketDefinition[]): Promise<void> {
  const now = sql<number>`extract(epoch from clock_timestamp()) * 1000`
  const rows = definitions.map((definition) => {
    // The instants are filled in by the database; everything else is as a new bucket has it.
    const { counted_ms: _counted, slowed_ms: _slowed, ...columns } = columnsOf(newBucket(definition.limit, 0))
    const { level, scope, operation } = definition
    const tokens = columns.rate < slowBelowRate ? tokensOfSlow(definition, columns.working_burst) : columns.tokens
    const born = { counted_ms: now, slowed_ms: now, place: here }
    return { key: bucketKey(definition), level, scope, operation, ...columns, tokens, ...born }
  })
  await db
    .insertInto('rate_bucket')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet((eb) => ({
          rate: eb.ref('excluded.rate'),
          burst: eb.ref('excluded.burst'),
          working_rate: eb.ref('excluded.working_rate'),
          working_burst: eb.ref('excluded.working_burst'),
          tokens: eb.fn<number>('least', ['rate_bucket.tokens', 'excluded.working_burst']),
        }))
        .where('rate_bucket.learned_from', '=', 'model')
        .where(sql<boolean>`(rate_bucket.rate, rate_bucket.burst) is distinct from (excluded.rate, excluded.burst)`),
    )
    .execute()
}

/** Full, unless the log of calls shows that the row was lost: then nobody knows what was used. */
function tokensOfSlow({ level, scope, operation }: BucketName, workingBurst: number) {
  const called = level === 'feed_type' ? 'createFeed' : operation
  return sql<number>`
    case when exists (select from api_call where (connection_id = ${scope} or application = ${scope}) and operation = ${called})
         then 1 else ${workingBurst}::double precision end`
}

/** How many tokens are wanted of a bucket; at least one is needed. */
export interface SlotRequest {
  key: string
  want: number
  /** The share of its tokens, but one, that stays for others; a slow bucket keeps none. */
  leave?: number
  /** The same for the first token when the turn is open to all lanes; as `leave` when absent. */
  leaveOnOpenTurn?: number
}

/** What was taken of one bucket. */
export interface SlotAnswer {
  key: string
  taken: number
  /** The bucket afterwards; `at` is the database's now. */
  bucket: Bucket
}

/** What a question brought: tokens of each bucket, or of none. `askedAtMs`, by the process's steady clock, is before they were taken. */
export interface SlotsTaken {
  granted: boolean
  slots: SlotAnswer[]
  askedAtMs: number
}

/**
 * Takes as many tokens from each of the buckets or none of any, in one statement, by the database's clock, which never moves back for a bucket.
 * Rows are locked in the order of their keys and only for this statement. The commit of a fast bucket does not wait for the disk; what a crash of the
 * server may lose of it is made up for: counted before the server started, it has one token at most. A slow bucket waits for the disk and keeps its tokens.
 * A bucket that was counted in another database is empty: nobody knows what was used since. The arithmetic is that of `take` in the pacing
 * package, which a test holds it to.
 */
export async function takeSlots(db: Kysely<ChannelDb>, requests: readonly SlotRequest[]): Promise<SlotsTaken> {
  // With a connection in hand nothing is queued any more between the question and its answer.
  return db.connection().execute((connected) => takeAll(connected, requests))
}

async function takeAll(db: Kysely<ChannelDb>, requests: readonly SlotRequest[]): Promise<SlotsTaken> {
  const askedAtMs = performance.now()
  const keys = requests.map((request) => request.key)
  const wants = requests.map((request) => request.want)
  const leaves = requests.map((request) => request.leave ?? 0)
  const openLeaves = requests.map((request) => request.leaveOnOpenTurn ?? request.leave ?? 0)
  const { rows } = await sql<SlotRow>`
    with held as materialized (
      select b.*, asked.want, asked.leave * ${keptTokens} as leave, spot.here,
             case when b.taken % ${sql.lit(TURNS)} = ${sql.lit(TURNS - 1)} then asked.open_leave else asked.leave end * ${keptTokens} as first_leave
        from rate_bucket b
        join unnest(${keys}::text[], ${wants}::int[], ${leaves}::float8[], ${openLeaves}::float8[]) as asked (key, want, leave, open_leave) on asked.key = b.key
       cross join (select ${here} as here) spot
       order by b.key for update of b
    ), timed as materialized (
      select held.*, coalesce(place <> here, false) as moved,
             greatest(counted_ms, extract(epoch from clock_timestamp()) * 1000)::double precision as now_ms,
             set_config('synchronous_commit', case when min(rate) over () < ${sql.lit(slowBelowRate)} then 'on' else 'off' end, true)
        from held
    ), filled as materialized (
      select timed.*, case when moved then 0 else least(working_burst, ${startLevel} + working_rate / 1000 * greatest(0, now_ms - counted_ms - ${lostMs})) end as full_tokens
        from timed
    ), decided as materialized (
      select filled.*, (select bool_and(full_tokens >= 1 + first_leave and coalesce(now_ms >= probe_next_ms, true)) and count(*) = ${keys.length} from filled) as granted
        from filled
    ), counted as materialized (
      select decided.*,
             case when granted then min(case when probe_gap_ms is not null then 1 else least(want, greatest(1, floor(full_tokens - leave)))::int end) over () else 0 end as given
        from decided
    ), saved as (
      update rate_bucket b
         set tokens = c.full_tokens - c.given, counted_ms = c.now_ms, taken = b.taken + c.given, place = c.here,
             probe_next_ms = case when c.granted then c.now_ms + c.probe_gap_ms else b.probe_next_ms end
        from counted c
       where b.key = c.key and (c.granted or c.moved)
    )
    select *, full_tokens - given as left_tokens from counted`.execute(db)
  const slots = rows.map((row) => ({ key: row.key, taken: row.given, bucket: bucketAfter(row) }))
  return { granted: rows.length > 0 && rows.every((row) => row.granted), slots, askedAtMs }
}

type SlotRow = BucketRow & { now_ms: number; moved: boolean; granted: boolean; given: number; left_tokens: number }

/** Tokens that may be kept back for the urgent: all but one of a bucket that is not slow. */
const keptTokens = sql`(case when b.rate < ${sql.lit(RESERVE_FROM_RATE)} then 0 else b.working_burst - 1 end)`

const startLevel = sql`case when rate >= ${sql.lit(slowBelowRate)} and counted_ms < extract(epoch from pg_postmaster_start_time()) * 1000 then least(tokens, 1) else tokens end`

// exp() of a very negative number is an error in Postgres, hence the bound.
const decay = (instant: ReturnType<typeof sql>) =>
  sql`exp(-least(500, greatest(0, ${instant} - slowed_ms) / ${sql.lit(LEARNING.recoveryMs)}))`
const lostMs = sql`slowed_by * ${sql.lit(LEARNING.recoveryMs)} * (${decay(sql`counted_ms`)} - ${decay(sql`now_ms`)})`

function bucketAfter(row: SlotRow): Bucket {
  const bucket = bucketOf(row)
  const probe =
    bucket.probe && row.granted ? { ...bucket.probe, nextAt: row.now_ms + bucket.probe.gapMs } : bucket.probe
  return { ...bucket, level: row.left_tokens, at: row.now_ms, taken: bucket.taken + row.given, probe }
}

/** Changes a bucket by what was learned, under its lock. `learn` gets the bucket and the database's now, and answers the bucket to keep. */
export async function changeBucket<T extends { bucket: Bucket }>(
  db: Kysely<ChannelDb>,
  key: string,
  learn: (bucket: Bucket, nowMs: number) => T,
): Promise<T | undefined> {
  return db.transaction().execute(async (tx) => {
    const held = await lockBucket(tx, key)
    if (!held) return undefined
    const learned = learn(bucketOf(held), Math.max(held.now_ms, held.counted_ms))
    await tx.updateTable('rate_bucket').set(columnsOf(learned.bucket)).where('key', '=', key).execute()
    return learned
  })
}

/** Locks a bucket's row until the transaction ends and reads it with the database's time; undefined when there is none. */
export async function lockBucket(
  tx: Transaction<ChannelDb>,
  key: string,
): Promise<(BucketRow & { now_ms: number }) | undefined> {
  await sql`select from rate_bucket where key = ${key} for update`.execute(tx)
  return tx
    .selectFrom('rate_bucket')
    .selectAll()
    .select(sql<number>`(extract(epoch from clock_timestamp()) * 1000)::double precision`.as('now_ms'))
    .where('key', '=', key)
    .executeTakeFirst()
}

/** A bucket as it stands, with the database's now. */
export interface BucketView extends BucketName {
  bucket: Bucket
  nowMs: number
}

/** The buckets of these scopes, by level and operation, at most 200. */
export async function listBuckets(db: Kysely<ChannelDb>, scopes: readonly string[]): Promise<BucketView[]> {
  const rows = await db
    .selectFrom('rate_bucket')
    .selectAll()
    .select(sql<number>`(extract(epoch from clock_timestamp()) * 1000)::double precision`.as('now_ms'))
    .where('scope', 'in', scopes)
    .orderBy('level')
    .orderBy('operation')
    .limit(200)
    .execute()
  return rows.map((row) => ({
    level: row.level,
    scope: row.scope,
    operation: row.operation,
    bucket: bucketOf(row),
    nowMs: row.now_ms,
  }))
}
