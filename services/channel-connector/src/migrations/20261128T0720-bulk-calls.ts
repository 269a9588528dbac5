import { type Kysely, sql } from 'kysely'

/** Until when a call for a bulk job's line may be under way: what is newer for its SKU is not sent before. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`alter table bulk_job_item add column sending_until timestamptz`.execute(db)
  await sql`create index bulk_job_item_sending on bulk_job_item (group_id) where sending_until is not null`.execute(db)
}
