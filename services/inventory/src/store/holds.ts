import type { SeenFall } from '@lockstep/pacing/group-events'
import { sql, type Transaction } from 'kysely'
import type { ChannelSale, Hold, SkuOfConnection } from '../domain/holds.ts'
import type { InventoryDb } from './inventory-db.ts'

/**
 * Keeps whatever is done about these SKUs' holds and sales one after the other until the transaction ends, also where there are no rows yet. What is read in a later statement
 * holds everything that was committed before. Taken after an order's books and before any level, always.
 */
export async function lockSkus(tx: Transaction<InventoryDb>, skus: readonly SkuOfConnection[]): Promise<void> {
  if (skus.length === 0) return
  await sql`
    select pg_advisory_xact_lock(key)
      from (select distinct hashtextextended('channel sku ' || connection_id || ' ' || channel_sku, 0) as key
              from unnest(${skus.map((sku) => sku.connectionId)}::text[], ${skus.map((sku) => sku.channelSku)}::text[])
                   as sku (connection_id, channel_sku) order by key) as sku`.execute(tx)
}

interface HoldRow extends SkuOfConnection {
  holdId: string
  version: number
  itemId: string | null
  locationId: string | null
  falls: SeenFall[]
  units: number
}

const holdColumns = sql`
  hold_id as "holdId", version, connection_id as "connectionId", channel_sku as "channelSku", item_id as "itemId", location_id as "locationId", falls, units`

/** A hold as it stands; undefined when it was never stated. Lock its SKU before. */
export async function findHold(tx: Transaction<InventoryDb>, holdId: string): Promise<Hold | undefined> {
  const { rows } = await sql<HoldRow>`select ${holdColumns} from channel_hold where hold_id = ${holdId}`.execute(tx)
  return rows.map(holdOf)[0]
}

/** Whether an item is put together from others. */
export async function isKitItem(tx: Transaction<InventoryDb>, itemId: string): Promise<boolean> {
  const row = await tx.selectFrom('item').select('kit').where('id', '=', itemId).executeTakeFirst()
  return row?.kit === true
}

/** The open holds of these SKUs. Lock the SKUs before. */
export async function openHoldsOf(tx: Transaction<InventoryDb>, skus: readonly SkuOfConnection[]): Promise<Hold[]> {
  if (skus.length === 0) return []
  const { rows } = await sql<HoldRow>`
    select ${holdColumns} from channel_hold
     where (connection_id, channel_sku) in (
             select * from unnest(${skus.map((sku) => sku.connectionId)}::text[], ${skus.map((sku) => sku.channelSku)}::text[]))
       and jsonb_array_length(falls) > 0
     order by hold_id`.execute(tx)
  return rows.map(holdOf)
}

function holdOf({ itemId, locationId, ...row }: HoldRow): Hold {
  return { ...row, place: itemId === null || locationId === null ? undefined : { itemId, locationId } }
}

/** Writes holds whose SKUs this transaction has locked. */
export async function saveHolds(tx: Transaction<InventoryDb>, holds: readonly Hold[]): Promise<void> {
  for (const { holdId, version, connectionId, channelSku, place, falls, units } of holds) {
    await sql`
      insert into channel_hold (hold_id, version, connection_id, channel_sku, item_id, location_id, falls, units)
      values (${holdId}, ${version}, ${connectionId}, ${channelSku}, ${place?.itemId ?? null}, ${place?.locationId ?? null},
              ${JSON.stringify(falls)}::jsonb, ${units})
      on conflict (hold_id) do update
         set version = excluded.version, connection_id = excluded.connection_id, channel_sku = excluded.channel_sku, item_id = excluded.item_id,
             location_id = excluded.location_id, falls = excluded.falls, units = excluded.units, changed_at = clock_timestamp()`.execute(
      tx,
    )
  }
}

/** The sales of a SKU that are in the books and were placed between these moments, both included. */
export async function salesOf(
  tx: Transaction<InventoryDb>,
  { connectionId, channelSku }: SkuOfConnection,
  span: { from: Date; until: Date },
): Promise<ChannelSale[]> {
  const { rows } = await sql<ChannelSale>`
    select order_line_id as "lineId", order_id as "orderId", connection_id as "connectionId", channel_sku as "channelSku", sold_at as "soldAt", units
      from channel_sale
     where connection_id = ${connectionId} and channel_sku = ${channelSku} and sold_at between ${span.from} and ${span.until} and units > 0
     order by sold_at, order_line_id`.execute(tx)
  return rows
}

/** Writes what an order sold, by its newest snapshot; a line that it no longer names sold nothing. The order's books are locked. */
export async function saveSales(
  tx: Transaction<InventoryDb>,
  orderId: string,
  sales: readonly ChannelSale[],
): Promise<void> {
  await sql`
    with told as (
      select * from unnest(
        ${sales.map((sale) => sale.lineId)}::text[], ${sales.map((sale) => sale.connectionId)}::text[], ${sales.map((sale) => sale.channelSku)}::text[],
        ${sales.map((sale) => sale.soldAt)}::timestamptz[], ${sales.map((sale) => sale.units)}::bigint[]
      ) as t (order_line_id, connection_id, channel_sku, sold_at, units)
    ), gone as (
      update channel_sale set units = 0
       where order_id = ${orderId} and units > 0 and order_line_id not in (select order_line_id from told)
    )
    insert into channel_sale (order_line_id, order_id, connection_id, channel_sku, sold_at, units)
    select order_line_id, ${orderId}, connection_id, channel_sku, sold_at, units from told
    on conflict (order_line_id) do update set units = excluded.units, sold_at = excluded.sold_at
     where (channel_sale.units, channel_sale.sold_at) is distinct from (excluded.units, excluded.sold_at)`.execute(tx)
}

/** Sales explain what fell within the last days only; a hold that ended and was not stated again is forgotten. */
export const holdTables = [
  { table: 'channel_sale', tooOld: sql`sold_at < clock_timestamp() - interval '30 days'` },
  {
    table: 'channel_hold',
    tooOld: sql`jsonb_array_length(falls) = 0 and changed_at < clock_timestamp() - interval '30 days'`,
  },
]
