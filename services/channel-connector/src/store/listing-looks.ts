import { type Kysely, sql } from 'kysely'
import type { ChannelDb } from './database.ts'

/** Has an account's listings looked through as soon as possible. */
export async function makeLookDue(db: Kysely<ChannelDb>, accountId: string): Promise<void> {
  await sql`
    insert into listing_look (account_id, next_at) values (${accountId}, clock_timestamp())
    on conflict (account_id) do update set next_at = excluded.next_at`.execute(db)
}

/** As makeLookDue, for those accounts of a connection that are on and were never looked through; nothing without credentials. */
export async function makeFirstLooksDue(db: Kysely<ChannelDb>, connectionId: string): Promise<void> {
  await sql`
    insert into listing_look (account_id, next_at)
    select a.id, clock_timestamp()
      from account a join connection c on c.id = a.connection_id
     where c.id = ${connectionId} and c.refresh_token_sealed is not null and a.enabled
    on conflict (account_id) do nothing`.execute(db)
}

/** A look as it was claimed. */
export interface ClaimedLook {
  account_id: string
  next_at: Date
}

/** Ends a look: the next one is due never, or after this time. One that was asked for meanwhile stays due. */
export async function setNextLook(db: Kysely<ChannelDb>, look: ClaimedLook, afterMs: number | null): Promise<void> {
  const nextAt =
    afterMs === null ? sql`null` : sql`clock_timestamp() + make_interval(secs => ${sql.lit(afterMs / 1000)})`
  await sql`
    update listing_look set next_at = ${nextAt}
     where account_id = ${look.account_id} and date_trunc('milliseconds', next_at) = ${look.next_at}`.execute(db)
}
