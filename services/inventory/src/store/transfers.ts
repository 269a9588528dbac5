import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import type { Transfer, TransferState } from '../domain/transfers.ts'
import type { InventoryDb } from './inventory-db.ts'

export interface NewTransfer {
  id: string
  fromLocationId: string
  toLocationId: string
  /** The goods are there already. */
  arrived: boolean
  reference: string
  note: string
  actor: string
  units: readonly { itemId: string; quantity: number }[]
}

export async function insertTransfer(tx: Transaction<InventoryDb>, transfer: NewTransfer): Promise<void> {
  const { id, fromLocationId, toLocationId, arrived, reference, note, actor, units } = transfer
  const places = { from_location_id: fromLocationId, to_location_id: toLocationId }
  const state = arrived ? ('received' as const) : ('in_flight' as const)
  await tx
    .insertInto('transfer')
    .values({ id, ...places, state, reference, note, actor, ended_at: arrived ? sql<Date>`clock_timestamp()` : null })
    .execute()
  const lines = units.map(({ itemId, quantity }) => {
    return { transfer_id: id, item_id: itemId, sent: quantity, received: arrived ? quantity : 0 }
  })
  await tx.insertInto('transfer_line').values(lines).execute()
}

/** Locks a transfer until the transaction ends. Undefined when there is none of this id. Transfers are locked before levels, always. */
export async function lockTransfer(tx: Transaction<InventoryDb>, id: string): Promise<Transfer | undefined> {
  const locked = await tx.selectFrom('transfer').select('id').where('id', '=', id).forUpdate().executeTakeFirst()
  if (!locked) return undefined
  const [transfer] = await transfersWhere(tx, sql`transfer.id = ${id}`, 1)
  return transfer
}

/** Counts units of a locked transfer as arrived, or as gone back. */
export async function countTransferUnits(
  tx: Transaction<InventoryDb>,
  counted: { id: string; as: 'received' | 'returned'; units: readonly { itemId: string; quantity: number }[] },
): Promise<void> {
  const { id, as, units } = counted
  const column = sql.ref(as)
  await sql`
    update transfer_line as line set ${column} = line.${column} + counted.quantity
      from unnest(${units.map(({ itemId }) => itemId)}::text[], ${units.map(({ quantity }) => quantity)}::bigint[]) as counted (item_id, quantity)
     where line.transfer_id = ${id} and line.item_id = counted.item_id`.execute(tx)
}

/** Ends a locked transfer. */
export async function endTransfer(
  tx: Transaction<InventoryDb>,
  id: string,
  state: Exclude<TransferState, 'in_flight'>,
): Promise<void> {
  await sql`update transfer set state = ${state}, ended_at = clock_timestamp() where id = ${id}`.execute(tx)
}

/** Transfers with their lines by SKU, newest first. */
export async function transfersWhere(
  db: Kysely<InventoryDb>,
  condition: RawBuilder<unknown>,
  limit: number,
): Promise<Transfer[]> {
  const { rows } = await sql<Transfer>`
    select transfer.id, from_location_id as "fromLocationId", origin.name as "fromLocationName",
           to_location_id as "toLocationId", target.name as "toLocationName", transfer.state, transfer.reference, transfer.note,
           transfer.actor, transfer.sent_at as "sentAt", transfer.ended_at as "endedAt",
           (select jsonb_agg(jsonb_build_object('itemId', line.item_id, 'itemSku', item.sku, 'sent', line.sent,
                                                'received', line.received, 'returned', line.returned) order by item.sku)
              from transfer_line as line join item on item.id = line.item_id where line.transfer_id = transfer.id) as lines
      from transfer
      join location as origin on origin.id = transfer.from_location_id
      join location as target on target.id = transfer.to_location_id
     where ${condition}
     order by transfer.id desc limit ${limit}`.execute(db)
  return rows
}
