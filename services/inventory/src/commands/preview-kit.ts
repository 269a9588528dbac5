import { isAnswered } from '@lockstep/postgres/idempotency'
import { mostComponents } from '../domain/kits.ts'
import { itemNamed } from '../domain/named.ts'
import { batchSizeProblem } from '../domain/quantities.ts'
import { isRefused, refused, type Refused } from '../domain/refusal.ts'
import type { Kit } from '../queries/show-kit.ts'
import { findItems, getItemById, itemVersion } from '../store/items.ts'
import { componentsOfKit, type KitComponent } from '../store/kits.ts'
import { levelsOfItem } from '../store/levels.ts'
import { endKit, kitCommands, makeKit, type WantedKit } from './set-kit.ts'
import { inStockTransaction, type CommandDeps, type StockTransaction } from './stock-transaction.ts'

/** What a location has of a kit, and what it would have. */
export interface ForeseenLevel {
  locationId: string
  locationName: string
  available: number
  availableAfter: number
}

/** What would become of a kit. */
export interface KitPreview {
  before: Kit
  components: KitComponent[]
  /** Default first. */
  levels: ForeseenLevel[]
}

/**
 * What `setKit` would do with these components, or `dissolveKit` when there are none: it is done, looked at, and rolled back, so that what is shown is what comes. Nothing
 * at all when the command of this key was done already.
 */
export async function previewKit(
  deps: CommandDeps,
  { idempotencyKey: key, ...wanted }: WantedKit & { idempotencyKey: string },
): Promise<KitPreview | { kind: 'done' } | Refused> {
  const isDissolved = wanted.components.length === 0
  const method = isDissolved ? kitCommands.dissolve : kitCommands.set
  if (key !== '' && (await isAnswered(deps.db, { method, key }))) return { kind: 'done' }
  const problem = isDissolved ? undefined : batchSizeProblem(wanted.components.length, mostComponents)
  if (problem) return refused({ ...problem, nextStep: 'name 1 to 100 components', field: 'components' })
  try {
    return await inStockTransaction(deps, 'preview-kit', async (stock) => {
      throw new RolledBackError(await foreseen(stock, wanted))
    })
  } catch (error) {
    if (error instanceof RolledBackError) return error.shown
    throw error
  }
}

async function foreseen(stock: StockTransaction, wanted: WantedKit): Promise<KitPreview | Refused> {
  const { tx } = stock
  const named = itemNamed((await findItems(tx, [wanted.item])).get(wanted.item) ?? [], wanted.item)
  if ('reason' in named) return refused(named)
  const { id } = named
  const before = {
    item: await getItemById(tx, id),
    version: await itemVersion(tx, id),
    components: await componentsOfKit(tx, id),
  }
  const levels = await levelsOfItem(tx, id)
  const cause = { reference: '', actor: '' }
  const made = wanted.components.length === 0 ? await endKit(stock, wanted, cause) : await makeKit(stock, wanted, cause)
  if (isRefused(made)) return made
  const after = new Map((await levelsOfItem(tx, id)).map(({ locationId, available }) => [locationId, available]))
  return {
    before,
    components: await componentsOfKit(tx, id),
    levels: levels.map(({ locationId, locationName, available }) => {
      return { locationId, locationName, available, availableAfter: after.get(locationId) ?? 0 }
    }),
  }
}

/** Ends the transaction without a trace, and carries what was seen in it. */
class RolledBackError extends Error {
  override name = 'RolledBackError'
  readonly shown: KitPreview | Refused

  constructor(shown: KitPreview | Refused) {
    super('rolled back')
    this.shown = shown
  }
}
