import { holdMoves, spanOf, unitsHeld, type Hold, type HoldStatement } from '../domain/holds.ts'
import type { CauseDetail, MoveKind } from '../domain/stock.ts'
import { findHold, isKitItem, lockSkus, salesOf, saveHolds } from '../store/holds.ts'
import { hasCode, inStockTransaction, type CommandDeps, type StockTransaction } from './stock-transaction.ts'

/** A hold names an item or a location that inventory does not hold. */
export class UnknownHoldPlaceError extends Error {
  override name = 'UnknownHoldPlaceError'
  readonly holdId: string

  constructor(holdId: string, options: ErrorOptions) {
    super(`hold ${holdId} names an item or a location that does not exist here`, options)
    this.holdId = holdId
  }
}

/**
 * Holds what a channel sold and nobody has downloaded. What is held is a function of the newest statement and of the sales in the books, so statements and orders may be repeated, come late
 * or in any order. Never refuses: what is sold is sold, available may fall below 0. False for a statement that is known or older.
 */
export async function stateHold(
  deps: CommandDeps,
  { statement, kind, cause }: { statement: HoldStatement; kind: MoveKind; cause: CauseDetail },
): Promise<boolean> {
  return inStockTransaction(deps, 'state-hold', async (stock) => {
    await lockSkus(stock.tx, [statement])
    const before = await findHold(stock.tx, statement.holdId)
    if (before && before.version >= statement.version) return false
    const after = await heldBy(stock, statement)
    await saveKnown(stock, after)
    await stock.move({ moves: holdMoves(before, after, kind), refuse: 'never', write: 'all', cause })
    return true
  })
}

/** A kit is put together from others, whose levels the order will reserve in: nothing is held of the kit itself. */
async function heldBy(stock: StockTransaction, stated: HoldStatement): Promise<Hold> {
  const isKit = stated.place !== undefined && (await isKitItem(stock.tx, stated.place.itemId))
  const statement = isKit ? { ...stated, place: undefined } : stated
  const span = spanOf(statement.falls)
  const sales = span ? await salesOf(stock.tx, statement, span) : []
  return { ...statement, units: unitsHeld(statement, sales) }
}

async function saveKnown(stock: StockTransaction, hold: Hold): Promise<void> {
  try {
    await saveHolds(stock.tx, [hold])
  } catch (error) {
    // foreign_key_violation: a hold refers to the level that it lowers.
    if (hasCode(error, '23503')) throw new UnknownHoldPlaceError(hold.holdId, { cause: error })
    throw error
  }
}
