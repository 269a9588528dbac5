import { sql, type Kysely, type RawBuilder } from 'kysely'
import { locationNamed } from '../domain/named.ts'
import { isRefused, refused, type Refused } from '../domain/refusal.ts'
import { movementKindOf, type MovementKind } from '../domain/movement-kinds.ts'
import type { Cause } from '../domain/stock.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { listLocations } from '../store/locations.ts'
import { findItem } from './find-item.ts'
import { isWholeNumber, pageOf, withNextToken, type AskedPage } from './page.ts'

/** One entry of the ledger. */
export interface Movement {
  id: number
  kind: MovementKind
  at: Date
  locationId: string
  locationName: string
  onHandChange: number
  reservedChange: number
  heldChange: number
  onHandBefore: number
  onHandAfter: number
  reservedAfter: number
  /** Null in an entry from before it was kept. */
  heldAfter: number | null
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
  const found = await movementsWhere(
    db,
    sql`movement.item_id = ${item.id}
       and (${page.after ?? null}::bigint is null or movement.id < ${page.after ?? null}::bigint)
       and (${location?.id ?? null}::text is null or movement.location_id = ${location?.id ?? null}::text)`,
    page.size + 1,
  )
  const { entries, nextPageToken } = withNextToken(found, page.size, (movement) => movement.id)
  return { movements: entries, nextPageToken }
}

/** Entries of the ledger, newest first. */
export async function movementsWhere(
  db: Kysely<InventoryDb>,
  condition: RawBuilder<unknown>,
  limit: number,
): Promise<Movement[]> {
  const { rows } = await sql<Omit<Movement, 'kind'>>`
    select movement.id, movement.at, location.id as "locationId", location.name as "locationName",
           on_hand_change as "onHandChange", reserved_change as "reservedChange", held_change as "heldChange",
           on_hand_after - on_hand_change as "onHandBefore", on_hand_after as "onHandAfter", reserved_after as "reservedAfter", held_after as "heldAfter", version, cause
      from stock_movement as movement join location on location.id = movement.location_id
     where ${condition}
     order by movement.id desc limit ${limit}`.execute(db)
  return rows.map((row) => ({ ...row, kind: movementKindOf(row.cause.kind, row.onHandChange) }))
}
