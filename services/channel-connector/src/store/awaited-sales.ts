import { sql, type Transaction } from 'kysely'

import type { ChannelDb } from './database.ts'

/*
 * A sale can be downloaded before its listing has an item or its account an order location. With the link or the mapping,
 * order-download gives the line its place and inventory reserves for it, a moment later. Until inventory has said so, those
 * units are not ours to offer any more: they are awaited, and every number that the item gives is computed without them.
 */

/** As long as order-download may take to give lines their place; after it their units are offered again. */
const awaitedForS = 300

/** Which sales are asked about: those of one listing, of one account, or of some orders. */
export type AwaitedScope = { listingId: string } | { accountId: string } | { orderIds: readonly string[] }

/**
 * Notes for sales without a place which one they are about to get, by the links and order locations as this transaction sees them;
 * a sale whose listing lost its link gets none. A sale that has its place is left alone.
 */
export async function awaitPlaces(tx: Transaction<ChannelDb>, scope: AwaitedScope): Promise<void> {
  await sql`
    update order_sale s
       set awaited_item_id = place.item_id, awaited_location_id = place.order_location_id,
           awaited_until = case when place.item_id is not null then clock_timestamp() + make_interval(secs => ${awaitedForS}) end
      from (select w.order_line_id, a.order_location_id,
                   case when a.order_location_id is null then null else l.item_id end as item_id
              from order_sale w
              join account a on a.connection_id = w.connection_id and a.marketplace_id = w.marketplace_id
              join listing l on l.account_id = a.id and l.channel_sku = w.channel_sku
             where w.awaits_place and ${within(scope)}
             order by w.order_line_id for update of w) as place
     where s.order_line_id = place.order_line_id
       and s.awaited_item_id is distinct from place.item_id`.execute(tx)
}

function within(scope: AwaitedScope) {
  if ('listingId' in scope) return sql`l.id = ${scope.listingId}`
  if ('accountId' in scope) return sql`a.id = ${scope.accountId}`
  return sql`w.order_id = any(${[...scope.orderIds]}::text[])`
}

/** What stopped being awaited. */
export interface AwaitedEnd {
  itemId: string
  units: number
  /** Whether inventory has reserved for it; if not, its units are offered again. */
  reserved: boolean
}

/** Ends what was awaited for as long as it may be, a slice at a time. */
export async function endAwaited(tx: Transaction<ChannelDb>, slice: number): Promise<AwaitedEnd[]> {
  const { rows } = await sql<AwaitedEnd>`
    with over as (
      select order_line_id, awaited_item_id as item_id from order_sale
       where awaited_item_id is not null and awaited_until < clock_timestamp()
       order by order_line_id limit ${slice} for update)
    update order_sale s set awaited_item_id = null, awaited_location_id = null, awaited_until = null
      from over where s.order_line_id = over.order_line_id
    returning over.item_id as "itemId", s.units,
      exists (select from order_reflected r where r.order_id = s.order_id and r.item_id = over.item_id) as reserved`.execute(
    tx,
  )
  return rows
}
