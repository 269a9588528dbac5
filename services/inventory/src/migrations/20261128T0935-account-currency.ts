import { sql, type Kysely } from 'kysely'

/** What an account's marketplace sells in, as the account last said itself; empty until it has. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`alter table location_user add column currency text not null default ''`.execute(db)
}
