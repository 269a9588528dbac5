import { sql, type Kysely } from 'kysely'
import { locationNamed } from '../domain/named.ts'
import { isRefused, refused, shown, type Refused } from '../domain/refusal.ts'
import type { Transfer, TransferState } from '../domain/transfers.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { askable } from '../store/items.ts'
import { listLocations } from '../store/locations.ts'
import { transfersWhere } from '../store/transfers.ts'
import { findItem } from './find-item.ts'
import { isText, pageOf, withNextToken, type AskedPage } from './page.ts'

export interface WantedTransfers {
  /** By id or SKU; of all items when empty. */
  item: string
  /** From it or to it, by id or name; of all locations when empty. */
  location: string
  state: TransferState | undefined
  page: AskedPage
}

/** Transfers, newest first. */
export async function listTransfers(
  db: Kysely<InventoryDb>,
  { item: itemText, location: locationText, state, page: asked }: WantedTransfers,
): Promise<{ transfers: Transfer[]; nextPageToken: string } | Refused> {
  const page = pageOf(asked, isText)
  if (isRefused(page)) return page
  const item = itemText === '' ? undefined : await findItem(db, itemText)
  if (item && isRefused(item)) return item
  const location = locationText === '' ? undefined : locationNamed(await listLocations(db), locationText)
  if (location && 'reason' in location) return refused(location)
  const [itemId, locationId, after] = [item?.id ?? null, location?.id ?? null, page.after ?? null]
  const transfers = await transfersWhere(
    db,
    sql`(${itemId}::text is null or exists (select from transfer_line as line where line.transfer_id = transfer.id and line.item_id = ${itemId}::text))
        and (${locationId}::text is null or ${locationId}::text in (transfer.from_location_id, transfer.to_location_id))
        and (${state ?? null}::text is null or transfer.state = ${state ?? null}::text)
        and (${after}::text is null or transfer.id < ${after}::text)`,
    page.size + 1,
  )
  const { entries, nextPageToken } = withNextToken(transfers, page.size, (transfer) => transfer.id)
  return { transfers: entries, nextPageToken }
}

/** One transfer. */
export async function findTransfer(db: Kysely<InventoryDb>, id: string): Promise<Transfer | Refused> {
  const [found] = await transfersWhere(db, sql`transfer.id = any(${askable([id])}::text[])`, 1)
  return found ?? unknownTransfer(id)
}

export function unknownTransfer(id: string): Refused {
  const message = `there is no transfer "${shown(id)}"`
  return refused({ reason: 'TRANSFER_UNKNOWN', message, field: 'transfer_id', value: shown(id) })
}
