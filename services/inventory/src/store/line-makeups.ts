import { sql, type Kysely, type Transaction } from 'kysely'
import type { LinePart } from '../domain/line-parts.ts'
import type { StockPlace } from '../domain/stock.ts'
import type { InventoryDb } from './inventory-db.ts'

/** What those of the lines take that do not simply take their item. */
export async function makeupsOfLines(
  db: Kysely<InventoryDb>,
  lineIds: readonly string[],
): Promise<Map<string, LinePart[]>> {
  if (lineIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('line_makeup')
    .select(['order_line_id as lineId', 'parts'])
    .where('order_line_id', 'in', [...lineIds])
    .execute()
  return new Map(rows.map(({ lineId, parts }) => [lineId, parts]))
}

/** An order line whose item has just become known. */
export interface PlacedLine {
  lineId: string
  place: StockPlace
}

/**
 * Fixes what lines take that are new to the books: the components of a kit as they are now, or nothing of an item that nobody counts in the line's location.
 * Lines that simply take their item get no entry.
 */
export async function fixMakeups(
  tx: Transaction<InventoryDb>,
  lines: readonly PlacedLine[],
): Promise<Map<string, LinePart[]>> {
  if (lines.length === 0) return new Map()
  const { rows } = await sql<{ lineId: string; parts: LinePart[] }>`
    with placed as (
      select * from unnest(
        ${lines.map((line) => line.lineId)}::text[], ${lines.map((line) => line.place.itemId)}::text[],
        ${lines.map((line) => line.place.locationId)}::text[]
      ) as p (line_id, item_id, location_id)
    )
    insert into line_makeup (order_line_id, item_id, parts)
    select placed.line_id, placed.item_id,
           coalesce((select jsonb_agg(jsonb_build_object('itemId', part.id, 'perUnit', component.quantity) order by part.id)
                       from kit_component as component join item as part on part.id = component.component_id
                      where component.kit_id = item.id and not placed.location_id = any(part.untracked_in)), '[]')
      from placed join item on item.id = placed.item_id
     where item.kit or placed.location_id = any(item.untracked_in)
    returning order_line_id as "lineId", parts`.execute(tx)
  return new Map(rows.map(({ lineId, parts }) => [lineId, parts]))
}
