import { locationNameProblem } from '../domain/names.ts'
import { refused, type Problem, type Refused } from '../domain/refusal.ts'
import type { CauseDetail, Location, LocationKind } from '../domain/stock.ts'
import { insertLocation, itemIdsAfter, listLocations, lockLocations, mostLocations } from '../store/locations.ts'
import { openLevels } from '../store/open-levels.ts'
import { runCommand, type CommandCall, type CommandDeps, type StockTransaction } from './stock-transaction.ts'

export interface CreateLocationCommand extends CommandCall {
  name: string
  kind: LocationKind
}

/** Creates a location and gives every item a level of 0 there. Takes about 50 ms per 1,000 items; new items wait meanwhile. */
export async function createLocation(
  deps: CommandDeps,
  command: CreateLocationCommand,
): Promise<{ location: Location } | Refused> {
  const { actor, idempotencyKey, ...request } = command
  const problem = locationNameProblem(request.name) ?? kindProblem(request.kind)
  if (problem) return refused(problem)
  return runCommand(deps, { name: 'create-location', idempotencyKey, request }, async (stock) => {
    // Two who create a location at once wait for each other here: names that differ in case alone are no conflict to the database.
    await lockLocations(stock.tx)
    const known = await listLocations(stock.tx)
    if (known.length >= mostLocations) return tooMany(request.name)
    const namesake = known.find(isCalled(request.name))
    if (namesake) return nameTaken(request.name, namesake.name)
    const location = await insertLocation(stock.tx, { id: stock.ids.next('loc'), ...request })
    if (!location) return nameTaken(request.name)
    await openEveryItem(stock, location.id, { reference: idempotencyKey, actor, note: '' })
    return { location }
  })
}

function kindProblem(kind: LocationKind): Problem | undefined {
  if (kind !== 'fba') return undefined
  const message = "Amazon's own warehouses are not created by hand"
  const nextStep = 'create a location of your own or of a third party; an FBA location comes with its account'
  return { reason: 'FIELD_INVALID', message, nextStep, field: 'kind', value: 'FBA' }
}

function tooMany(name: string): Refused {
  const message = `there are ${mostLocations} locations already, the most there can be`
  return refused({ reason: 'FIELD_INVALID', message, nextStep: 'use one of them', field: 'name', value: name })
}

/** Whether a location has this name, in any case: "warehouse 2" beside "Warehouse 2" would be taken for one another. */
export const isCalled =
  (wanted: string) =>
  ({ name }: Pick<Location, 'name'>): boolean =>
    name.toLowerCase() === wanted.toLowerCase()

/** Two locations of one name could not be told apart. */
export function nameTaken(name: string, namesake: string = name): Refused {
  const message = `a location is called "${namesake}" already`
  return refused({ reason: 'LOCATION_EXISTS', message, field: 'name', value: name })
}

const itemsAtATime = 1_000

/** Gives every item a level of 0 in a location that is new. */
export async function openEveryItem(stock: StockTransaction, locationId: string, cause: CauseDetail): Promise<void> {
  let last = ''
  for (;;) {
    const itemIds = await itemIdsAfter(stock.tx, last, itemsAtATime)
    const places = itemIds.map((itemId) => ({ itemId, locationId, onHand: 0, kind: 'location_created' as const }))
    await openLevels(stock.tx, stock.ids, { places, cause })
    if (itemIds.length < itemsAtATime) return
    last = itemIds.at(-1) ?? last
  }
}
