import { locationNamed } from '../domain/named.ts'
import { locationNameProblem } from '../domain/names.ts'
import { refused, type Problem, type Refused } from '../domain/refusal.ts'
import type { Location } from '../domain/stock.ts'
import { listLocations, lockLocations, markRemoved, renameLocation as storeName } from '../store/locations.ts'
import { usesOfLocation } from '../store/location-users.ts'
import { isCalled, nameTaken } from './create-location.ts'
import { runCommand, type CommandCall, type CommandDeps, type StockTransaction } from './stock-transaction.ts'

export interface RenameLocationCommand extends CommandCall {
  location: string
  name: string
}

/** Gives a location another name. Its id, its stock and its history stay. */
export async function renameLocation(
  deps: CommandDeps,
  { actor, idempotencyKey, ...request }: RenameLocationCommand,
): Promise<{ location: Location } | Refused> {
  const problem = locationNameProblem(request.name)
  if (problem) return refused(problem)
  const answer = await runCommand(deps, { name: 'rename-location', idempotencyKey, request }, async ({ tx }) => {
    await lockLocations(tx)
    const locations = await listLocations(tx)
    const location = changeable(locations, request.location, 'renamed')
    if ('reason' in location) return refused(location)
    const namesake = locations.filter(({ id }) => id !== location.id).find(isCalled(request.name))
    if (namesake) return nameTaken(request.name, namesake.name)
    await storeName(tx, { id: location.id, name: request.name })
    return { location: { ...location, name: request.name }, before: location.name }
  })
  if ('before' in answer) {
    const { location, before } = answer
    deps.log.info({ location_id: location.id, actor, old: before, new: location.name }, 'location renamed')
  }
  return answer
}

export interface RemoveLocationCommand extends CommandCall {
  location: string
}

/** Removes a location that nothing uses. Its levels of 0 and its history stay; its name is free again. */
export async function removeLocation(
  deps: CommandDeps,
  { actor, idempotencyKey, ...request }: RemoveLocationCommand,
): Promise<{ location: Location } | Refused> {
  const answer = await runCommand(deps, { name: 'remove-location', idempotencyKey, request }, async ({ tx }) => {
    await lockLocations(tx)
    const location = changeable(await listLocations(tx), request.location, 'removed')
    if ('reason' in location) return refused(location)
    const problem = fbaProblem(location) ?? (await useProblem({ tx }, location))
    if (problem) return refused(problem)
    await markRemoved(tx, location)
    return { location }
  })
  if ('location' in answer) {
    deps.log.info({ location_id: answer.location.id, actor, old: answer.location.name }, 'location removed')
  }
  return answer
}

function changeable(locations: readonly Location[], text: string, change: string): Location | Problem {
  // Nothing given means Default elsewhere; here it would be a slip.
  const location = text === '' ? undefined : locationNamed(locations, text)
  if (!location) return { reason: 'LOCATION_UNKNOWN', message: 'no location is named', field: 'location', value: '' }
  if ('reason' in location || !location.isDefault) return location
  const message = `${location.name} is always there: it cannot be ${change}`
  return { reason: 'LOCATION_IS_DEFAULT', message, field: 'location', value: location.name }
}

function fbaProblem({ kind, name }: Location): Problem | undefined {
  if (kind !== 'fba') return undefined
  const message = `${name} shows what Amazon's warehouses hold: it is there for as long as Amazon tells of them`
  const nextStep = 'leave it: it is sold from only where an account maps it'
  return { reason: 'LOCATION_IN_USE', message, nextStep, field: 'location', value: name }
}

async function useProblem({ tx }: Pick<StockTransaction, 'tx'>, { id, name }: Location): Promise<Problem | undefined> {
  const uses = await usesOfLocation(tx, id)
  if (uses.length === 0) return undefined
  return { reason: 'LOCATION_IN_USE', message: `${name} is in use: ${uses.join('; ')}`, field: 'location', value: name }
}
