import { sql, type Transaction } from 'kysely'
import type { StockPlace } from '../domain/stock.ts'
import type { InventoryDb } from './inventory-db.ts'

export interface ReservedUnits extends StockPlace {
  quantity: number
}

export interface Reservation {
  id: string
  reference: string
  actor: string
  units: readonly ReservedUnits[]
}

export async function insertReservation(tx: Transaction<InventoryDb>, reservation: Reservation): Promise<void> {
  const { id, reference, actor, units } = reservation
  await tx.insertInto('reservation').values({ id, reference, actor, released_at: null }).execute()
  // Units that nobody counts were asked for, and nothing else.
  if (units.length === 0) return
  const lines = units.map(({ itemId, locationId, quantity }) => ({
    reservation_id: id,
    item_id: itemId,
    location_id: locationId,
    quantity,
  }))
  await tx.insertInto('reservation_line').values(lines).execute()
}

/**
 * Ends a reservation, once: `now` for the caller that ended it, `before` for everybody later, undefined when there is none of this id.
 * Two callers at once wait for each other here.
 */
export async function endReservation(
  tx: Transaction<InventoryDb>,
  id: string,
): Promise<{ ended: 'now' | 'before'; reference: string } | undefined> {
  const found = await tx
    .selectFrom('reservation')
    .select(['reference', 'released_at'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (!found) return undefined
  if (found.released_at) return { ended: 'before', reference: found.reference }
  await sql`update reservation set released_at = clock_timestamp() where id = ${id}`.execute(tx)
  return { ended: 'now', reference: found.reference }
}

/** What a reservation set aside, by item and location. */
export async function reservedUnits(tx: Transaction<InventoryDb>, reservationId: string): Promise<ReservedUnits[]> {
  return tx
    .selectFrom('reservation_line')
    .select(['item_id as itemId', 'location_id as locationId', 'quantity'])
    .where('reservation_id', '=', reservationId)
    .orderBy('item_id')
    .orderBy('location_id')
    .execute()
}
