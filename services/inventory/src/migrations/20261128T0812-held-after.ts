import { sql, type Kysely } from 'kysely'

/** What was held after each entry of the ledger. The ledger is append-only, so entries from before have none; the previous release leaves it out. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`alter table stock_movement add column held_after bigint`.execute(db)
}
