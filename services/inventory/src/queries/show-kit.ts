import type { Kysely } from 'kysely'
import { isRefused, type Refused } from '../domain/refusal.ts'
import type { Item } from '../domain/stock.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { itemVersion } from '../store/items.ts'
import { componentsOfKit, componentsOfKits, kitsOfComponent, listKitItems, type KitComponent } from '../store/kits.ts'
import { findItem } from './find-item.ts'
import { isText, pageOf, withNextToken, type AskedPage } from './page.ts'

export interface Kit {
  item: Item
  version: number
  components: KitComponent[]
}

const mostKitsShown = 1_000

/** What an item is put together from, and which kits need it. */
export async function showKit(
  db: Kysely<InventoryDb>,
  text: string,
): Promise<{ kit: Kit; neededBy: KitComponent[] } | Refused> {
  const item = await findItem(db, text)
  if (isRefused(item)) return item
  const components = await componentsOfKit(db, item.id)
  const neededBy = await kitsOfComponent(db, item.id, mostKitsShown)
  return { kit: { item, version: await itemVersion(db, item.id), components }, neededBy }
}

/** A page of kits with their components, by SKU. */
export async function listKits(
  db: Kysely<InventoryDb>,
  { page: asked }: { page: AskedPage },
): Promise<{ kits: Kit[]; nextPageToken: string } | Refused> {
  const page = pageOf(asked, isText)
  if (isRefused(page)) return page
  const rows = await listKitItems(db, { after: page.after, limit: page.size + 1 })
  const { entries, nextPageToken } = withNextToken(rows, page.size, (row) => row.sku)
  const components = await componentsOfKits(
    db,
    entries.map((row) => row.id),
  )
  const kits = entries.map(({ version, ...item }) => {
    return { item: { ...item, kit: true }, version, components: components.get(item.id) ?? [] }
  })
  return { kits, nextPageToken }
}
