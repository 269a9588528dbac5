import { despatchParts, withPartLines } from '../domain/line-parts.ts'
import { withDespatch, type CountedDespatch } from '../domain/order-books.ts'
import { lockForDespatch } from '../store/order-books.ts'
import { makeupsFor } from './line-makeups.ts'
import { moveByBooks } from './move-by-books.ts'
import { inStockTransaction, type CommandDeps } from './stock-transaction.ts'

/**
 * Takes a despatch's units off the shelf, once per despatch, whichever of its events comes first and however often, and even before its order.
 * What has left the house has left it: on-hand may fall below 0. False when the despatch was counted before.
 */
export async function countDespatch(
  deps: CommandDeps,
  { despatch, actor, note }: { despatch: CountedDespatch; actor: string; note: string },
): Promise<boolean> {
  return inStockTransaction(deps, 'count-despatch', async (stock) => {
    const before = await lockForDespatch(stock.tx, despatch)
    if (!before) return false
    const makeups = await makeupsFor(stock.tx, before, despatch.lines)
    await moveByBooks(stock, {
      before,
      after: withDespatch(withPartLines(before, makeups), {
        ...despatch,
        lines: despatchParts(despatch.lines, makeups),
      }),
      kindOf: () => 'despatched',
      cause: { reference: despatch.despatchId, actor, note },
    })
    return true
  })
}
