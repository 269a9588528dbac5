import type { Transaction } from 'kysely'
import type { LineMakeups } from '../domain/line-parts.ts'
import type { OrderBooks } from '../domain/order-books.ts'
import type { StockPlace } from '../domain/stock.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { fixMakeups, makeupsOfLines } from '../store/line-makeups.ts'

/**
 * What the lines of a message take, for those that do not simply take their item. It is fixed when a line's item is first known, so that a kit may change while
 * its orders are open. A line whose books have a place of their own needs no look.
 */
export async function makeupsFor(
  tx: Transaction<InventoryDb>,
  books: OrderBooks,
  lines: readonly { lineId: string; place: StockPlace | undefined }[],
): Promise<LineMakeups> {
  const plain = new Set(books.lines.filter((line) => line.place !== undefined).map((line) => line.lineId))
  const open = lines.filter((line) => !plain.has(line.lineId))
  if (open.length === 0) return new Map()
  const known = await makeupsOfLines(
    tx,
    open.map((line) => line.lineId),
  )
  const placed = open.flatMap(({ lineId, place }) => (place && !known.has(lineId) ? [{ lineId, place }] : []))
  return new Map([...known, ...(await fixMakeups(tx, placed))])
}
