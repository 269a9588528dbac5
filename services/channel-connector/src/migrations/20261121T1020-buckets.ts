import { type Kysely, sql } from 'kysely'

/** Rate buckets shared by all replicas, and the log of calls to Amazon. A new bucket starts with one token. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  // Half-empty pages leave room for updates in place: one row per bucket changes with every call.
  await sql`
    create table rate_bucket (
      key text primary key,
      level text not null check (level in ('pair', 'application')),
      scope text not null,
      operation text not null,
      rate double precision not null check (rate > 0),
      burst double precision not null check (burst >= 1),
      working_rate double precision not null check (working_rate > 0),
      working_burst double precision not null check (working_burst >= 1),
      learned_from text not null default 'model' check (learned_from in ('model', 'header', 'throttle')),
      tokens double precision not null default 1 check (tokens >= 0),
      counted_at timestamptz not null default clock_timestamp(),
      throttled_in_a_row integer not null default 0,
      last_throttled_at timestamptz,
      pacing jsonb
    ) with (fillfactor = 50)`.execute(db)
  await sql`
    create table api_call (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      connection_id text not null,
      account_id text,
      operation text not null,
      lane text not null,
      status integer not null,
      outcome text not null,
      error_code text,
      request_id text,
      waited_ms integer not null,
      duration_ms integer not null
    )`.execute(db)
  await sql`create index api_call_recent on api_call (connection_id, operation, at)`.execute(db)
  await sql`create index api_call_age on api_call (at)`.execute(db)
}
