import { type Insertable, type Kysely, sql } from 'kysely'
import type { ApiCallTable } from './account-tables.ts'
import type { ChannelDb } from './database.ts'

/** One call to Amazon as it is kept: what, when and what came of it, never what was in it. */
export type ApiCall = Insertable<ApiCallTable>

/** Adds calls to the log. */
export async function saveApiCalls(db: Kysely<ChannelDb>, calls: readonly ApiCall[]): Promise<void> {
  if (calls.length === 0) return
  await db.insertInto('api_call').values(calls).execute()
}

/** Deletes up to `limit` calls that are older than they are kept. Answers how many. */
export async function deleteOldApiCalls(
  db: Kysely<ChannelDb>,
  { keptMs, limit }: { keptMs: number; limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from api_call where id in (
      select id from api_call
       where at < clock_timestamp() - make_interval(secs => ${keptMs / 1000})
       order by at limit ${limit})`.execute(db)
  return Number(numAffectedRows ?? 0n)
}
