import { type Kysely, sql } from 'kysely'
import type { ChannelDb } from './database.ts'

/**
 * The feeds of a connection that Amazon has past their deadline, since when the oldest is, and what is said of that one; undefined when there are none. One
 * whose outcome is unknown counts from its deadline on.
 */
export async function findStuckFeeds(
  db: Kysely<ChannelDb>,
  connectionId: string,
): Promise<{ count: number; since: Date; detail: string } | undefined> {
  const { rows } = await sql<{ count: number; since: Date | null; detail: string | null }>`
    select count(*)::integer as count, min(deadline_at) as since, (array_agg(detail order by deadline_at))[1] as detail
      from feed
     where connection_id = ${connectionId} and ended_at is null and state = 'stuck'`.execute(db)
  const [row] = rows
  return row?.since ? { count: row.count, since: row.since, detail: row.detail ?? '' } : undefined
}
