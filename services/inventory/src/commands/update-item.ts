import type { FieldChange, ItemChange } from '../domain/item-details.ts'
import { changedFields, withChange } from '../domain/item-details.ts'
import { changeProblem, detailsProblem } from '../domain/item-change-problems.ts'
import { itemNamed, locationNamed } from '../domain/named.ts'
import { refused, type Problem, type Refused } from '../domain/refusal.ts'
import type { Location } from '../domain/stock.ts'
import { announceItems, detailedItem, saveDetails, saveUntracked, type DetailedItem } from '../store/item-details.ts'
import { findItems } from '../store/items.ts'
import { listLocations } from '../store/locations.ts'
import { staleItem } from './item-version.ts'
import { runCommand, type CommandCall, type CommandDeps, type StockTransaction } from './stock-transaction.ts'

export interface UpdateItemCommand extends CommandCall, ItemChange {
  /** Id or SKU. */
  item: string
  /** The version that the caller saw; 0 takes the item as it is. */
  expectedVersion: bigint
  /** Locations by id or name. */
  trackIn: readonly string[]
  untrackIn: readonly string[]
}

/** Changes one item. Of two people who saw the same version, the second is refused. */
export async function updateItem(
  deps: CommandDeps,
  command: UpdateItemCommand,
): Promise<{ itemId: string; changes: FieldChange[] } | Refused> {
  const { actor, idempotencyKey, ...request } = command
  const problem = changeProblem(request)
  if (problem) return refused(problem)
  return runCommand(deps, { name: 'update-item', idempotencyKey, request }, async (stock) => {
    const named = itemNamed((await findItems(stock.tx, [request.item])).get(request.item) ?? [], request.item)
    if ('reason' in named) return refused(named)
    const item = await detailedItem(stock.tx, named.id, 'lock')
    const stale = staleItem(item, request.expectedVersion)
    if (stale) return stale
    const wanted = await wantedItem(stock, item, request)
    if ('reason' in wanted) return refused(wanted)
    return saveChanges(stock, { item, ...wanted }, { reference: idempotencyKey, actor, note: '' })
  })
}

type WantedItem = Awaited<ReturnType<typeof wantedItem>>

async function wantedItem(
  stock: StockTransaction,
  item: DetailedItem,
  request: Omit<UpdateItemCommand, keyof CommandCall>,
) {
  const locations = await listLocations(stock.tx)
  const untracked = untrackedAfter(item, request, locations)
  if ('reason' in untracked) return untracked
  const details = withChange(item, request)
  const problem = detailsProblem(details)
  if (problem) return problem
  const changes = [...changedFields(item, details), ...trackingChange(item, untracked.ids, locations)]
  return { details, untrackedIn: untracked.ids, changes }
}

function untrackedAfter(
  item: DetailedItem,
  { trackIn, untrackIn }: Pick<UpdateItemCommand, 'trackIn' | 'untrackIn'>,
  locations: readonly Location[],
): { ids: string[] } | Problem {
  const ids = new Set(item.untrackedIn)
  for (const [texts, isTracked] of [
    [trackIn, true],
    [untrackIn, false],
  ] as const) {
    // prettier-ignore
    for (const text of texts) {
      const location = locationNamed(locations, text)
      if ('reason' in location) return location
      if (isTracked) ids.delete(location.id)
      else ids.add(location.id)
    }
  }
  if (!item.kit || ids.size === 0) return { ids: [...ids].toSorted() }
  const message = `${item.sku} is a kit: its number is computed, so there is nothing to track`
  return { reason: 'KIT_WITHOUT_STOCK', message, field: 'untrack_in', value: item.sku }
}

function trackingChange(item: DetailedItem, after: readonly string[], locations: readonly Location[]): FieldChange[] {
  const names = (ids: readonly string[]) =>
    locations.filter(({ id }) => ids.includes(id)).map(({ name }) => name).join(', ') // prettier-ignore
  const [from, to] = [names(item.untrackedIn), names(after)]
  return from === to ? [] : [{ field: 'untracked_in', from, to }]
}

async function saveChanges(
  stock: StockTransaction,
  { item, details, untrackedIn, changes }: { item: DetailedItem } & Exclude<WantedItem, Problem>,
  cause: { reference: string; actor: string; note: string },
): Promise<{ itemId: string; changes: FieldChange[] }> {
  if (changes.length > 0) {
    await saveDetails(stock.tx, [{ id: item.id, details, raisesVersion: true }])
    await saveUntracked(stock.tx, item.id, untrackedIn)
    await announceItems(stock.tx, stock.ids, { itemIds: [item.id], cause, kind: 'item_changed' })
  }
  return { itemId: item.id, changes }
}
