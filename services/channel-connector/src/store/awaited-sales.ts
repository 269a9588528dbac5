import { type Kysely, sql, type Transaction } from 'kysely'

import type { PlacelessSale } from '../domain/supposed-awaits.ts'
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
 * a sale whose listing lost its link gets none. A sale that has its place is left alone. Answers the items that more or fewer units are awaited of.
 */
export async function awaitPlaces(tx: Transaction<ChannelDb>, scope: AwaitedScope): Promise<string[]> {
  const { rows } = await sql<{ before: string | null; after: string | null }>`
    update order_sale s
       set awaited_item_id = place.item_id, awaited_location_id = place.order_location_id,
           awaited_until = case when place.item_id is not null then clock_timestamp() + make_interval(secs => ${awaitedForS}) end
      from (select w.order_line_id, w.awaited_item_id as before, a.order_location_id,
                   case when a.order_location_id is null then null else l.item_id end as item_id
              from order_sale w
              join account a on a.connection_id = w.connection_id and a.marketplace_id = w.marketplace_id
              join listing l on l.account_id = a.id and l.channel_sku = w.channel_sku
             where w.awaits_place and ${within(scope)}
             order by w.order_line_id for update of w) as place
     where s.order_line_id = place.order_line_id
       and s.awaited_item_id is distinct from place.item_id
    returning place.before, place.item_id as after`.execute(tx)
  return [...new Set(rows.flatMap(({ before, after }) => [before, after]).filter((id) => id !== null))]
}

/** The sales of an account that have no place yet, of these SKUs or of all. */
export async function listPlacelessSales(
  db: Kysely<ChannelDb>,
  accountId: string,
  skus: readonly string[] | 'all',
): Promise<PlacelessSale[]> {
  const named = skus === 'all' ? sql`true` : sql`s.channel_sku = any(${[...skus]}::text[])`
  const { rows } = await sql<PlacelessSale>`
    select s.channel_sku as "channelSku", s.units, l.item_id as "itemId",
           case when s.awaited_item_id is not null and s.awaited_location_id is not null
                then json_build_object('itemId', s.awaited_item_id, 'locationId', s.awaited_location_id) end as awaited,
           array(select r.item_id from order_reflected r where r.order_id = s.order_id) as reserved
      from account a
      join order_sale s on s.connection_id = a.connection_id and s.marketplace_id = a.marketplace_id and s.awaits_place
      join listing l on l.account_id = a.id and l.channel_sku = s.channel_sku
     where a.id = ${accountId} and ${named}
     order by s.order_line_id`.execute(db)
  return rows
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
