import { skuProblem, textProblem } from '../domain/names.ts'
import { refused, type Refused } from '../domain/refusal.ts'
import type { Item } from '../domain/stock.ts'
import { findItems, insertItem } from '../store/items.ts'
import { holdLocations, listLocations } from '../store/locations.ts'
import { openLevels } from '../store/open-levels.ts'
import { runCommand, type CommandCall, type CommandDeps, type StockTransaction } from './stock-transaction.ts'

export interface CreateItemCommand extends CommandCall {
  sku: string
  /** The SKU when empty. */
  title: string
}

/** Creates an item and a level of 0 in every location. */
export async function createItem(deps: CommandDeps, command: CreateItemCommand): Promise<{ item: Item } | Refused> {
  const { actor, idempotencyKey, ...request } = command
  const problem = skuProblem(request.sku) ?? textProblem('title', request.title)
  if (problem) return refused(problem)
  return runCommand(deps, { name: 'create-item', idempotencyKey, request }, async (stock) => {
    const { sku, title } = request
    await holdLocations(stock.tx)
    const item = await insertItem(stock.tx, { id: stock.ids.next('itm'), sku, title: title || sku })
    if (!item) return skuTaken(stock, sku)
    const places = (await listLocations(stock.tx)).map((location) => {
      return { itemId: item.id, locationId: location.id, onHand: 0, kind: 'item_created' as const }
    })
    await openLevels(stock.tx, stock.ids, { places, cause: { reference: idempotencyKey, actor, note: '' } })
    return { item }
  })
}

async function skuTaken(stock: StockTransaction, sku: string): Promise<Refused> {
  const owner = (await findItems(stock.tx, [sku])).get(sku)?.find((item) => item.sku === sku)
  const message = `the SKU "${sku}" belongs to item ${owner?.id ?? ''} already`
  return refused({ reason: 'ITEM_EXISTS', message, field: 'sku', value: sku })
}
