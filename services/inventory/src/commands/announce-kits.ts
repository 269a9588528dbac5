import type { MovedKit } from '../domain/line-parts.ts'
import type { CauseDetail } from '../domain/stock.ts'
import { computeKitLevels, lockKits } from '../store/kit-levels.ts'
import type { StockTransaction } from './stock-transaction.ts'

/**
 * Tells the numbers of kits that an order has moved under the order's own name, in its own transaction: whoever counts the order off a kit's listing hears that the kit's
 * number is without it from now on, although that number may be the same. The components are moved already.
 */
export async function announceKits(
  stock: StockTransaction,
  moved: readonly MovedKit[],
  cause: CauseDetail,
): Promise<void> {
  if (moved.length === 0) return
  const kits = new Map(moved.map((kit) => [kit.place.itemId, kit]))
  const known = await lockKits(stock.tx, [...kits.keys()])
  const computed = [...kits].flatMap(([kitId, { place, kind }]) => {
    return known.has(kitId) ? [{ kitId, kind, cause, announceIn: place.locationId }] : []
  })
  await computeKitLevels(stock.tx, stock.ids, computed)
}
