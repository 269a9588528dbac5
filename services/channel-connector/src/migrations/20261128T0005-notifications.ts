import { type Kysely, sql } from 'kysely'

/** Notifications as hints: what was heard, what is to be looked at for it, and who is subscribed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`
    create table notification_seen (
      notification_id text primary key,
      at timestamptz not null default clock_timestamp()
    )`.execute(db)
  await sql`create index notification_seen_age on notification_seen (at)`.execute(db)
  await sql`
    create table notification_hint (
      id bigint generated always as identity primary key,
      connection_id text not null references connection (id),
      kind text not null check (kind in ('order', 'feed', 'report', 'quantity')),
      subject text not null,
      event_at timestamptz not null,
      heard_at timestamptz not null default clock_timestamp(),
      heard bigint not null default 1,
      next_at timestamptz,
      done_at timestamptz,
      result text not null default '',
      claimed_by text,
      claimed_until timestamptz,
      attempts integer not null default 0,
      unique (connection_id, kind, subject)
    ) with (fillfactor = 70)`.execute(db)
  await sql`create index notification_hint_due on notification_hint (next_at) where next_at is not null`.execute(db)
  await sql`create index notification_hint_age on notification_hint (done_at) where next_at is null`.execute(db)
  await sql`
    create table notification_subscription (
      connection_id text primary key references connection (id),
      queue_arn text not null default '',
      token_version integer not null default 0,
      state text not null default 'unknown' check (state in ('unknown', 'subscribed', 'partly', 'failed')),
      detail text not null default '',
      checked_at timestamptz,
      next_at timestamptz,
      claimed_by text,
      claimed_until timestamptz,
      attempts integer not null default 0
    )`.execute(db)
  await sql`create index notification_subscription_due on notification_subscription (next_at) where next_at is not null`.execute(
    db,
  )
  await sql`
    create table notification_destination (
      application text not null,
      region text not null,
      queue_arn text not null,
      destination_id text not null,
      primary key (application, region, queue_arn)
    )`.execute(db)
  await sql`
    create table notification_duty (
      id text primary key,
      next_at timestamptz not null default clock_timestamp(),
      claimed_by text,
      claimed_until timestamptz,
      attempts integer not null default 0
    )`.execute(db)
  // A look that was asked for out of turn; the read that comes next, whatever for, takes it off.
  await sql`alter table group_state add column look_at timestamptz`.execute(db)
}
