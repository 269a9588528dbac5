import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table report (
      id text primary key,
      account_id text not null,
      marketplace_id text not null,
      report_type text not null,
      state text not null check (state in ('submitted', 'available', 'processed', 'failed')),
      requested_at timestamptz not null,
      state_at timestamptz not null,
      row_count bigint not null default 0,
      lost_row_count bigint not null default 0,
      reason text not null default '',
      channel_report_id text not null default '',
      document_id text not null default '',
      columns text[] not null default '{}',
      checks integer not null default 0,
      next_check_at timestamptz,
      claimed_by text,
      claimed_until timestamptz,
      claim_attempts integer not null default 0
    )`.execute(db)
  await sql`create index report_due on report (next_check_at) where next_check_at is not null`.execute(db)
  await sql`create index report_of_account on report (account_id, requested_at desc, id desc)`.execute(db)
  // At most one of a kind is under way: a second request gets the first one's answer.
  await sql`
    create unique index report_under_way on report (account_id, report_type) where state in ('submitted', 'available')`.execute(
    db,
  )
  await sql`
    create table report_row (
      report_id text not null references report on delete cascade,
      number bigint not null,
      cells text[] not null,
      lost_characters boolean not null,
      primary key (report_id, number)
    )`.execute(db)
}
