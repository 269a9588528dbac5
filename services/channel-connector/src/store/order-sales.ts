import { sql, type Kysely, type Transaction } from 'kysely'

import { awaitPlaces } from './awaited-sales.ts'
import type { ChannelDb } from './database.ts'

/** An order as far as it tells what Amazon sold of our own stock. */
export interface OrderSales {
  orderId: string
  connectionId: string
  revision: number
  /** Amazon's id of the marketplace it was sold in. */
  marketplaceId: string
  /** Whole seconds, by Amazon's clock. */
  createdAt: Date
  lines: {
    orderLineId: string
    channelSku: string
    /** Ordered minus cancelled. */
    units: number
    /** The item whose availability falls by it: until it has fallen, the sale explains nothing. Empty when none does. */
    itemId: string
    /** Whether a link or a mapping will still give it an item and a location. */
    awaitsPlace: boolean
  }[]
}

/**
 * Takes in orders at their newest revision; an older or repeated one changes nothing.
 * Lines of orders that Amazon fulfils are not passed in: they sell another stock.
 */
export async function saveOrders(tx: Transaction<ChannelDb>, orders: readonly OrderSales[]): Promise<void> {
  const newest = newestOf(orders)
  if (newest.length === 0) return
  await lockOrders(
    tx,
    newest.map((order) => order.orderId),
  )
  const { rows } = await sql<{ order_id: string }>`
    insert into order_taken_in as o (order_id, connection_id, revision)
    select order_id, connection_id, revision
      from unnest(${newest.map((o) => o.orderId)}::text[], ${newest.map((o) => o.connectionId)}::text[],
                  ${newest.map((o) => o.revision)}::bigint[]) as incoming (order_id, connection_id, revision)
     order by order_id
    on conflict (order_id) do update set revision = excluded.revision where o.revision < excluded.revision
    returning order_id`.execute(tx)
  const advanced = new Set(rows.map((row) => row.order_id))
  const news = newest.filter((order) => advanced.has(order.orderId))
  await saveLines(tx, news)
  const unplaced = news.filter((order) => order.lines.some((line) => line.awaitsPlace))
  // The link may be older than the news of the order.
  if (unplaced.length > 0) await awaitPlaces(tx, { orderIds: unplaced.map((order) => order.orderId) })
}

/**
 * An order and the availability that fell by it come by different ways, often in the same moment. One waits for the other here: two that do not see
 * each other would leave the sale unreflected for good.
 */
async function lockOrders(tx: Transaction<ChannelDb>, orderIds: readonly string[]): Promise<void> {
  await sql`
    with keys as materialized (
      select distinct hashtextextended(order_id, 0) as key from unnest(${[...orderIds]}::text[]) as o (order_id) order by 1)
    select pg_advisory_xact_lock(key) from keys`.execute(tx)
}

function newestOf(orders: readonly OrderSales[]): OrderSales[] {
  const newest = new Map<string, OrderSales>()
  for (const order of orders) {
    const known = newest.get(order.orderId)
    if (!known || known.revision < order.revision) newest.set(order.orderId, order)
  }
  return [...newest.values()]
}

async function saveLines(tx: Transaction<ChannelDb>, orders: readonly OrderSales[]): Promise<void> {
  const lines = orders.flatMap((order) => order.lines.map((line) => ({ ...line, order })))
  if (lines.length === 0) return
  await sql`
    insert into order_sale as s (order_line_id, order_id, connection_id, marketplace_id, channel_sku, units, created_at, item_id, awaits_place, reflected)
    select i.*, i.item_id = '' or exists (
             select from order_reflected r where r.order_id = i.order_id and r.item_id = i.item_id)
      from unnest(
        ${lines.map((l) => l.orderLineId)}::text[], ${lines.map((l) => l.order.orderId)}::text[],
        ${lines.map((l) => l.order.connectionId)}::text[], ${lines.map((l) => l.order.marketplaceId)}::text[],
        ${lines.map((l) => l.channelSku)}::text[], ${lines.map((l) => l.units)}::integer[],
        ${lines.map((l) => l.order.createdAt)}::timestamptz[], ${lines.map((l) => l.itemId)}::text[],
        ${lines.map((l) => l.awaitsPlace)}::boolean[])
        as i (order_line_id, order_id, connection_id, marketplace_id, channel_sku, units, created_at, item_id, awaits_place)
    on conflict (order_line_id) do update set units = excluded.units, item_id = excluded.item_id,
      marketplace_id = excluded.marketplace_id, awaits_place = excluded.awaits_place,
      reflected = excluded.reflected or (s.reflected and s.item_id = excluded.item_id) or ${isAwaited},
      awaited_item_id = case when excluded.awaits_place or ${isAwaited} then s.awaited_item_id end,
      taken_in_at = case when s.item_id = excluded.item_id then s.taken_in_at else clock_timestamp() end`.execute(tx)
}

/** A sale whose units are taken off the item already counts as reflected: taking them off twice would be wrong. */
const isAwaited = sql`coalesce(s.awaited_item_id = excluded.item_id, false)`

/** How many of these orders are not in yet at the revision named. */
export async function countMissingOrders(
  db: Kysely<ChannelDb>,
  orders: readonly { orderId: string; revision: number }[],
): Promise<number> {
  if (orders.length === 0) return 0
  const { rows } = await sql<{ missing: number }>`
    select count(*) as missing
      from unnest(${orders.map((o) => o.orderId)}::text[], ${orders.map((o) => o.revision)}::bigint[])
           as named (order_id, revision)
     where not exists (select from order_taken_in t where t.order_id = named.order_id and t.revision >= named.revision)
  `.execute(db)
  return rows[0]?.missing ?? 0
}

/** Remembers that availability of these items has moved for these orders, whether the orders themselves are in or not. Answers whether that was news. */
export async function markReflected(
  tx: Transaction<ChannelDb>,
  moves: readonly { orderId: string; itemId: string }[],
): Promise<boolean> {
  if (moves.length === 0) return false
  const orderIds = moves.map((move) => move.orderId)
  const itemIds = moves.map((move) => move.itemId)
  await lockOrders(tx, orderIds)
  const { rows } = await sql<{ moves: number }>`
    with moved as (
      insert into order_reflected (order_id, item_id)
      select distinct order_id, item_id from unnest(${orderIds}::text[], ${itemIds}::text[]) as m (order_id, item_id)
       order by 1, 2
      on conflict do nothing returning order_id, item_id
    ), marked as (
      update order_sale s set reflected = true from moved
       where s.order_id = moved.order_id and s.item_id = moved.item_id and not s.reflected)
    select count(*) as moves from moved`.execute(tx)
  return (rows[0]?.moves ?? 0) > 0
}

/** Which sales of a group are asked for. */
export interface SalesQuestion {
  groupId: string
  connectionId: string
  channelSku: string
  /** Epoch milliseconds, Amazon's clock. */
  since: number
}

/** One sale of a SKU as the planner wants it. */
export interface SaleRow {
  groupId: string
  at: number
  units: number
  reflected: boolean
}

/**
 * The downloaded sales of these groups since the moment that each names.
 * A sale counts as reflected a minute after it came in even if no change of availability ever named its order.
 */
export async function listSales(db: Kysely<ChannelDb>, questions: readonly SalesQuestion[]): Promise<SaleRow[]> {
  if (questions.length === 0) return []
  const { rows } = await sql<SaleRow>`
    select q.group_id as "groupId", (extract(epoch from s.created_at) * 1000)::bigint as at, s.units,
           s.reflected or s.taken_in_at < clock_timestamp() - interval '1 minute' as reflected
      from unnest(${questions.map((q) => q.groupId)}::text[], ${questions.map((q) => q.connectionId)}::text[],
                  ${questions.map((q) => q.channelSku)}::text[], ${questions.map((q) => new Date(q.since))}::timestamptz[])
           as q (group_id, connection_id, channel_sku, since)
      join order_sale s on s.connection_id = q.connection_id and s.channel_sku = q.channel_sku and s.created_at >= q.since
     where s.units > 0
     order by s.created_at`.execute(db)
  return rows
}
