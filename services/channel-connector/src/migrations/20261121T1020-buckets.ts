import { type Kysely, sql } from 'kysely'

/**
 * Rate buckets shared by all replicas, and the log of calls to Amazon.
 * Instants of a bucket are epoch milliseconds by the database's clock: its arithmetic is done on them here and in the program.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  // Half-empty pages leave room for updates in place: one row per bucket changes with every call.
  await sql`
    create table rate_bucket (
      key text primary key,
      level text not null check (level in ('pair', 'application', 'feed_type', 'preview')),
      scope text not null,
      operation text not null,
      rate double precision not null check (rate > 0),
      burst double precision not null check (burst >= 1),
      working_rate double precision not null check (working_rate > 0),
      working_burst double precision not null check (working_burst >= 1),
      tokens double precision not null default 1 check (tokens >= 0),
      counted_ms double precision not null,
      learned_from text not null default 'model' check (learned_from in ('model', 'header', 'throttle')),
      slowed_by double precision not null default 0 check (slowed_by >= 0 and slowed_by < 1),
      slowed_ms double precision not null,
      throttled_ms double precision,
      throttled_in_a_row integer not null default 0,
      probe_gap_ms double precision,
      probe_next_ms double precision,
      rising_rate double precision,
      rising_replies integer,
      taken bigint not null default 0,
      jitter_ms double precision not null,
      epsilon double precision not null,
      constraint probe_is_whole check ((probe_gap_ms is null) = (probe_next_ms is null)),
      constraint rising_is_whole check ((rising_rate is null) = (rising_replies is null))
    ) with (fillfactor = 50)`.execute(db)
  await sql`
    create table api_call (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      connection_id text not null,
      application text not null,
      operation text not null,
      lane text not null,
      status integer not null,
      outcome text not null,
      throttled_level text,
      error_code text,
      request_id text,
      waited_ms integer not null,
      duration_ms integer not null
    )`.execute(db)
  await sql`create index api_call_recent on api_call (application, operation, at)`.execute(db)
  await sql`create index api_call_age on api_call (at)`.execute(db)
}
