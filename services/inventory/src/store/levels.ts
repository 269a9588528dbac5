import { sql, type Kysely } from 'kysely'
import type { StockLevel, StockPlace } from '../domain/stock.ts'
import type { InventoryDb } from './inventory-db.ts'

const levelsWith = (db: Kysely<InventoryDb>) =>
  db
    .selectFrom('stock_level')
    .innerJoin('location', 'location.id', 'stock_level.location_id')
    .select([
      'stock_level.item_id as itemId',
      'stock_level.location_id as locationId',
      'location.name as locationName',
      'location.kind as locationKind',
      'stock_level.on_hand as onHand',
      'stock_level.reserved',
      'stock_level.held',
      'stock_level.available',
      'stock_level.version',
      'stock_level.figure_at as figureAt',
    ])

/** All levels of one item: Default first, then by the location's name. A location that was removed shows only where something is in it after all. */
export async function levelsOfItem(db: Kysely<InventoryDb>, itemId: string): Promise<StockLevel[]> {
  return levelsWith(db)
    .where('stock_level.item_id', '=', itemId)
    .where(
      sql<boolean>`(location.removed_at is null or (stock_level.on_hand, stock_level.reserved, stock_level.held) <> (0, 0, 0))`,
    )
    .orderBy('location.is_default', 'desc')
    .orderBy('location.name')
    .execute()
}

/** The levels of these places, in no order; places without a level are left out. */
export async function levelsOfPlaces(db: Kysely<InventoryDb>, places: readonly StockPlace[]): Promise<StockLevel[]> {
  if (places.length === 0) return []
  const itemIds = places.map((place) => place.itemId)
  const locationIds = places.map((place) => place.locationId)
  return levelsWith(db)
    .where(
      sql<boolean>`(stock_level.item_id, stock_level.location_id) in (select * from unnest(${itemIds}::text[], ${locationIds}::text[]))`,
    )
    .execute()
}
