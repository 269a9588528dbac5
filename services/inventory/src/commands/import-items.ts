import { skuProblem, textProblem } from '../domain/names.ts'
import { batchSizeProblem, onHandProblem } from '../domain/quantities.ts'
import { batchRefused, lineNumber, lineRefused, refused, shown, type Problem, type Refused } from '../domain/refusal.ts'
import type { CauseDetail, Location, StockMove } from '../domain/stock.ts'
import { insertNewItems, itemIdsBySku, renameItems } from '../store/items.ts'
import { holdLocations, listLocations } from '../store/locations.ts'
import { openLevels, type NewPlace } from '../store/open-levels.ts'
import { locationNamed } from '../domain/named.ts'
import { mostBatchLines } from './set-stock.ts'
import { runCommand, type CommandCall, type CommandDeps, type StockTransaction } from './stock-transaction.ts'
import { outsideProblem } from './write-stock-lines.ts'

export interface ImportLine {
  sku: string
  /** Empty keeps the title there is; a new item is then called by its SKU. */
  title: string
  onHand?: bigint | undefined
  /** Where on-hand is set; Default when empty. */
  location: string
}

export interface ImportItemsCommand extends CommandCall {
  lines: readonly ImportLine[]
  /** Says what would be refused and writes nothing: how a file of several batches is judged whole before its first is written. */
  checkOnly: boolean
}

export interface ImportItemsResult {
  created: number
  updated: number
  unchanged: number
}

/** Creates or updates items by SKU and sets their on-hand where it is given, all or nothing. */
export async function importItems(
  deps: CommandDeps,
  command: ImportItemsCommand,
): Promise<ImportItemsResult | Refused> {
  const { actor, idempotencyKey, checkOnly, ...request } = command
  const problem = batchSizeProblem(request.lines.length, mostBatchLines)
  if (problem) return refused(problem)
  if (checkOnly)
    return refusedLines(request.lines, await listLocations(deps.db)) ?? { created: 0, updated: 0, unchanged: 0 }
  return runCommand(deps, { name: 'import-items', idempotencyKey, request }, async (stock) => {
    await holdLocations(stock.tx)
    const locations = await listLocations(stock.tx)
    const refusal = refusedLines(request.lines, locations)
    if (refusal) return refusal
    return saveLines(stock, { lines: request.lines, locations }, { reference: idempotencyKey, actor, note: '' })
  })
}

function refusedLines(lines: readonly ImportLine[], locations: readonly Location[]): Refused | undefined {
  const seen = new Map<string, number>()
  const bad = lines.flatMap((line, index) => {
    const first = seen.get(line.sku)
    if (first === undefined) seen.set(line.sku, index)
    const problem = lineProblem(line, locations) ?? (first === undefined ? undefined : repeated(line.sku, first))
    return problem ? [lineRefused({ index, item: line.sku }, problem)] : []
  })
  return batchRefused(bad, lines.length)
}

function lineProblem(line: ImportLine, locations: readonly Location[]): Problem | undefined {
  const problem = skuProblem(line.sku) ?? textProblem('title', line.title)
  if (problem || line.onHand === undefined) return problem
  const location = locationNamed(locations, line.location)
  if ('reason' in location) return location
  return onHandProblem(line.onHand) ?? outsideProblem({ locationName: location.name, locationKind: location.kind })
}

function repeated(sku: string, first: number): Problem {
  const message = `the SKU "${shown(sku)}" is named by line ${lineNumber(first)} already`
  return { reason: 'LINE_DUPLICATE', message, nextStep: 'name each SKU once', field: 'sku', value: shown(sku) }
}

async function saveLines(
  stock: StockTransaction,
  { lines, locations }: { lines: readonly ImportLine[]; locations: readonly Location[] },
  cause: CauseDetail,
): Promise<ImportItemsResult> {
  const wanted = lines.map(({ sku, title }) => ({ id: stock.ids.next('itm'), sku, title: title || sku }))
  const created = new Map((await insertNewItems(stock.tx, wanted)).map((item) => [item.sku, item.id]))
  const existing = lines.filter((line) => !created.has(line.sku))
  const updated = await renameItems(
    stock.tx,
    existing.filter((line) => line.title !== ''),
  )
  const places = lines.flatMap((line) => newPlaces(created.get(line.sku), line, locations))
  await openLevels(stock.tx, stock.ids, { places, cause })
  await setOnHand(stock, { lines: existing, locations }, cause)
  return { created: created.size, updated, unchanged: existing.length - updated }
}

function newPlaces(itemId: string | undefined, line: ImportLine, locations: readonly Location[]): NewPlace[] {
  if (itemId === undefined) return []
  const stocked = line.onHand === undefined ? undefined : locationIdOf(locations, line.location)
  const kind = line.onHand ? 'stock_set' : 'item_created'
  return locations.map(({ id: locationId }) => {
    return { itemId, locationId, kind, onHand: locationId === stocked ? Number(line.onHand) : 0 }
  })
}

async function setOnHand(
  stock: StockTransaction,
  { lines, locations }: { lines: readonly ImportLine[]; locations: readonly Location[] },
  cause: CauseDetail,
): Promise<void> {
  const stocked = lines.filter((line) => line.onHand !== undefined)
  const itemIds = await itemIdsBySku(
    stock.tx,
    stocked.map((line) => line.sku),
  )
  const moves = stocked.flatMap((line): StockMove[] => {
    const itemId = itemIds.get(line.sku)
    const locationId = locationIdOf(locations, line.location)
    return itemId === undefined ? [] : [{ itemId, locationId, onHandTo: Number(line.onHand), kind: 'stock_set' }]
  })
  await stock.move({ moves, refuse: 'never', write: 'all', cause })
}

function locationIdOf(locations: readonly Location[], text: string): string {
  const location = locationNamed(locations, text)
  if ('reason' in location) throw new Error(location.message)
  return location.id
}
