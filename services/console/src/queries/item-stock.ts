import {
  LocationKind,
  type ItemAvailability,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'

import type { Level } from '../domain/stock-in-locations.ts'
import { ask, type Asker } from '../peers/ask.ts'
import { inTurns } from '../peers/in-turns.ts'
import type { Peers } from '../peers/peers.ts'

/** The levels of an item and when they last moved. */
export interface ItemStock {
  readonly levels: readonly Level[]
  readonly movedAt: Date | undefined
}

const AT_A_TIME = 8
const MOST_KEPT = 5_000

/**
 * Reads the stock of the items on a page. Each change of a level raises its version, so levels and ledger are read again only for items whose
 * versions have changed since: a page that is looked at costs inventory one call while nothing moves.
 */
export class ItemStockReader {
  readonly #inventory: Peers['inventory']
  readonly #kept = new Map<string, { readonly versions: string; readonly stock: ItemStock }>()

  constructor(inventory: Peers['inventory']) {
    this.#inventory = inventory
  }

  /** At most 1,000 items. Items that inventory does not know are missing from the answer. */
  async read(itemIds: readonly string[], asker: Asker): Promise<ReadonlyMap<string, ItemStock>> {
    if (itemIds.length === 0) return new Map()
    const { items } = await ask(this.#inventory, 'getAvailability', { itemIds: [...itemIds] }, asker)
    const stocks = await inTurns(items, AT_A_TIME, (item) => this.#stockOf(item, asker))
    return new Map(items.map((item, index) => [item.itemId, stocks[index] ?? { levels: [], movedAt: undefined }]))
  }

  async #stockOf(item: ItemAvailability, asker: Asker): Promise<ItemStock> {
    const versions = versionsOf(item)
    const kept = this.#kept.get(item.itemId)
    if (kept?.versions === versions) return kept.stock
    const stock = await this.#readOne(item.itemId, asker)
    this.#keep(item.itemId, { versions, stock })
    return stock
  }

  async #readOne(item: string, asker: Asker): Promise<ItemStock> {
    const newest = { item, location: '', page: { size: 1, token: '' } }
    const [{ levels }, { movements }] = await Promise.all([
      ask(this.#inventory, 'getStock', { item }, asker),
      ask(this.#inventory, 'listMovements', newest, asker),
    ])
    return {
      levels: levels.map(({ locationId, locationKind, onHand, available }) => ({
        locationId,
        isFba: locationKind === LocationKind.FBA,
        onHand: Number(onHand),
        available: Number(available),
      })),
      movedAt: movements[0]?.at,
    }
  }

  /** The item that was read longest ago makes room. */
  #keep(itemId: string, entry: { versions: string; stock: ItemStock }): void {
    this.#kept.delete(itemId)
    this.#kept.set(itemId, entry)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest)
  }
}

function versionsOf({ locations }: ItemAvailability): string {
  return locations.map(({ locationId, version }) => `${locationId}=${version}`).join(' ')
}
