import { sql, type Kysely } from 'kysely'

/** A poll may end for want of a token of our own bucket, which is not what Amazon calls throttled. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`
    alter table connection_poll
      drop constraint connection_poll_last_poll_result_check,
      add constraint connection_poll_last_poll_result_check
        check (last_poll_result in ('ok', 'throttled', 'no_token', 'denied', 'failed'))`.execute(db)
}
