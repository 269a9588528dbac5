import { type Kysely, sql } from 'kysely'

import type { ChannelDb } from '../src/store/database.ts'
import { beginTerm, ensureLeaders, type Term } from '../src/store/feed-leaders.ts'

/** Claims the leader's row of a connection as the claim loop does. */
export async function claimedTerm(db: Kysely<ChannelDb>, connectionId: string, token: string): Promise<Term> {
  await ensureLeaders(db)
  await sql`
    update feed_leader set claimed_by = ${token}, claimed_until = clock_timestamp() + interval '20 seconds'
     where connection_id = ${connectionId}`.execute(db)
  return beginTerm(db, connectionId, token)
}
