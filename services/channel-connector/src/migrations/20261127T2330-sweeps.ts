import { type Kysely, sql } from 'kysely'

/** Listings that are read in turn or on a hint, and what kind of drift was found. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`alter table group_state add column drift_kind text`.execute(db)
  await sql`create index group_state_drift on group_state (connection_id) where drift_kind is not null`.execute(db)
  await sql`
    create table listing_sweep (
      connection_id text primary key,
      after_sku text collate "C" not null default '',
      round_began timestamptz,
      next_at timestamptz not null default clock_timestamp(),
      claimed_by text,
      claimed_until timestamptz,
      attempts integer not null default 0
    )`.execute(db)
  await sql`create index listing_sweep_due on listing_sweep (next_at)`.execute(db)
  await sql`
    create table live_hint (
      group_id text primary key,
      connection_id text not null,
      due_at timestamptz,
      read_at timestamptz
    )`.execute(db)
  await sql`create index live_hint_due on live_hint (connection_id, due_at) where due_at is not null`.execute(db)
}
