import { nextSlotAt, refilled } from '@lockstep/pacing/bucket'
import { type Kysely, sql, type Transaction } from 'kysely'
import { bucketOf, type BucketRow, here } from './bucket-row.ts'
import type { ChannelDb } from './database.ts'
import type { BucketName } from './rate-buckets.ts'

/** A bucket and what emptying it costs. */
export interface Drain extends BucketName {
  /** Tokens that are thrown away. */
  tokens: number
  /** From then until its next token. */
  waitMs: number
}

type TimedRow = BucketRow & { now_ms: number }

const nowMs = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::double precision`

/** What emptying the buckets of these scopes would cost; at most 200 of them. */
export async function foreseeDrain(db: Kysely<ChannelDb>, scopes: readonly string[]): Promise<Drain[]> {
  const { rows } = await sql<TimedRow>`
    select *, ${nowMs} as now_ms from rate_bucket where scope = any(${[...scopes]}::text[])
     order by level, operation limit 200`.execute(db)
  return rows.map(drainOf)
}

/** Empties the buckets of these scopes: the next token of each is earned from now on. Locks their rows in the order of their keys. */
export async function drainScopes(tx: Transaction<ChannelDb>, scopes: readonly string[]): Promise<Drain[]> {
  const { rows } = await sql<TimedRow>`
    select *, ${nowMs} as now_ms from rate_bucket where scope = any(${[...scopes]}::text[])
     order by key for update`.execute(tx)
  await drainKeys(
    tx,
    rows.map(({ key }) => key),
  )
  return rows.map(drainOf)
}

/** Empties these buckets. */
export async function drainKeys(db: Kysely<ChannelDb>, keys: readonly string[]): Promise<void> {
  await sql`
    update rate_bucket set tokens = 0, counted_ms = greatest(counted_ms, ${nowMs}), place = ${here}
     where key = any(${[...keys]}::text[])`.execute(db)
}

function drainOf(row: TimedRow): Drain {
  const { level, scope, operation } = row
  const full = refilled(bucketOf(row), row.now_ms)
  return { level, scope, operation, tokens: full.level, waitMs: nextSlotAt({ ...full, level: 0 }, full.at) - full.at }
}
