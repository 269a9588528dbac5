import { type Kysely, sql } from 'kysely'

/** Which process last asked for a connection's turn at a shared bucket; null for rows of an earlier release. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`alter table shared_turn add column asked_by text`.execute(db)
}
