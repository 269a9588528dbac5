import type { Ids } from '@lockstep/contracts/ids'
import type { Transaction } from 'kysely'
import type { RuleChange } from '../domain/rule-change.ts'
import { type Account, lockAccount } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import type { Location } from '../store/locations.ts'
import { getAccount } from './get-account.ts'
import { inverseOf } from './inverse-of.ts'
import { keepChange } from './keep-change.ts'
import { putLocations } from './put-locations.ts'
import { refusal } from './refuse.ts'
import { refuseUnseenZeros } from './refuse-unseen-zeros.ts'

/** A mapping as it is asked for, with the locations that inventory knows. */
export interface MapLocations {
  account: string
  /** Ids or names. */
  locations: readonly string[]
  /** Id or name; the first of the locations when empty. */
  orderLocation: string
  known: readonly Location[]
  actor: string
}

const mostLocations = 100

/** Replaces the locations whose stock is summed, and the one that orders go to. */
export async function mapLocations(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids; zerosSharePercent: number },
  command: MapLocations,
): Promise<{ account: Account; warnings: string[] }> {
  const { id } = await getAccount(tx, command.account)
  const { summed, orders } = chosenLocations(command)
  await lockAccount(tx, id)
  const before = await getAccount(tx, id)
  refuseSummingFba(before, summed)
  const change = mappingChange(summed, orders)
  const inverse = await inverseOf(tx, before, change)
  const unseen = { account: before, change, inverse, known: command.known, zerosConfirmation: '' }
  await refuseUnseenZeros(tx, deps, unseen)
  const by = { actor: command.actor, reference: id }
  const account = await putLocations(tx, deps, { account: before, locations: summed, orderLocation: orders, ...by })
  await keepChange(tx, deps, { account, change, inverse, actor: command.actor })
  return { account, warnings: warningsOf(account, summed, orders) }
}

/** The locations that a mapping names. Refuses a mapping without any, and those that inventory does not know. */
export function chosenLocations(command: Pick<MapLocations, 'locations' | 'orderLocation' | 'known'>): {
  summed: Location[]
  orders: Location
} {
  const summed = checkedLocations(command)
  const orders = command.orderLocation === '' ? summed[0] : knownLocation(command.known, command.orderLocation)
  if (!orders) throw noLocation()
  return { summed, orders }
}

/** A mapping as it is kept. */
export function mappingChange(
  summed: readonly Location[],
  orders: Location,
): Extract<RuleChange, { kind: 'locations' }> {
  return { kind: 'locations', locationIds: summed.map(({ id }) => id).toSorted(), orderLocationId: orders.id }
}

function checkedLocations({ locations, known }: Pick<MapLocations, 'locations' | 'known'>): Location[] {
  if (locations.length === 0) throw noLocation()
  if (locations.length > mostLocations) {
    throw refusal('FIELD_INVALID', {
      message: `${locations.length} locations are named; at most ${mostLocations} are summed`,
      field: 'locations',
      value: String(locations.length),
    })
  }
  const found = locations.map((given) => knownLocation(known, given))
  return [...new Map(found.map((location) => [location.id, location])).values()]
}

function noLocation(): Error {
  return refusal('FIELD_INVALID', {
    message: 'no location is named: without one nothing is sent',
    field: 'locations',
    nextStep: 'name at least one location: lockstep locations list',
  })
}

function knownLocation(known: readonly Location[], given: string): Location {
  const location = known.find(({ id, name }) => id === given || name === given)
  if (location) return location
  throw refusal('LOCATION_UNKNOWN', {
    message: `there is no location "${given}"`,
    field: 'locations',
    value: given,
    candidates: known.slice(0, 20).map(({ name }) => name),
  })
}

/** With the stock of the channel's own centres summed, adding one of them would offer its units twice without anybody having said so. */
export function refuseSummingFba(account: Account, summed: readonly Location[]): void {
  const added = summed.find(({ id, kind }) => kind === 'fba' && !account.locationIds.includes(id))
  if (!added || account.channelSpecificStock) return
  throw refusal('CONFIRMATION_NEEDED', {
    message: `"${added.name}" holds Amazon's own stock, and this account sums it: its units would be offered twice`,
    field: 'locations',
    value: added.name,
    nextStep: 'turn channel_specific_stock on, map the location, and turn it off again with its confirmation',
  })
}

/** What a person should know of a mapping. */
export function warningsOf(account: Account, summed: readonly Location[], orders: Location): string[] {
  const warnings: string[] = []
  if (!summed.some(({ id }) => id === orders.id)) {
    warnings.push(
      `orders go to "${orders.name}", whose stock is not summed: a sale lowers it without lowering what is offered`,
    )
  }
  for (const { name } of summed.filter(({ kind }) => kind === 'fba')) {
    warnings.push(
      account.channelSpecificStock
        ? `"${name}" holds Amazon's own stock and is left out of the sum`
        : `"${name}" holds Amazon's own stock and is summed: its units are offered twice`,
    )
  }
  return warnings
}
