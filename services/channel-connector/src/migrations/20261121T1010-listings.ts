import { type Kysely, sql } from 'kysely'

/** Listings, their links and their shared-SKU groups. A SKU is compared and sorted by its bytes, hence the collation. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`
    create table sku_group (
      id text primary key,
      connection_id text not null references connection (id),
      channel_sku text collate "C" not null,
      unique (connection_id, channel_sku)
    )`.execute(db)
  await sql`
    create table listing (
      id text primary key,
      account_id text not null references account (id),
      group_id text not null references sku_group (id),
      marketplace_id text not null,
      channel_sku text collate "C" not null,
      asin text not null default '',
      title text not null default '',
      fba boolean not null default false,
      ignore_sync boolean not null default false,
      active boolean not null default true,
      sku_problem text,
      item_id text,
      item_sku text,
      linked_at timestamptz,
      listed_quantity bigint,
      price_minor bigint,
      price_currency text,
      max_listed integer check (max_listed between 0 and 1000000),
      stock_percentage integer check (stock_percentage between 1 and 100),
      end_when integer check (end_when between 0 and 1000000),
      lead_time_days integer check (lead_time_days between 1 and 30),
      first_seen_at timestamptz not null default clock_timestamp(),
      last_report_at timestamptz,
      unique (account_id, channel_sku),
      constraint link_is_whole check ((item_id is null) = (item_sku is null) and (item_id is null) = (linked_at is null)),
      constraint linkable_only check (item_id is null or sku_problem is null)
    )`.execute(db)
  await sql`create index listing_group on listing (group_id)`.execute(db)
  await sql`create index listing_item on listing (item_id) where item_id is not null`.execute(db)
  await sql`create index listing_lookalike on listing (account_id, lower(btrim(channel_sku)))`.execute(db)
}
