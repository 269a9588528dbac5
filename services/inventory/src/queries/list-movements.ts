import { sql, type Kysely } from 'kysely'
import { locationNamed } from '../domain/named.ts'
import { isRefused, refused, type Refused } from '../domain/refusal.ts'
import type { Cause } from '../domain/stock.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { listLocations } from '../store/locations.ts'
import { findItem } from './find-item.ts'
import { isWholeNumber, pageOf, withNextToken, type AskedPage } from './page.ts'

/** One entry of the ledger. */
export interface Movement {
  id: number
  at: Date
  locationId: string
  locationName: string
  onHandChange: number
  reservedChange: number
  heldChange: number
  onHandAfter: number
  reservedAfter: number
  version: number
  cause: Partial<Cause>
}

/** The ledger of one item, newest first; of all its locations when none is named. */
export async function listMovements(
  db: Kysely<InventoryDb>,
  { item: itemText, location: locationText, page: asked }: { item: string; location: string; page: AskedPage },
): Promise<{ movements: Movement[]; nextPageToken: string } | Refused> {
  const page = pageOf(asked, isWholeNumber)
  if (isRefused(page)) return page
  const item = await findItem(db, itemText)
  if (isRefused(item)) return item
  const location = locationText === '' ? undefined : locationNamed(await listLocations(db), locationText)
  if (location && 'reason' in location) return refused(location)
  const { rows } = await sql<Movement>`
    select movement.id, movement.at, location.id as "locationId", location.name as "locationName",
           on_hand_change as "onHandChange", reserved_change as "reservedChange", held_change as "heldChange",
           on_hand_after as "onHandAfter", reserved_after as "reservedAfter", version, cause
      from stock_movement as movement join location on location.id = movement.location_id
     where movement.item_id = ${item.id}
       and (${page.after ?? null}::bigint is null or movement.id < ${page.after ?? null}::bigint)
       and (${location?.id ?? null}::text is null or movement.location_id = ${location?.id ?? null}::text)
     order by movement.id desc limit ${page.size + 1}`.execute(db)
  const { entries, nextPageToken } = withNextToken(rows, page.size, (movement) => movement.id)
  return { movements: entries, nextPageToken }
}
