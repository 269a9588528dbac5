import type { Location } from '../domain/stock.ts'
import { datePlaces } from '../store/figures.ts'
import { levelsOfPlaces } from '../store/levels.ts'
import { fbaLocationOf, freeName, insertLocation, keepFbaLocation, lockLocations } from '../store/locations.ts'
import { openEveryItem } from './create-location.ts'
import { inStockTransaction, type CommandDeps, type StockTransaction } from './stock-transaction.ts'

/** What Amazon can fulfil of an item, as one account read it. */
export interface FbaLevel {
  accountId: string
  itemId: string
  onHand: number
  figureAt: Date
}

/**
 * Writes Amazon's figure into the FBA location of the account, which comes into being with the first one; nobody else writes there.
 * A figure that is not newer changes nothing. False when there is no such item.
 */
export async function takeInFbaLevel(deps: CommandDeps, level: FbaLevel): Promise<boolean> {
  const { accountId, itemId, onHand, figureAt } = level
  return inStockTransaction(deps, 'fba-level', async (stock) => {
    const locationId = (await fbaLocationOf(stock.tx, accountId)) ?? (await makeFbaLocation(stock, accountId)).id
    const place = { itemId, locationId }
    const newer = await datePlaces(stock.tx, [place], figureAt)
    if (newer.length === 0) return (await levelsOfPlaces(stock.tx, [place])).length > 0
    await stock.move({
      moves: [{ ...place, onHandTo: onHand, kind: 'fba_level_changed' }],
      refuse: 'never',
      write: 'all',
      cause: { reference: accountId, actor: 'amazon', note: `as of ${figureAt.toISOString()}` },
    })
    return true
  })
}

/** Two figures of a new account wait for each other here, and the second finds the location that the first has made. */
async function makeFbaLocation(stock: StockTransaction, accountId: string): Promise<Pick<Location, 'id'>> {
  await lockLocations(stock.tx)
  const known = await fbaLocationOf(stock.tx, accountId)
  if (known !== undefined) return { id: known }
  const name = await freeName(stock.tx, ['Amazon FBA', `Amazon FBA ${accountId}`])
  const location = await insertLocation(stock.tx, { id: stock.ids.next('loc'), name, kind: 'fba' })
  if (!location) throw new Error(`the location name "${name}" is taken`)
  await keepFbaLocation(stock.tx, { accountId, locationId: location.id })
  await openEveryItem(stock, location.id, { reference: accountId, actor: 'amazon', note: '' })
  return location
}
