import { type Kysely, sql } from 'kysely'

/** Bulk jobs, and the feeds that carry them and large backlogs of stock to Amazon. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await createJobs(db)
  await createFeeds(db)
  await createPlanning(db)
}

async function createJobs(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bulk_job (
      id text primary key,
      account_id text not null references account (id),
      connection_id text not null,
      kind text not null default 'content' check (kind in ('price', 'content')),
      state text not null default 'preparing' check (state in ('preparing', 'running', 'paused', 'cancelled', 'done')),
      detail text not null default '',
      actor text not null,
      note text not null default '',
      quiet_from integer check (quiet_from between 0 and 1439),
      quiet_until integer check (quiet_until between 0 and 1439),
      total integer not null default 0,
      had_cancelled boolean not null default false,
      created_at timestamptz not null default clock_timestamp(),
      submitted_at timestamptz,
      state_at timestamptz not null default clock_timestamp(),
      next_at timestamptz,
      claimed_by text,
      claimed_until timestamptz,
      attempts integer not null default 0,
      check ((quiet_from is null) = (quiet_until is null))
    )`.execute(db)
  await sql`create index bulk_job_due on bulk_job (next_at) where next_at is not null`.execute(db)
  await sql`create index bulk_job_account on bulk_job (account_id, id)`.execute(db)
  await sql`create index bulk_job_open on bulk_job (connection_id) where state in ('running', 'paused')`.execute(db)
  await sql`
    create table bulk_job_item (
      job_id text not null references bulk_job (id) on delete cascade,
      line integer not null check (line > 0),
      channel_sku text collate "C" not null,
      group_id text,
      change jsonb not null,
      state text not null default 'waiting'
        check (state in ('waiting', 'in_feed', 'patching', 'accepted', 'refused', 'skipped')),
      issue text not null default '',
      feed_id text,
      submission_id text,
      read_back boolean not null default false,
      tries integer not null default 0,
      not_before timestamptz,
      state_at timestamptz not null default clock_timestamp(),
      primary key (job_id, line)
    )`.execute(db)
  await sql`create index bulk_job_item_state on bulk_job_item (job_id, state, line)`.execute(db)
  await sql`
    create index bulk_job_item_open on bulk_job_item (group_id) where state in ('waiting', 'in_feed', 'patching')`.execute(
    db,
  )
}

async function createFeeds(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table feed (
      id text primary key,
      connection_id text not null,
      account_id text,
      job_id text references bulk_job (id),
      purpose text not null check (purpose in ('stock', 'price', 'content')),
      marketplace_ids text[] not null,
      state text not null default 'planned' check (state in
        ('planned', 'uploading', 'creating', 'in_queue', 'in_progress', 'done', 'fatal', 'cancelled', 'stuck', 'unknown')),
      detail text not null default '',
      wanted_items integer not null default 0,
      items integer not null default 0,
      bytes integer not null default 0,
      document_id text,
      create_started_at timestamptz,
      channel_feed_id text,
      result_document_id text,
      cancel_requested text,
      is_kept boolean not null default false,
      planned_at timestamptz not null default clock_timestamp(),
      submitted_at timestamptz,
      deadline_at timestamptz not null,
      ended_at timestamptz,
      accepted integer not null default 0,
      refused integer not null default 0,
      missing integer not null default 0,
      superseded integer not null default 0,
      next_at timestamptz default clock_timestamp(),
      claimed_by text,
      claimed_until timestamptz,
      attempts integer not null default 0,
      epoch bigint not null
    )`.execute(db)
  await sql`create index feed_due on feed (next_at) where next_at is not null`.execute(db)
  await sql`create index feed_connection on feed (connection_id, id)`.execute(db)
  await sql`create unique index feed_at_amazon on feed (connection_id, channel_feed_id) where channel_feed_id is not null`.execute(
    db,
  )
  // One createFeed of a connection at a time: after a timeout, a feed at Amazon that we do not know can only be that one.
  await sql`create unique index feed_creating on feed (connection_id) where state = 'creating'`.execute(db)
  await sql`
    create table feed_item (
      feed_id text not null references feed (id) on delete cascade,
      message_id integer not null check (message_id > 0),
      channel_sku text collate "C" not null,
      group_id text,
      product_type text not null,
      version integer,
      epoch integer,
      quantity bigint,
      lead_time_days integer,
      job_id text,
      line integer,
      change jsonb,
      is_open boolean not null default true,
      overtaken boolean not null default false,
      outcome text check (outcome in ('accepted', 'refused', 'missing', 'superseded')),
      issue text not null default '',
      primary key (feed_id, message_id)
    )`.execute(db)
  await sql`create index feed_item_open on feed_item (group_id) where is_open`.execute(db)
}

async function createPlanning(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table feed_leader (
      connection_id text primary key,
      epoch bigint not null default 0,
      next_at timestamptz default clock_timestamp(),
      claimed_by text,
      claimed_until timestamptz,
      attempts integer not null default 0
    )`.execute(db)
  await sql`
    create table feed_estimate (
      connection_id text primary key,
      estimate jsonb not null,
      at timestamptz not null default clock_timestamp()
    )`.execute(db)
  await sql`
    create table feed_stop (
      connection_id text not null,
      purpose text not null,
      since timestamptz not null default clock_timestamp(),
      detail text not null,
      primary key (connection_id, purpose)
    )`.execute(db)
  await sql`
    create table account_quiet_hours (
      account_id text primary key references account (id),
      quiet_from integer not null check (quiet_from between 0 and 1439),
      quiet_until integer not null check (quiet_until between 0 and 1439)
    )`.execute(db)
}
