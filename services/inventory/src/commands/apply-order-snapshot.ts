import type { ChannelSale } from '../domain/holds.ts'
import { kitsMoved, snapshotParts, withPartLines } from '../domain/line-parts.ts'
import { kindOfSnapshotMove, stockDifference, withSnapshot, type OrderSnapshot } from '../domain/order-books.ts'
import { lockForSnapshot } from '../store/order-books.ts'
import { announceKits } from './announce-kits.ts'
import { bookSales } from './book-sales.ts'
import { makeupsFor } from './line-makeups.ts'
import { moveByBooks } from './move-by-books.ts'
import { inStockTransaction, type CommandDeps } from './stock-transaction.ts'

/**
 * Brings stock in line with an order's newest snapshot. Safe to repeat and to run late: it moves only the difference.
 * Never refuses: Amazon's order is a fact, available may fall below 0. False when the snapshot is known or older.
 */
export async function applyOrderSnapshot(
  deps: CommandDeps,
  { snapshot, note, sales = [] }: { snapshot: OrderSnapshot; note: string; sales?: readonly ChannelSale[] },
): Promise<boolean> {
  return inStockTransaction(deps, 'order-snapshot', async (stock) => {
    const before = await lockForSnapshot(stock.tx, snapshot)
    if (!before) return false
    const makeups = await makeupsFor(stock.tx, before, snapshot.lines)
    const holds = await bookSales(stock, snapshot.orderId, sales)
    const after = withSnapshot(withPartLines(before, makeups), {
      ...snapshot,
      lines: snapshotParts(snapshot.lines, makeups),
    })
    const cause = { reference: snapshot.orderId, actor: 'order-download', note }
    await moveByBooks(stock, {
      before,
      after,
      holds,
      kindOf: kindOfSnapshotMove,
      cause,
    })
    const kits = kitsMoved(snapshot.lines, makeups, stockDifference(before, after, kindOfSnapshotMove))
    await announceKits(stock, kits, cause)
    return true
  })
}
