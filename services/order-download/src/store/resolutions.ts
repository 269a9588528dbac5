import { sql, type Kysely, type Transaction } from 'kysely'
import type { OrderDownloadDb } from './tables.ts'

type Tx = Transaction<OrderDownloadDb>

/** How long after a line was stored without a place the connector is asked again. */
const ASK_AGAIN_MS = 2_000

/** Marks lines whose place must be asked for again, and makes the asking due. */
export async function askPlacesAgain(tx: Tx, connectionId: string, lineIds: string[]): Promise<void> {
  if (lineIds.length === 0) return
  await tx.updateTable('order_line').set({ ask_place: true }).where('id', 'in', lineIds).execute()
  await makeDue(tx, connectionId, ASK_AGAIN_MS)
}

/** Marks every line without a place in the unfinished orders of a connection: its links or locations may have changed. */
export async function askAllPlacesAgain(tx: Tx, connectionId: string): Promise<void> {
  const { numAffectedRows = 0n } = await sql`
    update order_line as line set ask_place = true
      from sales_order as owner
     where owner.id = line.order_id and owner.connection_id = ${connectionId} and owner.state in ('open', 'parked')
       and not line.ask_place and (line.item_id is null or owner.account_id is null or (line.location_id is null and owner.fulfilled_by = 'MERCHANT'))`.execute(
    tx,
  )
  if (numAffectedRows > 0n) await makeDue(tx, connectionId, 0)
}

async function makeDue(tx: Tx, connectionId: string, inMs: number): Promise<void> {
  await sql`
    insert into resolution_due (connection_id, next_at)
    values (${connectionId}, clock_timestamp() + make_interval(secs => ${inMs / 1_000}))
    on conflict (connection_id) do update set next_at = least(coalesce(resolution_due.next_at, 'infinity'), excluded.next_at)`.execute(
    tx,
  )
}

/** A line whose place is asked for. */
export interface LineToPlace {
  lineId: string
  orderId: string
  marketplaceId: string
  channelSku: string
}

/** Lines of a connection whose place must be asked for, oldest first. */
export async function listLinesToPlace(
  db: Kysely<OrderDownloadDb>,
  wanted: { connectionId: string; limit: number },
): Promise<LineToPlace[]> {
  return db
    .selectFrom('order_line as line')
    .innerJoin('sales_order as owner', 'owner.id', 'line.order_id')
    .select([
      'line.id as lineId',
      'line.order_id as orderId',
      'owner.marketplace_id as marketplaceId',
      'line.channel_sku as channelSku',
    ])
    .where('line.ask_place', '=', true)
    .where('owner.connection_id', '=', wanted.connectionId)
    .orderBy('line.order_id')
    .orderBy('line.position')
    .limit(wanted.limit)
    .execute()
}

/** Notes that lines were asked for. */
export async function clearAsked(tx: Tx, lineIds: string[]): Promise<void> {
  await tx.updateTable('order_line').set({ ask_place: false }).where('id', 'in', lineIds).execute()
}

/**
 * Sets when a connection's lines are asked for next; never when nothing is left to ask. The row must be locked by an earlier statement of the
 * transaction, or lines that are being stored at this moment could be overlooked.
 */
export async function saveResolutionEnd(tx: Tx, connectionId: string): Promise<void> {
  await sql`
    update resolution_due
       set next_at = case when exists (
             select from order_line as line join sales_order as owner on owner.id = line.order_id
              where line.ask_place and owner.connection_id = ${connectionId})
           then clock_timestamp() else null end
     where connection_id = ${connectionId}`.execute(tx)
}

/** Unfinished orders that hold a line of this SKU and marketplace without an item. */
export async function listOrdersToLink(
  db: Kysely<OrderDownloadDb>,
  wanted: { connectionId: string; marketplaceId: string; channelSku: string; limit: number },
): Promise<string[]> {
  const rows = await db
    .selectFrom('order_line as line')
    .innerJoin('sales_order as owner', 'owner.id', 'line.order_id')
    .select('owner.id')
    .distinct()
    .where('line.channel_sku', '=', wanted.channelSku)
    .where('owner.connection_id', '=', wanted.connectionId)
    .where('owner.marketplace_id', '=', wanted.marketplaceId)
    .where('owner.state', 'in', ['open', 'parked'])
    .where('line.item_id', 'is', null)
    .orderBy('owner.id')
    .limit(wanted.limit)
    .execute()
  return rows.map(({ id }) => id)
}
