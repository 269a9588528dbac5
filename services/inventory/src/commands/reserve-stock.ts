import { textProblem } from '../domain/names.ts'
import { batchSizeProblem, reservedQuantityProblem } from '../domain/quantities.ts'
import { batchRefused, lineRefused, refused, type LineRefused, type Problem, type Refused } from '../domain/refusal.ts'
import { placeKey, type StockLevel } from '../domain/stock.ts'
import type { MoveOutcome } from '../store/move-stock.ts'
import { insertReservation } from '../store/reservations.ts'
import { findPlaces, type FoundPlace, type NamedPlace } from './find-places.ts'
import { countedUnits, type WantedUnits } from './kit-units.ts'
import {
  runCommand,
  type CommandCall,
  type CommandDeps,
  type NamedCommand,
  type StockTransaction,
} from './stock-transaction.ts'

const mostReservationLines = 100

export interface ReserveStockCommand extends CommandCall {
  lines: readonly (NamedPlace & { quantity: bigint })[]
  reference: string
}

export interface ReserveStockResult {
  reservationId: string
  levels: StockLevel[]
}

/** Sets units aside for a caller that asks before it sells: all of them, or none and the word how many are available. Of a kit, its components are. */
export async function reserveStock(
  deps: CommandDeps,
  command: ReserveStockCommand,
): Promise<ReserveStockResult | Refused> {
  const { actor, lines, reference } = command
  const problem = requestProblem(command)
  if (problem) return refused(problem)
  return runCommand(deps, namedReservation(command), async (stock) => {
    const found = wantedUnits(lines, await findPlaces(stock.tx, lines, 'all'))
    if ('kind' in found) return found
    const wanted = await countedUnits(stock.tx, found.wanted)
    return setAside(stock, { actor, reference, wanted })
  })
}

/** What is wrong with a request before anybody has looked anything up. */
export function requestProblem({ lines, reference }: ReserveStockCommand): Problem | undefined {
  return sizeProblem(lines.length) ?? textProblem('reference', reference)
}

/** The command as its crash points and its stored answer know it. */
export function namedReservation({ idempotencyKey, lines, reference }: ReserveStockCommand): NamedCommand {
  return { name: 'reserve-stock', idempotencyKey, request: { lines, reference } }
}

function sizeProblem(lines: number): Problem | undefined {
  const problem = batchSizeProblem(lines, mostReservationLines)
  return problem?.reason === 'BATCH_TOO_LARGE' ? { ...problem, nextStep: 'reserve in several requests' } : problem
}

function wantedUnits(
  lines: ReserveStockCommand['lines'],
  places: readonly (FoundPlace | Problem)[],
): { wanted: WantedUnits[] } | Refused {
  const bad: LineRefused[] = []
  const wanted = new Map<string, WantedUnits>()
  for (const [index, line] of lines.entries()) {
    const place = places[index]
    if (place === undefined) throw new RangeError(`line ${index} was not looked up`)
    const problem = reservedQuantityProblem(line.quantity) ?? ('reason' in place ? place : keptByAmazon(place))
    if (problem) {
      bad.push(lineRefused({ index, item: line.item }, problem))
    } else if (!('reason' in place)) {
      const before = wanted.get(placeKey(place)) ?? { place, quantity: 0, index }
      wanted.set(placeKey(place), { ...before, quantity: before.quantity + Number(line.quantity) })
    }
  }
  return batchRefused(bad, lines.length) ?? { wanted: [...wanted.values()] }
}

/** Nothing can be set aside of what Amazon keeps. */
export function keptByAmazon(place: FoundPlace): Problem | undefined {
  if (place.locationKind !== 'fba') return undefined
  const message = `Amazon sells what lies in ${place.locationName} itself: nothing can be set aside there`
  return { reason: 'LOCATION_NOT_OURS', message, field: 'location', value: place.locationName }
}

async function setAside(
  stock: StockTransaction,
  { actor, reference, wanted }: { actor: string; reference: string; wanted: readonly WantedUnits[] },
): Promise<ReserveStockResult | Refused> {
  const id = stock.ids.next('rsv')
  const outcomes = await stock.move({
    moves: wanted.map(({ place: { itemId, locationId }, quantity }) => {
      return { itemId, locationId, reservedBy: quantity, kind: 'reserved' as const }
    }),
    refuse: 'available',
    write: 'all',
    cause: { reference: id, actor, note: reference },
  })
  const byPlace = new Map(outcomes.map((outcome) => [placeKey(outcome.level), outcome]))
  const refusal = insufficient(wanted, byPlace)
  if (refusal) return refusal
  const units = wanted.map(({ place: { itemId, locationId }, quantity }) => ({ itemId, locationId, quantity }))
  await insertReservation(stock.tx, { id, reference, actor, units })
  return { reservationId: id, levels: wanted.map(({ place }) => outcomeOf(byPlace, place).level) }
}

function outcomeOf(byPlace: ReadonlyMap<string, MoveOutcome>, place: FoundPlace): MoveOutcome {
  const outcome = byPlace.get(placeKey(place))
  if (!outcome) throw new Error(`item ${place.itemId} has no level in location ${place.locationId}`)
  return outcome
}

/** Refused for the first line that is short; every short line is told. */
export function insufficient(
  wanted: readonly WantedUnits[],
  byPlace: ReadonlyMap<string, MoveOutcome>,
): Refused | undefined {
  const lines = wanted.flatMap(({ place, quantity, index, ofKit }): LineRefused[] => {
    const { outcome, level } = outcomeOf(byPlace, place)
    if (outcome !== 'refused') return []
    const forKit = ofKit === undefined ? '' : ` for the kit ${ofKit}`
    const message = `only ${Math.max(0, level.available)} available: ${place.sku} in ${place.locationName}, ${quantity} wanted${forKit}`
    return [
      { index, item: place.sku, reason: 'INSUFFICIENT_STOCK', message, field: 'quantity', value: String(quantity) },
    ]
  })
  const [first] = lines
  if (!first) return undefined
  const { index: _index, item: _item, ...problem } = first
  return { kind: 'refused', ...problem, lines }
}
