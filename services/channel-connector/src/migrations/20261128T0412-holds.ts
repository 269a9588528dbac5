import { type Kysely, sql } from 'kysely'

/** What is held of each SKU, the figures that contain it, and how often each connection's SKUs are watched. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`alter table availability add column holds jsonb`.execute(db)
  await sql`create index availability_held on availability (item_id) where holds is not null`.execute(db)
  await sql`
    alter table group_state
      add column hold_units bigint not null default 0,
      add column hold_stated_at timestamptz`.execute(db)
  await sql`create index group_state_held on group_state (group_id) where hold_units > 0`.execute(db)
  await createWatch(db)
}

async function createWatch(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table watched_sku (
      group_id text primary key,
      connection_id text not null,
      units_per_hour double precision not null,
      rated_at timestamptz not null,
      watched_at timestamptz
    )`.execute(db)
  await sql`create index watched_sku_of_connection on watched_sku (connection_id)`.execute(db)
  await sql`
    create table sku_watch (
      connection_id text primary key,
      reads bigint not null default 0,
      reads_in_minute integer not null default 0,
      minute_began timestamptz not null default clock_timestamp(),
      rated_at timestamptz,
      next_at timestamptz not null default clock_timestamp(),
      claimed_by text,
      claimed_until timestamptz,
      attempts integer not null default 0
    )`.execute(db)
  await sql`create index sku_watch_due on sku_watch (next_at)`.execute(db)
}
