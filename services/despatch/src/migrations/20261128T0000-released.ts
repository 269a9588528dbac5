import { type Kysely, sql } from 'kysely'

/** When a person last decided that a stopped despatch is sent after all. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`alter table despatch add column released_at timestamptz`.execute(db)
  await sql`create index despatch_by_channel_order on despatch (channel_order_id)`.execute(db)
}
