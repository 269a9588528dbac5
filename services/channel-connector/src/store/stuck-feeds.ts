import { type Kysely, sql } from 'kysely'
import type { ChannelDb } from './database.ts'

/** The feeds of a connection that are past their deadline; undefined when there are none. */
export async function findStuckFeeds(
  db: Kysely<ChannelDb>,
  connectionId: string,
): Promise<{ count: number; since: Date } | undefined> {
  const { rows: tables } = await sql<{ there: boolean }>`select to_regclass('feed') is not null as there`.execute(db)
  if (tables[0]?.there !== true) return undefined
  const { rows } = await sql<{ count: number; since: Date | null }>`
    select count(*)::int as count, min(state_at) as since
      from feed where connection_id = ${connectionId} and state = 'stuck'`.execute(db)
  const [row] = rows
  return row?.since ? { count: row.count, since: row.since } : undefined
}
