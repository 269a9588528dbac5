import type { Ids } from '@lockstep/contracts/ids'
import type { Transaction } from 'kysely'
import { announceAccountChanged } from '../events/account-changed.ts'
import { type Account, lockAccount, saveLocationMapping } from '../store/accounts.ts'
import { awaitPlaces } from '../store/awaited-sales.ts'
import type { ChannelDb } from '../store/database.ts'
import { type Location, saveLocations } from '../store/locations.ts'
import { queueRecomputeOfAccount } from '../store/recompute.ts'
import { getAccount } from './get-account.ts'
import { refusal } from './refuse.ts'

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
  deps: { ids: Ids },
  command: MapLocations,
): Promise<{ account: Account; warnings: string[] }> {
  const { id } = await getAccount(tx, command.account)
  const summed = checkedLocations(command)
  const orders = command.orderLocation === '' ? summed[0] : knownLocation(command.known, command.orderLocation)
  if (!orders) throw noLocation()

  await lockAccount(tx, id)
  refuseSummingFba(await getAccount(tx, id), summed)
  await saveLocations(tx, [...summed, orders])
  const locationIds = summed.map((location) => location.id)
  await saveLocationMapping(tx, { accountId: id, locationIds, orderLocationId: orders.id })
  const account = await getAccount(tx, id)
  await announceAccountChanged(tx, deps.ids, account)
  const note = `sums ${summed.map(({ name }) => name).join(', ')}; orders go to ${orders.name}`
  await awaitPlaces(tx, { accountId: id })
  await queueRecomputeOfAccount(tx, id, { kind: 'mapping_changed', reference: id, actor: command.actor, note })
  return { account, warnings: warningsOf(account, summed, orders) }
}

function checkedLocations({ locations, known }: MapLocations): Location[] {
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
function refuseSummingFba(account: Account, summed: readonly Location[]): void {
  const added = summed.find(({ id, kind }) => kind === 'fba' && !account.locationIds.includes(id))
  if (!added || account.channelSpecificStock) return
  throw refusal('CONFIRMATION_NEEDED', {
    message: `"${added.name}" holds Amazon's own stock, and this account sums it: its units would be offered twice`,
    field: 'locations',
    value: added.name,
    nextStep: 'turn channel_specific_stock on, map the location, and turn it off again with its confirmation',
  })
}

function warningsOf(account: Account, summed: readonly Location[], orders: Location): string[] {
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
