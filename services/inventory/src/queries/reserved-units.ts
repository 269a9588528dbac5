import { sql, type Kysely } from 'kysely'
import type { StockPlace } from '../domain/stock.ts'
import type { InventoryDb } from '../store/inventory-db.ts'

/** Units of one place that an order's line or a reservation has. */
export interface ReservedUnits {
  /** Empty for a reservation, as are the line and the channel's id. */
  orderId: string
  /** As the ledger's entry about the order notes it; empty when there is none. */
  channelOrderId: string
  orderLineId: string
  /** Empty for an order. */
  reservationId: string
  units: number
}

const mostReserved = 100

/** What has units reserved in a place now, newest first by the time its id was made; at most 100. A kit's line is named by itself, not by its parts. */
export async function reservedUnits(
  db: Kysely<InventoryDb>,
  { itemId, locationId }: StockPlace,
): Promise<ReservedUnits[]> {
  const { rows } = await sql<ReservedUnits>`
    with holder as (
      select order_id, split_part(order_line_id, '/', 1) as order_line_id, '' as reservation_id, reserved as units
        from line_books
       where item_id = ${itemId} and location_id = ${locationId} and reserved > 0
       union all
      select '', '', line.reservation_id, line.quantity
        from reservation join reservation_line as line on line.reservation_id = reservation.id
       where reservation.released_at is null and line.item_id = ${itemId} and line.location_id = ${locationId}
    ), newest as (
      select * from holder
       order by split_part(order_id || reservation_id, '_', 2) desc, order_line_id desc limit ${mostReserved}
    ), noted as (
      select distinct on (cause ->> 'reference') cause ->> 'reference' as order_id, cause ->> 'note' as note
        from stock_movement
       where item_id = ${itemId} and location_id = ${locationId} and cause ->> 'kind' = 'order_reserved'
         and cause ->> 'reference' in (select order_id from newest)
       order by cause ->> 'reference', id desc
    )
    select newest.order_id as "orderId", coalesce(noted.note, '') as "channelOrderId", newest.order_line_id as "orderLineId",
           newest.reservation_id as "reservationId", newest.units
      from newest left join noted on noted.order_id = newest.order_id
     order by split_part(newest.order_id || newest.reservation_id, '_', 2) desc, newest.order_line_id desc`.execute(db)
  return rows
}
