import { mostUnits } from '../domain/quantities.ts'
import {
  batchRefused,
  lineNumber,
  lineRefused,
  type LineRefused,
  type Problem,
  type Refused,
} from '../domain/refusal.ts'
import { placeKey, type CauseDetail, type MoveKind, type StockLevel, type StockMove } from '../domain/stock.ts'
import type { MoveOutcome } from '../store/move-stock.ts'
import { findPlaces, type FoundPlace, type NamedPlace } from './find-places.ts'
import type { StockTransaction } from './stock-transaction.ts'

/** One line of a batch by hand: where, and what to do to on-hand there. */
export interface StockLine extends NamedPlace {
  /** What is wrong with the line by itself. */
  problem: Problem | undefined
  change: { onHandTo: number } | { onHandBy: number }
}

export interface StockLines {
  kind: MoveKind
  lines: readonly StockLine[]
  /** Write the good lines and answer per line, rather than all or nothing. */
  partial: boolean
  cause: CauseDetail
}

export type StockLineResult = { level: StockLevel } | { refusal: LineRefused }

/** What a batch did, one result per line in the order asked. */
export interface StockLinesResult {
  results: StockLineResult[]
}

type JudgedLine = { index: number; line: StockLine } & ({ place: FoundPlace } | { problem: Problem })
type GoodLine = Extract<JudgedLine, { place: FoundPlace }>

/** Writes a batch by hand. Unless partial, one bad line means that nothing is written, and all bad lines are told at once. */
export async function writeStockLines(stock: StockTransaction, batch: StockLines): Promise<StockLinesResult | Refused> {
  const judged = judgedLines(batch.lines, await findPlaces(stock.tx, batch.lines))
  const good = judged.filter((line): line is GoodLine => 'place' in line)
  const hasBad = good.length < judged.length
  const moves = movesOf(good, batch.kind)
  const outcomes = await stock.move({
    moves: [...moves.values()],
    refuse: 'shelf',
    write: batch.partial ? 'others' : hasBad ? 'nothing' : 'all',
    cause: batch.cause,
  })
  const byPlace = new Map(outcomes.map((outcome) => [placeKey(outcome.level), outcome]))
  const results = judged.map((line) => resultOf(line, { moves, byPlace }))
  if (batch.partial) return { results }
  const bad = results.flatMap((result) => ('refusal' in result ? [result.refusal] : []))
  return batchRefused(bad, batch.lines.length) ?? { results }
}

/** What is wrong with each line, or where it goes. */
export function judgedLines(lines: readonly StockLine[], places: readonly (FoundPlace | Problem)[]): JudgedLine[] {
  const named = new Map<string, number[]>()
  for (const [index, place] of places.entries()) {
    if ('reason' in place) continue
    const before = named.get(placeKey(place))
    if (before) before.push(index)
    else named.set(placeKey(place), [index])
  }
  return lines.map((line, index) => {
    const place = places[index]
    if (place === undefined) throw new RangeError(`line ${index} was not looked up`)
    if ('reason' in place) return { index, line, problem: place }
    const others = (named.get(placeKey(place)) ?? []).filter((other) => other !== index)
    const problem = line.problem ?? outsideProblem(place) ?? duplicateProblem(line, place, others)
    return problem ? { index, line, problem } : { index, line, place }
  })
}

/** Levels of a third party and of Amazon's own warehouses come from there; a number set by hand would be overwritten or would lie. */
export function outsideProblem(place: Pick<FoundPlace, 'locationKind' | 'locationName'>): Problem | undefined {
  if (place.locationKind === 'own') return undefined
  const keeper = place.locationKind === 'fba' ? 'Amazon' : 'a third party'
  const message = `the stock of ${place.locationName} is kept by ${keeper}`
  return { reason: 'LOCATION_NOT_OURS', message, field: 'location', value: place.locationName }
}

/** Two absolute numbers for one place contradict each other, so neither is taken. Two differences add up. */
function duplicateProblem(line: StockLine, place: FoundPlace, others: readonly number[]): Problem | undefined {
  if ('onHandBy' in line.change || others.length === 0) return undefined
  const message = `${place.sku} in ${place.locationName} is also set by line ${lineNumber(others[0] ?? 0)}`
  return { reason: 'LINE_DUPLICATE', message, field: 'item', value: place.sku }
}

function movesOf(lines: readonly GoodLine[], kind: MoveKind): Map<string, StockMove> {
  const moves = new Map<string, StockMove>()
  for (const { line, place } of lines) {
    const { itemId, locationId } = place
    const before = moves.get(placeKey(place))?.onHandBy ?? 0
    const change = 'onHandTo' in line.change ? line.change : { onHandBy: before + line.change.onHandBy }
    moves.set(placeKey(place), { itemId, locationId, kind, ...change })
  }
  return moves
}

function resultOf(
  judged: JudgedLine,
  { moves, byPlace }: { moves: ReadonlyMap<string, StockMove>; byPlace: ReadonlyMap<string, MoveOutcome> },
): StockLineResult {
  const { index, line } = judged
  if ('problem' in judged) return { refusal: lineRefused({ index, item: line.item }, judged.problem) }
  const key = placeKey(judged.place)
  const outcome = byPlace.get(key)
  if (!outcome) throw new Error(`item ${judged.place.itemId} has no level in location ${judged.place.locationId}`)
  if (outcome.outcome !== 'refused') return { level: outcome.level }
  const by = moves.get(key)?.onHandBy ?? 0
  return { refusal: lineRefused({ index, item: line.item }, beyondProblem(judged, { by, level: outcome.level })) }
}

/** Only differences get here: an absolute number out of bounds is what is wrong with its line. `by` is what all lines of the place come to. */
function beyondProblem({ line, place }: GoodLine, { by, level }: { by: number; level: StockLevel }): Problem {
  const value = 'onHandBy' in line.change ? String(line.change.onHandBy) : String(line.change.onHandTo)
  const there = `${place.sku} in ${place.locationName} has ${level.onHand} on hand`
  const sum = String(by) === value ? value : `${by} in all`
  if (by < 0) {
    return { reason: 'ON_HAND_BELOW_ZERO', message: `${there}: ${sum} would take it below 0`, field: 'delta', value }
  }
  const message = `${there}: ${sum} would take it above ${mostUnits.toLocaleString('en-GB')}`
  return { reason: 'ON_HAND_TOO_LARGE', message, field: 'delta', value }
}
