import { sql, type Transaction } from 'kysely'
import type { StockPlace } from '../domain/stock.ts'
import type { InventoryDb } from './inventory-db.ts'

/**
 * Notes when outside figures of these places were taken, and answers the places whose figure is newer than the one there: theirs may be written.
 * Locks the levels in the order in which every stock write locks them, until the transaction ends.
 */
export async function datePlaces(
  tx: Transaction<InventoryDb>,
  places: readonly StockPlace[],
  figureAt: Date,
): Promise<StockPlace[]> {
  const { rows } = await sql<StockPlace>`
    with locked as materialized (
      select level.item_id, level.location_id
        from unnest(${places.map(({ itemId }) => itemId)}::text[], ${places.map(({ locationId }) => locationId)}::text[]) as w (item_id, location_id)
        join stock_level as level on level.item_id = w.item_id and level.location_id = w.location_id
       where level.figure_at is null or level.figure_at < ${figureAt}
       order by level.item_id, level.location_id
         for no key update of level
    )
    update stock_level as level set figure_at = ${figureAt}
      from locked where level.item_id = locked.item_id and level.location_id = locked.location_id
    returning level.item_id as "itemId", level.location_id as "locationId"`.execute(tx)
  return rows
}
