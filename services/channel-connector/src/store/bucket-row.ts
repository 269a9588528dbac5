import type { Bucket } from '@lockstep/pacing/bucket'
import { type Selectable, sql } from 'kysely'
import type { RateBucketTable } from './account-tables.ts'

/** A row of rate_bucket. */
export type BucketRow = Selectable<RateBucketTable>

/** Buckets that refill slower than this are slow: a single token of theirs is worth a second and more of waiting. */
export const slowBelowRate = 1

/**
 * The database that counts: its identity and its timeline. Restored elsewhere it has another identity; restored to an earlier time, or promoted
 * from a standby, another timeline.
 */
export const here = sql<string>`(select system_identifier::text from pg_control_system()) || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)`

/** The bucket that a row holds. */
export function bucketOf(row: BucketRow): Bucket {
  const { probe_gap_ms: gapMs, probe_next_ms: nextAt, rising_rate: risingRate, rising_replies: replies } = row
  return {
    rate: row.rate,
    burst: row.burst,
    workingRate: row.working_rate,
    workingBurst: row.working_burst,
    level: row.tokens,
    at: row.counted_ms,
    learnedFrom: row.learned_from,
    slowedBy: row.slowed_by,
    slowedAt: row.slowed_ms,
    throttledAt: row.throttled_ms,
    throttledInARow: row.throttled_in_a_row,
    probe: gapMs !== null && nextAt !== null ? { gapMs, nextAt } : null,
    rising: risingRate !== null && replies !== null ? { rate: risingRate, replies } : null,
    taken: row.taken,
    margin: { jitterMs: row.jitter_ms, epsilon: row.epsilon },
  }
}

/** A bucket as its row holds it. */
export function columnsOf(bucket: Bucket) {
  return {
    rate: bucket.rate,
    burst: bucket.burst,
    working_rate: bucket.workingRate,
    working_burst: bucket.workingBurst,
    tokens: bucket.level,
    counted_ms: bucket.at,
    learned_from: bucket.learnedFrom,
    slowed_by: bucket.slowedBy,
    slowed_ms: bucket.slowedAt,
    throttled_ms: bucket.throttledAt,
    throttled_in_a_row: bucket.throttledInARow,
    probe_gap_ms: bucket.probe?.gapMs ?? null,
    probe_next_ms: bucket.probe?.nextAt ?? null,
    rising_rate: bucket.rising?.rate ?? null,
    rising_replies: bucket.rising?.replies ?? null,
    taken: bucket.taken,
    jitter_ms: bucket.margin.jitterMs,
    epsilon: bucket.margin.epsilon,
  }
}
