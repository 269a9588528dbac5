import type { Kysely } from 'kysely'
import { itemNamed } from '../domain/named.ts'
import { refused, type Refused } from '../domain/refusal.ts'
import type { Item } from '../domain/stock.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { findItems, getItemById } from '../store/items.ts'

/** The one item that a text means, by our id or by SKU. */
export async function findItem(db: Kysely<InventoryDb>, text: string): Promise<Item | Refused> {
  const named = itemNamed((await findItems(db, [text])).get(text) ?? [], text)
  if ('reason' in named) return refused(named)
  return getItemById(db, named.id)
}
