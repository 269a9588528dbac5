import { sql, type Kysely, type Transaction } from 'kysely'
import type { CountedDespatch, LineBooks, OrderBooks, OrderSnapshot } from '../domain/order-books.ts'
import type { InventoryDb } from './inventory-db.ts'

/**
 * Locks an order's books for a snapshot that is newer than they are, and notes its revision. Undefined when the snapshot is known or older.
 * An order is locked before any level, always, so that two messages about it wait here and nowhere else.
 */
export async function lockForSnapshot(
  tx: Transaction<InventoryDb>,
  snapshot: OrderSnapshot,
): Promise<OrderBooks | undefined> {
  const { orderId, revision, movesStock } = snapshot
  const { rows } = await sql<{ movedTo: string | null }>`
    insert into order_books as known (order_id, revision, moves_stock) values (${orderId}, ${revision}, ${movesStock})
    on conflict (order_id) do update set revision = excluded.revision, moves_stock = excluded.moves_stock
      where known.revision < excluded.revision
    returning location_id as "movedTo"`.execute(tx)
  const [known] = rows
  if (!known) return undefined
  const movedTo = known.movedTo ?? undefined
  return { orderId, revision, movesStock, movedTo, lines: await linesOfOrder(tx, orderId) }
}

/** Locks an order's books for a despatch that was not counted before, and counts it. Undefined when it was. */
export async function lockForDespatch(
  tx: Transaction<InventoryDb>,
  { despatchId, orderId }: CountedDespatch,
): Promise<OrderBooks | undefined> {
  await sql`insert into order_books (order_id) values (${orderId}) on conflict (order_id) do nothing`.execute(tx)
  const order = await lockBooks(tx, orderId)
  const { numAffectedRows } = await sql`
    insert into counted_despatch (despatch_id, order_id) values (${despatchId}, ${orderId}) on conflict do nothing`.execute(
    tx,
  )
  return numAffectedRows === 0n ? undefined : order
}

/** Locks an order's books until the transaction ends. Undefined when nothing is known of the order. */
export async function lockBooks(tx: Transaction<InventoryDb>, orderId: string): Promise<OrderBooks | undefined> {
  const { rows } = await sql<{ revision: number; movesStock: boolean; movedTo: string | null }>`
    select revision, moves_stock as "movesStock", location_id as "movedTo" from order_books where order_id = ${orderId} for update`.execute(
    tx,
  )
  const [order] = rows
  if (!order) return undefined
  return { orderId, ...order, movedTo: order.movedTo ?? undefined, lines: await linesOfOrder(tx, orderId) }
}

/** Notes that a person has moved a locked order. */
export async function saveOrderLocation(
  tx: Transaction<InventoryDb>,
  { orderId, movedTo }: Pick<OrderBooks, 'orderId' | 'movedTo'>,
): Promise<void> {
  await tx
    .updateTable('order_books')
    .set({ location_id: movedTo ?? null })
    .where('order_id', '=', orderId)
    .execute()
}

export async function linesOfOrder(db: Kysely<InventoryDb>, orderId: string): Promise<LineBooks[]> {
  const rows = await db
    .selectFrom('line_books')
    .selectAll()
    .where('order_id', '=', orderId)
    .orderBy('order_line_id')
    .execute()
  return rows.map((row) => ({
    lineId: row.order_line_id,
    place:
      row.item_id === null || row.location_id === null
        ? undefined
        : { itemId: row.item_id, locationId: row.location_id },
    ordered: row.ordered,
    cancelled: row.cancelled,
    fulfilledOnAmazon: row.fulfilled_on_amazon,
    despatched: row.despatched,
    reserved: row.reserved,
    taken: row.taken,
  }))
}

/** Writes the lines of an order whose books this transaction has locked. */
export async function saveLines(tx: Transaction<InventoryDb>, { orderId, lines }: OrderBooks): Promise<void> {
  if (lines.length === 0) return
  const rows = lines.map((line) => ({
    order_line_id: line.lineId,
    order_id: orderId,
    item_id: line.place?.itemId ?? null,
    location_id: line.place?.locationId ?? null,
    ordered: line.ordered,
    cancelled: line.cancelled,
    fulfilled_on_amazon: line.fulfilledOnAmazon,
    despatched: line.despatched,
    reserved: line.reserved,
    taken: line.taken,
  }))
  await tx
    .insertInto('line_books')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('order_line_id').doUpdateSet((new_) => ({
        item_id: new_.ref('excluded.item_id'),
        location_id: new_.ref('excluded.location_id'),
        ordered: new_.ref('excluded.ordered'),
        cancelled: new_.ref('excluded.cancelled'),
        fulfilled_on_amazon: new_.ref('excluded.fulfilled_on_amazon'),
        despatched: new_.ref('excluded.despatched'),
        reserved: new_.ref('excluded.reserved'),
        taken: new_.ref('excluded.taken'),
      })),
    )
    .execute()
}
