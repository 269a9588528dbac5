import { sql, type Kysely } from 'kysely'

/** Which accounts sell from which locations, as they last said themselves, and where an order was moved to. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`
    create table location_user (
      account_id text primary key,
      name text not null,
      location_ids text[] not null,
      order_location_id text,
      told_at timestamptz not null
    )`.execute(db)
  await sql`alter table order_books add column location_id text references location`.execute(db)
}
