import { sql, type Kysely } from 'kysely'

/** Seller connections with their poll, and the accounts they serve, as the channel connector tells them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await createConnectionPoll(db)
  await createChannelAccount(db)
}

async function createConnectionPoll(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table connection_poll (
      connection_id text primary key,
      seller_id text not null,
      next_poll_at timestamptz,
      claimed_by text,
      claimed_until timestamptz,
      attempts integer not null default 0,
      cursor_at timestamptz,
      poll_window jsonb,
      open_data_only_until timestamptz,
      run_count bigint not null default 0,
      last_poll_at timestamptz,
      last_poll_result text check (last_poll_result in ('ok', 'throttled', 'denied', 'failed')),
      last_poll_orders integer not null default 0,
      last_poll_changed integer not null default 0,
      last_poll_detail text not null default '',
      created_at timestamptz not null default clock_timestamp()
    )`.execute(db)
  await sql`create index connection_poll_due on connection_poll (next_poll_at) where next_poll_at is not null`.execute(
    db,
  )
}

async function createChannelAccount(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table channel_account (
      id text primary key,
      connection_id text not null references connection_poll (connection_id),
      name text not null,
      marketplace text not null,
      marketplace_id text not null,
      enabled boolean not null,
      go_live_at timestamptz,
      covered_until timestamptz,
      unique (connection_id, marketplace_id),
      constraint covered_from_go_live check ((go_live_at is null) = (covered_until is null))
    )`.execute(db)
}
