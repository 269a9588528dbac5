import { type Kysely, sql } from 'kysely'

/** What Amazon keeps of each SKU, what inventory was told of it, and when each account's stock at Amazon is read next. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`
    create table fba_read (
      account_id text primary key,
      next_at timestamptz not null default clock_timestamp(),
      claimed_by text,
      claimed_until timestamptz,
      attempts integer not null default 0
    )`.execute(db)
  await sql`create index fba_read_due on fba_read (next_at)`.execute(db)
  await sql`
    create table fba_stock (
      account_id text not null,
      channel_sku text collate "C" not null,
      fulfillable bigint not null check (fulfillable >= 0),
      read_at timestamptz not null default clock_timestamp(),
      primary key (account_id, channel_sku)
    )`.execute(db)
  await sql`
    create table fba_told (
      account_id text not null,
      item_id text not null,
      fulfillable bigint not null,
      told_at timestamptz not null,
      primary key (account_id, item_id)
    )`.execute(db)
}
