import { type Kysely, sql } from 'kysely'
import type { ChannelDb } from './database.ts'

/** What came of asking for a look. */
export type LookAsked = { kind: 'asked' } | { kind: 'too_soon'; afterMs: number } | { kind: 'unknown' }

/** What Amazon holds of one SKU is not read more often than this on hearsay. */
const spacingMs = 10_000

/**
 * Has what Amazon holds of a SKU read soon, by the line that reads it anyway, with others in one call. It never makes a write: what is read is taken in as any
 * read is. A SKU that is not linked, or was never considered, is unknown.
 */
export async function askForLook(
  db: Kysely<ChannelDb>,
  sku: { connectionId: string; channelSku: string },
): Promise<LookAsked> {
  const { rows } = await sql<{ sinceMs: number | null; isDue: boolean }>`
    with found as (
      select group_id, extract(epoch from clock_timestamp() - live_read_at) * 1000 as since_ms from group_state
       where connection_id = ${sku.connectionId} and channel_sku = ${sku.channelSku} and pacing is not null
         for update
    ), asked as (
      update group_state g
         set look_at = clock_timestamp(), next_at = least(g.next_at, clock_timestamp())
        from found where g.group_id = found.group_id and coalesce(found.since_ms >= ${spacingMs}, true)
      returning g.group_id
    )
    select found.since_ms::double precision as "sinceMs", exists (select from asked) as "isDue" from found`.execute(db)
  const [row] = rows
  if (!row) return { kind: 'unknown' }
  return row.isDue ? { kind: 'asked' } : { kind: 'too_soon', afterMs: Math.ceil(spacingMs - (row.sinceMs ?? 0)) }
}
