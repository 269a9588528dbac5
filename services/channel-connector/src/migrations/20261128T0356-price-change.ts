import { sql, type Kysely } from 'kysely'

/** Whether an account's listings follow the channel prices of their items, and the newest price of each. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`alter table account add column price_change boolean not null default false`.execute(db)
  await sql`
    create table price_change (
      account_id text not null references account,
      item_id text not null,
      version bigint not null,
      price_minor bigint,
      price_currency text,
      state text not null check (state in ('waiting', 'handed_on', 'not_sent')),
      detail text not null default '',
      job_id text,
      state_at timestamptz not null default clock_timestamp(),
      primary key (account_id, item_id)
    )`.execute(db)
  await sql`create index price_change_waiting on price_change (account_id, state_at) where state = 'waiting'`.execute(
    db,
  )
  await sql`create index price_change_newest on price_change (account_id, state_at desc, item_id)`.execute(db)
}
