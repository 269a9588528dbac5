import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import type { Order, OrderLine, OrderState } from '../domain/order.ts'
import type { OrderDownloadDb, OrderLineTable, SalesOrderTable } from './tables.ts'

type Db = Kysely<OrderDownloadDb>
type Tx = Transaction<OrderDownloadDb>

const orderColumns = [
  'id',
  'seller_id',
  'channel_order_id',
  'connection_id',
  'account_id',
  'marketplace',
  'marketplace_id',
  'fulfilled_by',
  'channel_status',
  'state',
  'location_id',
  'revision',
  'created_at',
  'channel_updated_at',
  'received_at',
  'read_at',
  'ship_by',
  'buyer_cancel_requested',
  'before_go_live',
  'programs',
  'finding',
] as const

export type OrderRow = Pick<Selectable<SalesOrderTable>, (typeof orderColumns)[number]>

/** An order with the time it was last read from Amazon. */
export interface StoredOrder {
  order: Order
  readAt: Date
}

/** Lets one transaction at a time take in orders of a seller, so that two workers with the same page write each order once. */
export async function lockIngestOf(tx: Tx, sellerId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`ingest ${sellerId}`}, 0))`.execute(tx)
}

/** Locks and reads those of the orders that are stored, by Amazon's id. */
export async function lockOrdersOfSeller(
  tx: Tx,
  sellerId: string,
  channelOrderIds: string[],
): Promise<Map<string, Order>> {
  if (channelOrderIds.length === 0) return new Map()
  const rows = await tx
    .selectFrom('sales_order')
    .select(orderColumns)
    .where('seller_id', '=', sellerId)
    .where('channel_order_id', 'in', channelOrderIds)
    // A fixed order of locks: overlapping pages and consumers wait for each other instead of deadlocking.
    .orderBy('id')
    .forUpdate()
    .execute()
  const orders = await withLines(tx, rows)
  return new Map(orders.map(({ order }) => [order.channelOrderId, order]))
}

/** Locks and reads orders by our ids, in a fixed order. */
export async function lockOrders(tx: Tx, orderIds: string[]): Promise<Order[]> {
  if (orderIds.length === 0) return []
  const rows = await tx
    .selectFrom('sales_order')
    .select(orderColumns)
    .where('id', 'in', orderIds)
    .orderBy('id')
    .forUpdate()
    .execute()
  return (await withLines(tx, rows)).map(({ order }) => order)
}

/** Orders with our id or Amazon's, at most 20. */
export async function findOrders(db: Db, idOrChannelId: string): Promise<StoredOrder[]> {
  const rows = await db
    .selectFrom('sales_order')
    .select(orderColumns)
    .where((or) => or.or([or('id', '=', idOrChannelId), or('channel_order_id', '=', idOrChannelId)]))
    .orderBy('id')
    .limit(20)
    .execute()
  return withLines(db, rows)
}

/** Rows of orders, newest first; orders of the same time by id. */
export async function listOrderRows(
  db: Db,
  wanted: {
    filter: { accountId?: string; state?: OrderState; folder?: 'FBM' | 'FBA'; search?: string }
    after: { createdAt: Date; id: string } | undefined
    limit: number
  },
): Promise<OrderRow[]> {
  const { filter, after, limit } = wanted
  let query = db.selectFrom('sales_order').select(orderColumns)
  if (filter.accountId) query = query.where('account_id', '=', filter.accountId)
  if (filter.state) query = query.where('state', '=', filter.state)
  if (filter.folder) query = query.where('fulfilled_by', '=', filter.folder === 'FBA' ? 'AMAZON' : 'MERCHANT')
  if (filter.search) query = query.where(mentions(filter.search))
  if (after) query = query.where((is) => is(is.refTuple('created_at', 'id'), '<', is.tuple(after.createdAt, after.id)))
  return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute()
}

/** The text stands in Amazon's order id or in the SKU of a line; its case matters only in a SKU. */
function mentions(text: string) {
  const pattern = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  return sql<boolean>`(channel_order_id ilike ${pattern}
    or exists (select from order_line where order_line.order_id = sales_order.id and channel_sku like ${pattern}))`
}

/** Adds the lines, with the units that left by our despatches, to rows of orders; keeps their order. */
export async function withLines(db: Db, rows: OrderRow[]): Promise<StoredOrder[]> {
  if (rows.length === 0) return []
  const lines = await db
    .selectFrom('order_line as line')
    .selectAll('line')
    .select((select) =>
      select
        .selectFrom('order_line_despatch as gone')
        .select(({ fn }) => fn.coalesce(fn.sum<number>('gone.quantity'), sql<number>`0`).as('sum'))
        .whereRef('gone.order_line_id', '=', 'line.id')
        .as('despatched'),
    )
    .where(
      'line.order_id',
      'in',
      rows.map(({ id }) => id),
    )
    .orderBy('line.order_id')
    .orderBy('line.position')
    .execute()
  const ofOrder = Map.groupBy(lines, (line) => line.order_id)
  return rows.map((row) => ({ order: orderFrom(row, (ofOrder.get(row.id) ?? []).map(lineFrom)), readAt: row.read_at }))
}

/** Stores an order that is new, or replaces what is stored of it. The caller holds its lock, or the seller's. */
export async function saveOrder(tx: Tx, order: Order, read?: { at: Date; payload: unknown }): Promise<void> {
  const { id, ...columns } = rowFrom(order)
  const reading = read ? { read_at: read.at, payload: JSON.stringify(read.payload) } : undefined
  if (order.revision === 1 && reading) {
    await tx
      .insertInto('sales_order')
      .values({ id, ...columns, ...reading })
      .execute()
  } else {
    await tx
      .updateTable('sales_order')
      .set({ ...columns, ...reading })
      .where('id', '=', id)
      .execute()
  }
  await saveLines(tx, order)
}

async function saveLines(tx: Tx, order: Order): Promise<void> {
  const rows = order.lines.map((line, position) => ({
    ...lineRowFrom(line),
    order_id: order.id,
    position,
    ask_place: false,
  }))
  await tx
    .insertInto('order_line')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((given) => ({
        position: given.ref('excluded.position'),
        channel_sku: given.ref('excluded.channel_sku'),
        title: given.ref('excluded.title'),
        listing_id: given.ref('excluded.listing_id'),
        item_id: given.ref('excluded.item_id'),
        item_sku: given.ref('excluded.item_sku'),
        location_id: given.ref('excluded.location_id'),
        ordered: given.ref('excluded.ordered'),
        cancelled: given.ref('excluded.cancelled'),
        fulfilled_on_amazon: given.ref('excluded.fulfilled_on_amazon'),
        shipped_before_go_live: given.ref('excluded.shipped_before_go_live'),
        price_minor: given.ref('excluded.price_minor'),
        price_currency: given.ref('excluded.price_currency'),
      })),
    )
    .execute()
}

/** Notes that Amazon showed these orders unchanged: only the times of reading move. */
export async function touchOrders(
  tx: Tx,
  touched: { id: string; channelUpdatedAt: Date }[],
  readAt: Date,
): Promise<void> {
  if (touched.length === 0) return
  await sql`
    update sales_order as stored
       set read_at = greatest(stored.read_at, ${readAt}), channel_updated_at = greatest(stored.channel_updated_at, seen.updated_at)
      from unnest(${touched.map(({ id }) => id)}::text[], ${touched.map(({ channelUpdatedAt }) => channelUpdatedAt)}::timestamptz[]) as seen (id, updated_at)
     where stored.id = seen.id`.execute(tx)
}

function orderFrom(row: OrderRow, lines: OrderLine[]): Order {
  return {
    id: row.id,
    sellerId: row.seller_id,
    channelOrderId: row.channel_order_id,
    connectionId: row.connection_id,
    accountId: row.account_id,
    marketplace: row.marketplace,
    marketplaceId: row.marketplace_id,
    fulfilledBy: row.fulfilled_by,
    channelStatus: row.channel_status,
    state: row.state,
    locationId: row.location_id,
    revision: row.revision,
    createdAt: row.created_at,
    channelUpdatedAt: row.channel_updated_at,
    receivedAt: row.received_at,
    shipBy: row.ship_by,
    buyerCancelRequested: row.buyer_cancel_requested,
    beforeGoLive: row.before_go_live,
    programs: row.programs,
    finding: row.finding,
    lines,
  }
}

function rowFrom(order: Order): Omit<OrderRow, 'read_at'> {
  return {
    id: order.id,
    seller_id: order.sellerId,
    channel_order_id: order.channelOrderId,
    connection_id: order.connectionId,
    account_id: order.accountId,
    marketplace: order.marketplace,
    marketplace_id: order.marketplaceId,
    fulfilled_by: order.fulfilledBy,
    channel_status: order.channelStatus,
    state: order.state,
    location_id: order.locationId,
    revision: order.revision,
    created_at: order.createdAt,
    channel_updated_at: order.channelUpdatedAt,
    received_at: order.receivedAt,
    ship_by: order.shipBy,
    buyer_cancel_requested: order.buyerCancelRequested,
    before_go_live: order.beforeGoLive,
    programs: order.programs,
    finding: order.finding,
  }
}

type LineRow = Omit<Selectable<OrderLineTable>, 'order_id' | 'position' | 'ask_place'>

function lineFrom(row: LineRow & { despatched: number | string | null }): OrderLine {
  return {
    id: row.id,
    channelLineId: row.channel_line_id,
    channelSku: row.channel_sku,
    title: row.title,
    listingId: row.listing_id,
    itemId: row.item_id,
    itemSku: row.item_sku,
    locationId: row.location_id,
    ordered: row.ordered,
    cancelled: row.cancelled,
    fulfilledOnAmazon: row.fulfilled_on_amazon,
    shippedBeforeGoLive: row.shipped_before_go_live,
    despatched: Number(row.despatched ?? 0),
    price:
      row.price_minor === null || row.price_currency === null
        ? null
        : { minor: row.price_minor, currency: row.price_currency },
  }
}

function lineRowFrom(line: OrderLine): LineRow {
  return {
    id: line.id,
    channel_line_id: line.channelLineId,
    channel_sku: line.channelSku,
    title: line.title,
    listing_id: line.listingId,
    item_id: line.itemId,
    item_sku: line.itemSku,
    location_id: line.locationId,
    ordered: line.ordered,
    cancelled: line.cancelled,
    fulfilled_on_amazon: line.fulfilledOnAmazon,
    shipped_before_go_live: line.shippedBeforeGoLive,
    price_minor: line.price?.minor ?? null,
    price_currency: line.price?.currency ?? null,
  }
}
