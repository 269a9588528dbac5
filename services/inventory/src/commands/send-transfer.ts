import { locationNamed } from '../domain/named.ts'
import { batchSizeProblem, transferQuantityProblem } from '../domain/quantities.ts'
import {
  batchRefused,
  isRefused,
  lineNumber,
  lineRefused,
  refused,
  type Problem,
  type Refused,
} from '../domain/refusal.ts'
import { placeKey, type CauseDetail, type Location, type StockMove } from '../domain/stock.ts'
import type { Transfer } from '../domain/transfers.ts'
import { findTransfer } from '../queries/list-transfers.ts'
import { listLocations } from '../store/locations.ts'
import type { MoveOutcome } from '../store/move-stock.ts'
import { insertTransfer } from '../store/transfers.ts'
import { findPlaces, type FoundPlace } from './find-places.ts'
import { mostBatchLines, wordsProblem } from './set-stock.ts'
import { runCommand, type CommandCall, type CommandDeps, type StockTransaction } from './stock-transaction.ts'
import { outsideProblem } from './write-stock-lines.ts'

export interface TransferQuantity {
  item: string
  quantity: bigint
}

export interface SendTransferCommand extends CommandCall {
  fromLocation: string
  toLocation: string
  lines: readonly TransferQuantity[]
  reference: string
  note: string
  /** The goods are there already: one step from shelf to shelf. */
  arrived: boolean
}

/**
 * Takes units off one shelf and on their way to another: all lines, or none. What orders or others were promised stays where it is.
 * Each item makes one event, also when it arrives in the same step, so that no reader ever sees its units in two places or in none.
 */
export async function sendTransfer(
  deps: CommandDeps,
  { actor, idempotencyKey, ...request }: SendTransferCommand,
): Promise<{ transfer: Transfer } | Refused> {
  const problem = batchSizeProblem(request.lines.length, mostBatchLines) ?? wordsProblem(request)
  if (problem) return refused(problem)
  return runCommand(deps, { name: 'send-transfer', idempotencyKey, request }, async (stock) => {
    const places = transferPlaces(await listLocations(stock.tx), request)
    if ('reason' in places) return refused(places)
    const sources = await findPlaces(stock.tx, linesIn(request.lines, places.from))
    const targets = await findPlaces(stock.tx, linesIn(request.lines, places.to))
    const found = unitsOf(request.lines, orProblems(sources, targets))
    if ('kind' in found) return found
    return send(stock, { ...request, actor, ...places, units: found.units })
  })
}

const linesIn = (lines: readonly TransferQuantity[], location: Location) =>
  lines.map(({ item }) => ({ item, location: location.id }))

/** Where the goods come from, unless there is no number to change where they go to. */
function orProblems(
  sources: readonly (FoundPlace | Problem)[],
  targets: readonly (FoundPlace | Problem)[],
): (FoundPlace | Problem)[] {
  return sources.map((source, index) => {
    const target = targets[index]
    return target && 'reason' in target ? target : source
  })
}

function transferPlaces(
  locations: readonly Location[],
  { fromLocation, toLocation }: Pick<SendTransferCommand, 'fromLocation' | 'toLocation'>,
): { from: Location; to: Location } | Problem {
  const from = ownLocation(locations, 'from_location', fromLocation)
  if ('reason' in from) return from
  const to = ownLocation(locations, 'to_location', toLocation)
  if ('reason' in to) return to
  if (from.id !== to.id) return { from, to }
  const message = `goods in ${from.name} are there already`
  return { reason: 'FIELD_INVALID', message, nextStep: 'name two locations', field: 'to_location', value: from.name }
}

function ownLocation(locations: readonly Location[], field: string, text: string): Location | Problem {
  const location = locationNamed(locations, text)
  if ('reason' in location) return { ...location, field }
  const problem = outsideProblem({ locationName: location.name, locationKind: location.kind })
  return problem ? { ...problem, field } : location
}

/** Units of one item, and the line that asks for them. */
export interface TransferUnits {
  itemId: string
  sku: string
  quantity: number
  index: number
}

function unitsOf(
  lines: readonly TransferQuantity[],
  places: readonly (FoundPlace | Problem)[],
): { units: TransferUnits[] } | Refused {
  const first = new Map<string, number>()
  const units: TransferUnits[] = []
  const bad = lines.flatMap((line, index) => {
    const place = places[index]
    if (place === undefined) throw new RangeError(`line ${index} was not looked up`)
    if ('reason' in place) return [lineRefused({ index, item: line.item }, place)]
    const problem = transferQuantityProblem(line.quantity) ?? repeatedProblem(place.sku, first.get(place.itemId))
    if (problem) return [lineRefused({ index, item: line.item }, problem)]
    first.set(place.itemId, index)
    units.push({ itemId: place.itemId, sku: place.sku, quantity: Number(line.quantity), index })
    return []
  })
  return batchRefused(bad, lines.length) ?? { units }
}

/** One item twice in a transfer could mean either number, or both. */
export function repeatedProblem(sku: string, earlier: number | undefined): Problem | undefined {
  if (earlier === undefined) return undefined
  const message = `${sku} is named by line ${lineNumber(earlier)} already`
  return { reason: 'LINE_DUPLICATE', message, nextStep: 'name each item once', field: 'item', value: sku }
}

interface Sending extends Omit<SendTransferCommand, 'idempotencyKey' | 'lines'> {
  from: Location
  to: Location
  units: readonly TransferUnits[]
}

async function send(stock: StockTransaction, sending: Sending): Promise<{ transfer: Transfer } | Refused> {
  const { from, to, units, arrived, actor, reference, note } = sending
  const id = stock.ids.next('trf')
  const outcomes = await stock.move({
    moves: units.flatMap((unit) => movesOf(unit, sending)),
    refuse: 'free',
    write: 'all',
    cause: transferCause({ id, actor, note }, { from: from.name, to: to.name }),
  })
  const refusal = tooFewRefused(units, { from, outcomes })
  if (refusal) return refusal
  await insertTransfer(stock.tx, {
    id,
    fromLocationId: from.id,
    toLocationId: to.id,
    arrived,
    reference,
    note,
    actor,
    units,
  })
  const transfer = await findTransfer(stock.tx, id)
  return isRefused(transfer) ? transfer : { transfer }
}

function movesOf({ itemId, quantity }: TransferUnits, { from, to, arrived }: Sending): StockMove[] {
  const sent: StockMove = { itemId, locationId: from.id, onHandBy: 0 - quantity, kind: 'transfer_sent' }
  if (!arrived) return [sent]
  return [sent, { itemId, locationId: to.id, onHandBy: quantity, kind: 'transfer_received' }]
}

/** How a transfer's entries read in the ledger of either place. */
export function transferCause(
  { id, actor, note }: { id: string; actor: string; note: string },
  names: { from: string; to: string },
): CauseDetail {
  const way = `${names.from} → ${names.to}`
  return { reference: id, actor, note: note === '' ? way : `${way}: ${note}` }
}

function tooFewRefused(
  units: readonly TransferUnits[],
  { from, outcomes }: { from: Location; outcomes: readonly MoveOutcome[] },
): Refused | undefined {
  const byPlace = new Map(outcomes.map((outcome) => [placeKey(outcome.level), outcome]))
  const bad = units.flatMap(({ itemId, sku, quantity, index }) => {
    const outcome = byPlace.get(placeKey({ itemId, locationId: from.id }))
    if (!outcome) throw new Error(`item ${itemId} has no level in location ${from.id}`)
    if (outcome.outcome !== 'refused') return []
    const available = Math.max(0, outcome.level.available)
    const message = `only ${available} available: ${sku} in ${from.name}, ${quantity} to be sent`
    const nextStep = 'send what is available; what is promised to orders stays'
    const problem = {
      reason: 'INSUFFICIENT_STOCK',
      message,
      nextStep,
      field: 'quantity',
      value: String(quantity),
    } as const
    return [lineRefused({ index, item: sku }, problem)]
  })
  return batchRefused(bad, units.length)
}
