import { sql, type Kysely } from 'kysely'
import { locationNamed } from '../domain/named.ts'
import { isRefused, refused, type Refused } from '../domain/refusal.ts'
import type { StockLevel } from '../domain/stock.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { detailedItemsAfter, type DetailedItem } from '../store/item-details.ts'
import { listLocations } from '../store/locations.ts'
import { isPair, isText, pageOf, withNextToken, type AskedPage } from './page.ts'

/** A page of items with all that is known of them, by SKU. */
export async function listItemDetails(
  db: Kysely<InventoryDb>,
  asked: AskedPage,
): Promise<{ items: DetailedItem[]; nextPageToken: string } | Refused> {
  const page = pageOf(asked, isText)
  if (isRefused(page)) return page
  const rows = await detailedItemsAfter(db, { after: page.after, limit: page.size + 1 })
  const { entries, nextPageToken } = withNextToken(rows, page.size, (row) => row.sku)
  return { items: entries, nextPageToken }
}

/** A level with whose it is. */
export interface LevelOfItem extends StockLevel {
  sku: string
  kit: boolean
  untracked: boolean
}

/** A page of levels by SKU and location; of one location when it is named. */
export async function listLevels(
  db: Kysely<InventoryDb>,
  { location: text, page: asked }: { location: string; page: AskedPage },
): Promise<{ levels: LevelOfItem[]; nextPageToken: string } | Refused> {
  const page = pageOf(asked, isPair)
  if (isRefused(page)) return page
  const location = text === '' ? undefined : locationNamed(await listLocations(db), text)
  if (location && 'reason' in location) return refused(location)
  const [sku = null, locationId = null] = page.after ?? []
  // The items of the page come first, by the index of SKUs; each has a level in every location.
  const { rows } = await sql<LevelOfItem>`
    with wanted as (
      select id, sku, kit, untracked_in from item where ${sku}::text is null or sku >= ${sku}::text order by sku limit ${page.size + 2}
    )
    select wanted.sku, wanted.kit, level.location_id = any(wanted.untracked_in) as untracked, level.item_id as "itemId", level.location_id as "locationId", location.name as "locationName",
           location.kind as "locationKind", level.on_hand as "onHand", level.reserved, level.held, level.available, level.version,
           level.figure_at as "figureAt"
      from wanted join stock_level as level on level.item_id = wanted.id join location on location.id = level.location_id
     where (${sku}::text is null or (wanted.sku, level.location_id) > (${sku}::text, ${locationId}::text))
       and (${location?.id ?? null}::text is null or level.location_id = ${location?.id ?? null}::text)
     order by wanted.sku, level.location_id limit ${page.size + 1}`.execute(db)
  const { entries, nextPageToken } = withNextToken(rows, page.size, (row) => [row.sku, row.locationId])
  return { levels: entries, nextPageToken }
}
