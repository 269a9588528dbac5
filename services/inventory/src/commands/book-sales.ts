import { holdMoves, spanOf, unitsHeld, type ChannelSale, type Hold } from '../domain/holds.ts'
import type { StockMove } from '../domain/stock.ts'
import { lockSkus, openHoldsOf, salesOf, saveHolds, saveSales } from '../store/holds.ts'
import type { StockTransaction } from './stock-transaction.ts'

/**
 * Notes what an order sold and answers the moves of the holds that it explains: together with its reservation they are one change of the level, so that a unit is never both. The order's books are
 * locked; an order without such lines costs nothing.
 */
export async function bookSales(
  stock: StockTransaction,
  orderId: string,
  sales: readonly ChannelSale[],
): Promise<StockMove[]> {
  if (sales.length === 0) return []
  await saveSales(stock.tx, orderId, sales)
  await lockSkus(stock.tx, sales)
  const holds = await openHoldsOf(stock.tx, sales)
  const moves: StockMove[] = []
  for (const hold of holds) {
    const after = await explained(stock, hold)
    if (after.units === hold.units) continue
    await saveHolds(stock.tx, [after])
    moves.push(...holdMoves(hold, after, 'hold_explained'))
  }
  return moves
}

async function explained(stock: StockTransaction, hold: Hold): Promise<Hold> {
  const span = spanOf(hold.falls)
  const sales = span ? await salesOf(stock.tx, hold, span) : []
  return { ...hold, units: unitsHeld(hold, sales) }
}
