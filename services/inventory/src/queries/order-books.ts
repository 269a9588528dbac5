import type { Kysely } from 'kysely'
import { booksOfOwnLines, isPartLine } from '../domain/line-parts.ts'
import type { LineBooks } from '../domain/order-books.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { makeupsOfLines } from '../store/line-makeups.ts'
import { linesOfOrder } from '../store/order-books.ts'

/** The books of an order's lines, a kit's in kits. */
export async function booksOfOrder(db: Kysely<InventoryDb>, orderId: string): Promise<LineBooks[]> {
  const lines = await linesOfOrder(db, orderId)
  const hasParts = lines.some((line) => isPartLine(line.lineId))
  if (!hasParts) return lines
  const makeups = await makeupsOfLines(
    db,
    lines.map((line) => line.lineId),
  )
  return booksOfOwnLines(lines, makeups)
}
