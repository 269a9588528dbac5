import { batchSizeProblem, onHandProblem } from '../domain/quantities.ts'
import { locationNamed } from '../domain/named.ts'
import { batchRefused, lineRefused, refused, type Problem, type Refused } from '../domain/refusal.ts'
import { placeKey, type Location, type StockLevel } from '../domain/stock.ts'
import { datePlaces } from '../store/figures.ts'
import { levelsOfPlaces } from '../store/levels.ts'
import { listLocations } from '../store/locations.ts'
import { findPlaces, type FoundPlace } from './find-places.ts'
import { repeatedProblem } from './send-transfer.ts'
import { mostBatchLines } from './set-stock.ts'
import { runCommand, type CommandCall, type CommandDeps, type StockTransaction } from './stock-transaction.ts'

export interface ReportThirdPartyStockCommand extends CommandCall {
  location: string
  figureAt: Date | undefined
  lines: readonly { item: string; onHand: bigint }[]
}

/** Takes in what a third party counts in its own warehouse, all or nothing. Where a newer figure is known, it stays. */
export async function reportThirdPartyStock(
  deps: CommandDeps,
  { actor, idempotencyKey, ...request }: ReportThirdPartyStockCommand,
): Promise<{ levels: StockLevel[] } | Refused> {
  const problem = batchSizeProblem(request.lines.length, mostBatchLines)
  if (problem) return refused(problem)
  const { figureAt } = request
  if (!figureAt)
    return refused({ reason: 'FIELD_INVALID', message: 'nobody says when it was counted', field: 'figure_at' })
  return runCommand(deps, { name: 'report-third-party-stock', idempotencyKey, request }, async (stock) => {
    const location = theirLocation(await listLocations(stock.tx), request.location)
    if ('reason' in location) return refused(location)
    const named = request.lines.map(({ item }) => ({ item, location: location.id }))
    const counted = countedPlaces(request.lines, await findPlaces(stock.tx, named))
    if ('kind' in counted) return counted
    return write(stock, { ...counted, figureAt, cause: { reference: idempotencyKey, actor, note: '' } })
  })
}

function theirLocation(locations: readonly Location[], text: string): Location | Problem {
  const location = locationNamed(locations, text)
  if ('reason' in location || location.kind === 'third_party') return location
  const keeper = location.kind === 'fba' ? 'Amazon' : 'us'
  const message = `the stock of ${location.name} is kept by ${keeper}, not by a third party`
  const nextStep = location.kind === 'fba' ? 'nothing to do: it follows Amazon' : 'count it: lockstep stock set'
  return { reason: 'LOCATION_NOT_OURS', message, nextStep, field: 'location', value: location.name }
}

interface CountedPlace extends FoundPlace {
  onHand: number
}

function countedPlaces(
  lines: ReportThirdPartyStockCommand['lines'],
  places: readonly (FoundPlace | Problem)[],
): { places: CountedPlace[] } | Refused {
  const first = new Map<string, number>()
  const counted: CountedPlace[] = []
  const bad = lines.flatMap(({ item, onHand }, index) => {
    const place = places[index]
    if (place === undefined) throw new RangeError(`line ${index} was not looked up`)
    if ('reason' in place) return [lineRefused({ index, item }, place)]
    const problem = onHandProblem(onHand) ?? repeatedProblem(place.sku, first.get(place.itemId))
    if (problem) return [lineRefused({ index, item }, problem)]
    first.set(place.itemId, index)
    counted.push({ ...place, onHand: Number(onHand) })
    return []
  })
  return batchRefused(bad, lines.length) ?? { places: counted }
}

async function write(
  stock: StockTransaction,
  {
    places,
    figureAt,
    cause,
  }: { places: readonly CountedPlace[]; figureAt: Date; cause: { reference: string; actor: string; note: string } },
): Promise<{ levels: StockLevel[] }> {
  const newer = new Set((await datePlaces(stock.tx, places, figureAt)).map(placeKey))
  await stock.move({
    moves: places
      .filter((place) => newer.has(placeKey(place)))
      .map(({ itemId, locationId, onHand }) => ({
        itemId,
        locationId,
        onHandTo: onHand,
        kind: 'third_party_reported',
      })),
    refuse: 'never',
    write: 'all',
    cause,
  })
  const levels = new Map((await levelsOfPlaces(stock.tx, places)).map((level) => [placeKey(level), level]))
  return { levels: places.flatMap((place) => levels.get(placeKey(place)) ?? []) }
}
