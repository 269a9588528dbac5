import type { ItemChange } from '../domain/item-details.ts'
import { changeProblem } from '../domain/item-change-problems.ts'
import { locationNamed } from '../domain/named.ts'
import { skuProblem } from '../domain/names.ts'
import { onHandProblem } from '../domain/quantities.ts'
import { lineNumber, shown, type Problem } from '../domain/refusal.ts'
import type { Location } from '../domain/stock.ts'
import type { DetailedItem } from '../store/item-details.ts'
import { outsideProblem } from './write-stock-lines.ts'

/** One item to create or change. */
export interface PutLine extends ItemChange {
  sku: string
  onHand?: bigint | undefined
  /** Where on-hand is set; Default when empty. */
  location: string
}

/** A line that is wrong by itself, or where its on-hand goes. */
export type JudgedItem = { line: PutLine } & (
  | { problem: Problem }
  | { locationId: string | undefined; locationName: string }
)

/** What is wrong with each line by itself and beside the others. What the item itself has against it is `stockProblem`. */
export function judgedItems(lines: readonly PutLine[], locations: readonly Location[]): JudgedItem[] {
  const first = new Map<string, number>()
  return lines.map((line, index) => {
    const before = first.get(line.sku)
    if (before === undefined) first.set(line.sku, index)
    const problem = skuProblem(line.sku) ?? changeProblem(line)
    if (problem) return { line, problem }
    if (before !== undefined) return { line, problem: repeated(line.sku, before) }
    return stockedLine(line, locations)
  })
}

function stockedLine(line: PutLine, locations: readonly Location[]): JudgedItem {
  if (line.onHand === undefined) return { line, locationId: undefined, locationName: '' }
  const location = locationNamed(locations, line.location)
  if ('reason' in location) return { line, problem: location }
  const { id: locationId, name: locationName, kind: locationKind } = location
  const problem = onHandProblem(line.onHand) ?? outsideProblem({ locationName, locationKind })
  return problem ? { line, problem } : { line, locationId, locationName }
}

/** Why an item takes no number there. */
export function stockProblem(
  judged: Exclude<JudgedItem, { problem: Problem }>,
  item: DetailedItem | undefined,
): Problem | undefined {
  const { locationId, locationName } = judged
  if (!item || locationId === undefined) return undefined
  if (item.kit) {
    const message = `${item.sku} is a kit: its stock is what its components make`
    return { reason: 'KIT_WITHOUT_STOCK', message, field: 'on_hand', value: String(judged.line.onHand) }
  }
  if (!item.untrackedIn.includes(locationId)) return undefined
  const message = `${item.sku} is not tracked in ${locationName}, so its number there stays as it is`
  return { reason: 'ITEM_UNTRACKED', message, field: 'on_hand', value: String(judged.line.onHand) }
}

function repeated(sku: string, first: number): Problem {
  const message = `the SKU "${shown(sku)}" is named by line ${lineNumber(first)} already`
  return { reason: 'LINE_DUPLICATE', message, nextStep: 'name each SKU once', field: 'sku', value: shown(sku) }
}
