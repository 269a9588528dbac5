import { type Kysely, sql } from 'kysely'

/** Connections, accounts and the locations they sell from. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`
    create table connection (
      id text primary key,
      seller_id text not null,
      region text not null check (region in ('NA', 'EU', 'FE')),
      application text not null,
      refresh_token_sealed bytea,
      token_key_id text,
      token_version integer not null default 0,
      state text not null default 'no_credentials'
        check (state in ('no_credentials', 'untested', 'connected', 'reauthorise', 'application_refused')),
      detail text not null default '',
      state_at timestamptz not null default clock_timestamp(),
      group_policy text not null default 'lowest' check (group_policy in ('lowest', 'owner', 'hold')),
      created_at timestamptz not null default clock_timestamp(),
      unique (application, seller_id, region),
      constraint token_and_key_together check ((refresh_token_sealed is null) = (token_key_id is null)),
      constraint no_token_no_credentials check ((refresh_token_sealed is null) = (state = 'no_credentials'))
    )`.execute(db)
  await sql`
    create table account (
      id text primary key,
      name text not null unique,
      connection_id text not null references connection (id),
      marketplace text not null,
      marketplace_id text not null,
      enabled boolean not null default true,
      update_inventory boolean not null default false,
      max_listed integer check (max_listed between 0 and 1000000),
      stock_percentage integer check (stock_percentage between 1 and 100),
      end_when integer check (end_when between 0 and 1000000),
      default_lead_time_days integer check (default_lead_time_days between 1 and 30),
      channel_specific_stock boolean not null default true,
      despatch_notes boolean not null default true,
      order_location_id text,
      paused_at timestamptz,
      paused_hard boolean not null default false,
      inventory_synced_at timestamptz,
      listings_report_state text check (listings_report_state in ('Submitted', 'Available', 'Processed', 'Failed')),
      listings_report_at timestamptz,
      listings_report_due_at timestamptz,
      claimed_by text,
      claimed_until timestamptz,
      attempts integer not null default 0,
      created_at timestamptz not null default clock_timestamp(),
      unique (connection_id, marketplace_id)
    )`.execute(db)
  await sql`create index account_listings_report_due on account (listings_report_due_at)
    where listings_report_due_at is not null`.execute(db)
  await sql`
    create table location (
      id text primary key,
      name text not null,
      kind text not null check (kind in ('own', 'third_party', 'fba')),
      is_default boolean not null default false
    )`.execute(db)
  await sql`
    create table account_location (
      account_id text not null references account (id),
      location_id text not null references location (id),
      primary key (account_id, location_id)
    )`.execute(db)
}
