import type { FieldChange, ItemChange } from '../domain/item-details.ts'
import { changedFields, newItemDetails, withChange } from '../domain/item-details.ts'
import { detailsProblem } from '../domain/item-change-problems.ts'
import { batchSizeProblem } from '../domain/quantities.ts'
import { batchRefused, lineRefused, refused, type LineRefused, type Refused } from '../domain/refusal.ts'
import type { CauseDetail, Location, StockMove } from '../domain/stock.ts'
import { announceItems, itemsBySku, saveDetails, type DetailedItem } from '../store/item-details.ts'
import { insertNewItems } from '../store/items.ts'
import { holdLocations, listLocations } from '../store/locations.ts'
import { openLevels, type NewPlace } from '../store/open-levels.ts'
import { judgedItems, stockProblem, type JudgedItem, type PutLine } from './judge-items.ts'
import { mostBatchLines } from './set-stock.ts'
import { runCommand, type CommandCall, type CommandDeps, type StockTransaction } from './stock-transaction.ts'

export interface PutItemsCommand extends CommandCall {
  lines: readonly PutLine[]
}

/** What became of one line, or would. */
export type PutResult =
  | { outcome: 'created' | 'updated' | 'unchanged'; itemId: string; changes: FieldChange[] }
  | { outcome: 'refused'; refusal: LineRefused }

/** Creates or changes items by SKU and sets their on-hand where it is given, all or nothing. */
export async function putItems(
  deps: CommandDeps,
  command: PutItemsCommand & { name?: string },
): Promise<{ results: Exclude<PutResult, { outcome: 'refused' }>[] } | Refused> {
  const { actor, idempotencyKey, lines, name = 'put-items' } = command
  const problem = batchSizeProblem(lines.length, mostBatchLines)
  if (problem) return refused(problem)
  return runCommand(deps, { name, idempotencyKey, request: { lines } }, async (stock) => {
    await holdLocations(stock.tx)
    const locations = await listLocations(stock.tx)
    const judged = judgedItems(lines, locations)
    const bad = batchRefused(refusalsOf(judged), lines.length)
    if (bad) return bad
    return saveLines(stock, { lines, locations }, { reference: idempotencyKey, actor, note: '' })
  })
}

/** What `putItems` would do, line by line; nothing is written. Refusals that a concurrent change brings can still come. */
export async function checkItems(
  deps: Pick<CommandDeps, 'db'>,
  lines: readonly PutLine[],
): Promise<{ results: PutResult[] } | Refused> {
  const problem = batchSizeProblem(lines.length, mostBatchLines)
  if (problem) return refused(problem)
  const judged = judgedItems(lines, await listLocations(deps.db))
  const skus = judged.flatMap((item) => ('problem' in item ? [] : [item.line.sku]))
  const items = await itemsBySku(deps.db, skus, 'look')
  return { results: judged.map((item, index) => foreseen(item, index, items.get(item.line.sku))) }
}

function foreseen(judged: JudgedItem, index: number, item: DetailedItem | undefined): PutResult {
  const { line } = judged
  const problem =
    'problem' in judged ? judged.problem : (stockProblem(judged, item) ?? detailsProblem(afterwards(item, line)))
  if (problem) return { outcome: 'refused', refusal: lineRefused({ index, item: line.sku }, problem) }
  if (!item) return { outcome: 'created', itemId: '', changes: [] }
  const changes = changedFields(item, withChange(item, line))
  return { outcome: changes.length > 0 ? 'updated' : 'unchanged', itemId: item.id, changes }
}

const refusalsOf = (judged: readonly JudgedItem[]): LineRefused[] =>
  judged.flatMap((item, index) =>
    'problem' in item ? [lineRefused({ index, item: item.line.sku }, item.problem)] : [],
  )

const afterwards = (item: DetailedItem | undefined, line: ItemChange & { sku: string }) =>
  withChange(item ?? newItemDetails(line.sku), line)

interface LinesToSave {
  lines: readonly PutLine[]
  locations: readonly Location[]
}

async function saveLines(
  stock: StockTransaction,
  { lines, locations }: LinesToSave,
  cause: CauseDetail,
): Promise<{ results: Exclude<PutResult, { outcome: 'refused' }>[] } | Refused> {
  const skus = lines.map((line) => line.sku)
  const wanted = lines.map(({ sku, title }) => ({ id: stock.ids.next('itm'), sku, title: title ?? sku }))
  const created = new Map((await insertNewItems(stock.tx, wanted)).map((item) => [item.sku, item.id]))
  const items = await itemsBySku(stock.tx, skus, 'lock')
  const judged = judgedItems(lines, locations)
  const plans = judged.map((item) => planOf(item, { item: items.get(item.line.sku), created }))
  const bad = batchRefused(
    plans.flatMap(({ problem, line }, index) => (problem ? [lineRefused({ index, item: line.sku }, problem)] : [])),
    lines.length,
  )
  if (bad) return bad
  await savePlans(stock, plans, cause)
  await saveStock(stock, { plans, locations }, cause)
  return { results: plans.map(({ outcome, item, changes }) => ({ outcome, itemId: item.id, changes })) }
}

type Plan = ReturnType<typeof planOf>

function planOf(
  judged: JudgedItem,
  { item, created }: { item: DetailedItem | undefined; created: ReadonlyMap<string, string> },
) {
  const { line } = judged
  if (!item) throw new Error(`the item of SKU ${line.sku} has gone`)
  const isNew = created.has(line.sku)
  const details = withChange(item, line)
  const changes = isNew ? [] : changedFields(item, details)
  const outcome = isNew ? 'created' : changes.length > 0 ? 'updated' : 'unchanged'
  const problem = 'problem' in judged ? judged.problem : (stockProblem(judged, item) ?? detailsProblem(details))
  const locationId = 'problem' in judged ? undefined : judged.locationId
  return { line, item, isNew, details, changes, outcome, problem, locationId } as const
}

async function savePlans(stock: StockTransaction, plans: readonly Plan[], cause: CauseDetail): Promise<void> {
  const changed = plans.filter(({ outcome }) => outcome !== 'unchanged')
  await saveDetails(
    stock.tx,
    changed.map(({ item, details, isNew }) => ({ id: item.id, details, raisesVersion: !isNew })),
  )
  for (const kind of ['item_created', 'item_changed'] as const) {
    const itemIds = changed.filter(({ isNew }) => isNew === (kind === 'item_created')).map(({ item }) => item.id)
    await announceItems(stock.tx, stock.ids, { itemIds, cause, kind })
  }
}

async function saveStock(
  stock: StockTransaction,
  { plans, locations }: { plans: readonly Plan[]; locations: readonly Location[] },
  cause: CauseDetail,
): Promise<void> {
  const places = plans.filter(({ isNew }) => isNew).flatMap((plan) => newPlaces(plan, locations))
  await openLevels(stock.tx, stock.ids, { places, cause })
  const moves = plans.flatMap(({ isNew, item, line, locationId }): StockMove[] => {
    if (isNew || line.onHand === undefined || locationId === undefined) return []
    return [{ itemId: item.id, locationId, onHandTo: Number(line.onHand), kind: 'stock_set' }]
  })
  await stock.move({ moves, refuse: 'never', write: 'all', cause })
}

function newPlaces({ item, line, locationId: stocked }: Plan, locations: readonly Location[]): NewPlace[] {
  const kind = line.onHand ? 'stock_set' : 'item_created'
  return locations.map(({ id: locationId }) => {
    return { itemId: item.id, locationId, kind, onHand: locationId === stocked ? Number(line.onHand ?? 0n) : 0 }
  })
}
