import { itemNamed } from '../domain/named.ts'
import { componentProblem, mostComponents, type AskedComponent, type KitCandidate } from '../domain/kits.ts'
import { batchSizeProblem } from '../domain/quantities.ts'
import { batchRefused, lineRefused, refused, type LineRefused, type Problem, type Refused } from '../domain/refusal.ts'
import { announceItems } from '../store/item-details.ts'
import { findItems } from '../store/items.ts'
import { computeKitLevels } from '../store/kit-levels.ts'
import {
  kitsOfComponent,
  levelsInUse,
  lockItems,
  removeKit,
  saveKit,
  unitsOnTheWay,
  type LockedItem,
} from '../store/kits.ts'
import { staleItem } from './item-version.ts'
import { runCommand, type CommandCall, type CommandDeps, type StockTransaction } from './stock-transaction.ts'

/** Which item, as it was seen. */
export interface SeenKit {
  /** Id or SKU of the item that is, or becomes, the kit. */
  item: string
  /** The item's version that the caller saw; 0 takes it as it is. */
  expectedVersion: bigint
}

/** What a kit is to be put together from. */
export interface WantedKit extends SeenKit {
  components: readonly { item: string; quantity: bigint }[]
}

interface KitCause {
  reference: string
  actor: string
}

/** The names under which answers are kept. */
export const kitCommands = { set: 'set-kit', dissolve: 'dissolve-kit' } as const

/** Says what a kit is put together from. An item of its own becomes a kit by it, when it has no stock and no kit needs it. */
export async function setKit(
  deps: CommandDeps,
  { actor, idempotencyKey, ...request }: CommandCall & WantedKit,
): Promise<{ itemId: string } | Refused> {
  const problem = batchSizeProblem(request.components.length, mostComponents)
  if (problem) return refused({ ...problem, nextStep: 'name 1 to 100 components', field: 'components' })
  const cause = { reference: idempotencyKey, actor }
  return runCommand(deps, { name: kitCommands.set, idempotencyKey, request }, (stock) => makeKit(stock, request, cause))
}

/** Makes a kit an item of its own again, with nothing in stock. Order lines that took its components keep them. */
export async function dissolveKit(
  deps: CommandDeps,
  { actor, idempotencyKey, ...request }: CommandCall & SeenKit,
): Promise<{ itemId: string } | Refused> {
  const cause = { reference: idempotencyKey, actor }
  return runCommand(deps, { name: kitCommands.dissolve, idempotencyKey, request }, (stock) =>
    endKit(stock, request, cause),
  )
}

/** What `setKit` does, in a transaction that there is. */
export async function makeKit(
  stock: StockTransaction,
  request: WantedKit,
  cause: KitCause,
): Promise<{ itemId: string } | Refused> {
  const found = await namedItems(stock, request)
  if ('kind' in found) return found
  const { kit, components } = await lockedItems(stock, found)
  const refusal =
    staleItem(kit, request.expectedVersion) ??
    badComponents(kit, request, components) ??
    (kit.kit ? undefined : await unfitForKit(stock, kit))
  if (refusal) return refusal
  const parts = components.map(({ component, quantity }) => ({ itemId: component.id, quantity: Number(quantity) }))
  await saveKit(stock.tx, kit.id, parts)
  await compute(stock, kit, cause)
  return { itemId: kit.id }
}

/** What `dissolveKit` does, in a transaction that there is. */
export async function endKit(
  stock: StockTransaction,
  { item, expectedVersion }: SeenKit,
  cause: KitCause,
): Promise<{ itemId: string } | Refused> {
  const named = itemNamed((await findItems(stock.tx, [item])).get(item) ?? [], item)
  if ('reason' in named) return refused(named)
  const kit = (await lockItems(stock.tx, [named.id])).get(named.id)
  if (!kit) throw new Error(`item ${named.id} has gone`)
  const stale = staleItem(kit, expectedVersion)
  if (stale) return stale
  if (!kit.kit) {
    const message = `${kit.sku} is no kit`
    return refused({ reason: 'KIT_UNKNOWN', message, field: 'item', value: kit.sku })
  }
  await removeKit(stock.tx, kit.id)
  await compute(stock, kit, cause)
  return { itemId: kit.id }
}

interface NamedKit {
  kitId: string
  parts: { itemId: string; quantity: bigint }[]
}

async function namedItems(stock: StockTransaction, { item, components }: WantedKit): Promise<NamedKit | Refused> {
  const found = await findItems(stock.tx, [item, ...components.map((component) => component.item)])
  const kit = itemNamed(found.get(item) ?? [], item)
  if ('reason' in kit) return refused(kit)
  const bad: LineRefused[] = []
  const parts = components.flatMap(({ item: text, quantity }, index) => {
    const named = itemNamed(found.get(text) ?? [], text)
    if (!('reason' in named)) return [{ itemId: named.id, quantity }]
    bad.push(lineRefused({ index, item: text }, named))
    return []
  })
  return batchRefused(bad, components.length) ?? { kitId: kit.id, parts }
}

async function lockedItems(
  stock: StockTransaction,
  { kitId, parts }: NamedKit,
): Promise<{ kit: LockedItem; components: AskedComponent[] }> {
  const locked = await lockItems(stock.tx, [kitId, ...parts.map((part) => part.itemId)])
  const itemOf = (id: string): LockedItem => {
    const item = locked.get(id)
    if (!item) throw new Error(`item ${id} has gone`)
    return item
  }
  return {
    kit: itemOf(kitId),
    components: parts.map(({ itemId, quantity }) => ({ component: itemOf(itemId), quantity })),
  }
}

function badComponents(
  kit: KitCandidate,
  { components: asked }: WantedKit,
  components: readonly AskedComponent[],
): Refused | undefined {
  const bad = components.flatMap((component, index) => {
    const problem = componentProblem(kit, component, components.slice(0, index))
    return problem ? [lineRefused({ index, item: asked[index]?.item ?? '' }, problem)] : []
  })
  return batchRefused(bad, components.length)
}

/** An item that other kits need, or that lies on a shelf, is something of its own. */
async function unfitForKit(stock: StockTransaction, item: LockedItem): Promise<Refused | undefined> {
  const [user] = await kitsOfComponent(stock.tx, item.id, 1)
  if (user) {
    const message = `${item.sku} is a component of ${user.sku}: a kit holds no kits`
    return refused({ reason: 'COMPONENT_INVALID', message, field: 'item', value: item.sku })
  }
  const [level] = await levelsInUse(stock.tx, item.id)
  if (level) return refused(stockOfItsOwn(item, level))
  const units = await unitsOnTheWay(stock.tx, item.id)
  if (units === 0) return undefined
  const message = `${units} units of ${item.sku} are on the way between locations: a kit has no stock of its own`
  const nextStep = 'receive or cancel the transfer and take the units off the shelf first'
  return refused({ reason: 'KIT_HAS_STOCK', message, nextStep, field: 'item', value: item.sku })
}

function stockOfItsOwn(
  { sku }: LockedItem,
  { locationName, onHand, reserved }: { locationName: string; onHand: number; reserved: number },
): Problem {
  const message = `${sku} has stock of its own in ${locationName} (${onHand} on hand, ${reserved} reserved): a kit has none`
  return { reason: 'KIT_HAS_STOCK', message, field: 'item', value: sku }
}

/** Tells what the kit makes now, and that the item is another one. */
async function compute(stock: StockTransaction, { id }: LockedItem, { reference, actor }: KitCause): Promise<void> {
  const cause = { reference, actor, note: '' }
  await computeKitLevels(stock.tx, stock.ids, [{ kitId: id, kind: 'kit_changed', cause }])
  await announceItems(stock.tx, stock.ids, { itemIds: [id], cause, kind: 'item_changed' })
}
