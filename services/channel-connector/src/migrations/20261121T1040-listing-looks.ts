import { type Kysely, sql } from 'kysely'

/** Accounts whose listings are looked through page by page, beside the report that takes Amazon a quarter of an hour. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`
    create table listing_look (
      account_id text primary key references account (id),
      next_at timestamptz,
      claimed_by text,
      claimed_until timestamptz,
      attempts integer not null default 0
    )`.execute(db)
  await sql`create index listing_look_due on listing_look (next_at) where next_at is not null`.execute(db)
}
