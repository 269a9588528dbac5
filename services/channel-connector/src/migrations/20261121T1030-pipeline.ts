import { type Kysely, sql } from 'kysely'

/** From availability to the number seen on Amazon. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await createAvailability(db)
  await createGroupState(db)
  await createRecords(db)
  await createOrders(db)
  await createSafeguards(db)
}

async function createAvailability(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table availability (
      item_id text not null,
      location_id text not null,
      available bigint not null,
      version bigint not null,
      at timestamptz not null default clock_timestamp(),
      primary key (item_id, location_id)
    ) with (fillfactor = 70)`.execute(db)
  await sql`
    create table availability_wanted (
      item_id text primary key,
      next_at timestamptz not null default clock_timestamp(),
      attempts integer not null default 0
    )`.execute(db)
}

async function createGroupState(db: Kysely<unknown>): Promise<void> {
  // Room in each page for updates in place: the row of a busy SKU changes several times per number sent. Its state is not
  // compressed: it is read and written whole with each change, and the time for that is dearer than the room.
  await sql`
    create table group_state (
      group_id text primary key,
      connection_id text not null,
      channel_sku text collate "C" not null,
      recompute_at timestamptz,
      recompute_cause jsonb,
      pacing text,
      state text not null default 'unknown',
      reason text not null default '',
      desired_quantity bigint check (desired_quantity >= 0),
      desired_lead_time_days integer check (desired_lead_time_days between 1 and 30),
      desired_version integer not null default 0,
      desired_at timestamptz,
      desired_cause jsonb,
      lane text,
      lane_rank integer,
      waiting_since timestamptz,
      not_before timestamptz,
      blocked_by text,
      scheduled_at timestamptz,
      submitted_quantity bigint,
      submitted_version integer,
      submitted_at timestamptz,
      submission_id text,
      accepted_quantity bigint,
      accepted_version integer,
      accepted_at timestamptz,
      seen_quantity bigint,
      seen_at timestamptz,
      live_quantity bigint,
      live_read_at timestamptz,
      unseen_since timestamptz,
      product_type text,
      next_at timestamptz,
      claimed_by text,
      claimed_until timestamptz,
      attempts integer not null default 0,
      epoch integer not null default 0,
      lease_until timestamptz,
      mass_zero_at timestamptz,
      conflict_confirmed_at timestamptz
    ) with (fillfactor = 60, toast_tuple_target = 4080)`.execute(db)
  await sql`create index group_state_write on group_state (connection_id, lane_rank, waiting_since)
    where lane_rank is not null`.execute(db)
  await sql`create index group_state_due on group_state (connection_id, next_at)
    where next_at is not null and lane_rank is null`.execute(db)
  await sql`create index group_state_recompute on group_state (recompute_at) where recompute_at is not null`.execute(db)
  await sql`create index group_state_unseen on group_state (connection_id) where unseen_since is not null`.execute(db)
  await sql`
    create table member_state (
      listing_id text primary key,
      group_id text not null,
      account_id text not null,
      gate text
    )`.execute(db)
  await sql`create index member_state_account on member_state (account_id)`.execute(db)
  await sql`create index member_state_group on member_state (group_id)`.execute(db)
}

async function createRecords(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table computation (
      id bigint generated always as identity primary key,
      group_id text not null,
      version integer not null,
      at timestamptz not null default clock_timestamp(),
      record json not null
    )`.execute(db)
  await sql`create index computation_group on computation (group_id, at)`.execute(db)
  await sql`create index computation_age on computation using brin (at)`.execute(db)
  await sql`
    create table chain_entry (
      id bigint generated always as identity primary key,
      group_id text not null,
      stage text not null,
      at timestamptz not null default clock_timestamp(),
      quantity bigint,
      version integer,
      detail jsonb not null default '{}'
    )`.execute(db)
  await sql`create index chain_entry_group on chain_entry (group_id, at)`.execute(db)
  await sql`create index chain_entry_age on chain_entry using brin (at)`.execute(db)
}

async function createOrders(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table order_taken_in (
      order_id text primary key,
      connection_id text not null,
      revision bigint not null
    )`.execute(db)
  await sql`
    create table order_sale (
      order_line_id text primary key,
      order_id text not null,
      connection_id text not null,
      channel_sku text collate "C" not null,
      units integer not null check (units >= 0),
      created_at timestamptz not null,
      item_id text not null,
      reflected boolean not null,
      taken_in_at timestamptz not null default clock_timestamp()
    )`.execute(db)
  await sql`
    create table order_reflected (
      order_id text not null,
      item_id text not null,
      at timestamptz not null default clock_timestamp(),
      primary key (order_id, item_id)
    )`.execute(db)
  await sql`create index order_reflected_age on order_reflected using brin (at)`.execute(db)
  await sql`create index order_sale_sku on order_sale (connection_id, channel_sku, created_at)`.execute(db)
  await sql`create index order_sale_order on order_sale (order_id)`.execute(db)
  await sql`
    create table account_orders (
      account_id text primary key,
      connection_id text not null,
      covered_until timestamptz,
      went_live_at timestamptz
    )`.execute(db)
}

async function createSafeguards(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table dry_run (
      confirmation text primary key,
      account_id text not null,
      outcome text not null,
      at timestamptz not null default clock_timestamp()
    )`.execute(db)
  await sql`create index dry_run_age on dry_run (at)`.execute(db)
  await sql`
    create table mass_zero (
      account_id text not null,
      group_id text not null,
      at timestamptz not null default clock_timestamp(),
      held boolean not null default false,
      primary key (account_id, group_id)
    )`.execute(db)
  await sql`create index mass_zero_group on mass_zero (group_id)`.execute(db)
  await sql`
    create table pipeline_duty (
      id text primary key,
      next_at timestamptz not null default clock_timestamp(),
      claimed_by text,
      claimed_until timestamptz,
      attempts integer not null default 0
    )`.execute(db)
}
