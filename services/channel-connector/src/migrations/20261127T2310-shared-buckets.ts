import { type Kysely, sql } from 'kysely'

/** Where a bucket was counted, so that a restored one is noticed; and whose turn it is at the buckets that connections share. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  // Null until a bucket is counted for the first time by a release that knows of it.
  await sql`alter table rate_bucket add column place text`.execute(db)
  // Buckets beside those named after the operation; null for none.
  await sql`alter table api_call add column also_counted text[]`.execute(db)
  await sql`
    create table shared_turn (
      key text not null,
      connection_id text not null,
      served double precision not null,
      want integer not null,
      waiting_ms double precision not null,
      wanted_until_ms double precision not null,
      primary key (key, connection_id)
    ) with (fillfactor = 50)`.execute(db)
}
