import { type Kysely, sql } from 'kysely'
import type { ChannelDb } from './database.ts'

/** The database's time, epoch milliseconds: what times in its rows are compared with, whatever the clocks of the replicas say. */
export async function databaseTime(db: Kysely<ChannelDb>): Promise<number> {
  const { rows } = await sql<{ now: number }>`
    select (extract(epoch from clock_timestamp()) * 1000)::double precision as now`.execute(db)
  return rows[0]?.now ?? Number.NaN
}
