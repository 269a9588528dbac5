import { withHoldMoves } from '../domain/holds.ts'
import { linesGoneThoughCancelled, stockDifference, type OrderBooks } from '../domain/order-books.ts'
import type { CauseDetail, MoveKind, StockMove } from '../domain/stock.ts'
import { openIncidents } from '../store/incidents.ts'
import { saveLines } from '../store/order-books.ts'
import { hasCode, type StockTransaction } from './stock-transaction.ts'

/** The books name an item or a location that inventory does not hold, so there is no level to move. */
export class UnknownPlaceError extends Error {
  override name = 'UnknownPlaceError'
  readonly orderId: string

  constructor(orderId: string, options: ErrorOptions) {
    super(`a line of order ${orderId} names an item or a location that does not exist here`, options)
    this.orderId = orderId
  }
}

/** Writes the new books of a locked order and moves stock by the difference, in one statement for all its items. */
export async function moveByBooks(
  stock: StockTransaction,
  change: {
    before: OrderBooks
    after: OrderBooks
    /** Moves of the holds that the order explains. */
    holds?: readonly StockMove[]
    kindOf: (move: { reservedBy: number; takenBy: number }) => MoveKind
    cause: CauseDetail
  },
): Promise<void> {
  const { before, after, holds = [], kindOf, cause } = change
  try {
    await saveLines(stock.tx, after)
  } catch (error) {
    // foreign_key_violation: lines refer to the level that they move.
    if (hasCode(error, '23503')) throw new UnknownPlaceError(after.orderId, { cause: error })
    throw error
  }
  const moves = withHoldMoves(stockDifference(before, after, kindOf), holds)
  await stock.move({ moves, refuse: 'never', write: 'all', cause })
  await openIncidents(
    stock.tx,
    linesGoneThoughCancelled(before, after).map(({ lineId, place, units }) => ({
      ...place,
      kind: 'cancelled_after_despatch',
      reference: lineId,
      units,
      cause: { ...cause, kind: 'order_cancelled' },
    })),
  )
}
