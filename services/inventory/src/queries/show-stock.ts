import { sql, type Kysely } from 'kysely'
import { isRefused, type Refused } from '../domain/refusal.ts'
import type { Item, StockLevel } from '../domain/stock.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { levelsOfItem } from '../store/levels.ts'
import { findItem } from './find-item.ts'

export interface ItemStock {
  item: Item
  asOf: Date
  levels: StockLevel[]
}

/** The levels of one item, all of one moment. */
export async function showStock(db: Kysely<InventoryDb>, text: string): Promise<ItemStock | Refused> {
  const item = await findItem(db, text)
  if (isRefused(item)) return item
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db)
  const levels = await levelsOfItem(db, item.id)
  return { item, asOf: rows[0]?.now ?? item.createdAt, levels }
}
