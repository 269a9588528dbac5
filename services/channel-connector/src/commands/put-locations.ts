import type { Ids } from '@lockstep/contracts/ids'
import type { Transaction } from 'kysely'

import { announceAccountChanged } from '../events/account-changed.ts'
import { type Account, saveLocationMapping } from '../store/accounts.ts'
import { awaitPlaces } from '../store/awaited-sales.ts'
import type { ChannelDb } from '../store/database.ts'
import { type Location, saveLocations } from '../store/locations.ts'
import { queueRecomputeOfAccount } from '../store/recompute.ts'
import { getAccount } from './get-account.ts'

/** A mapping that was found right. Without locations nothing is sent any more. */
export interface PutLocations {
  /** Its row is locked. */
  account: Account
  locations: readonly Location[]
  orderLocation: Location | undefined
  actor: string
  reference: string
}

/** Replaces the locations whose stock is summed, and the one that orders go to, with all that follows. Answers the account as it is then. */
export async function putLocations(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  put: PutLocations,
): Promise<Account> {
  const { locations, orderLocation, actor, reference } = put
  const { id } = put.account
  await saveLocations(tx, orderLocation ? [...locations, orderLocation] : locations)
  const locationIds = locations.map((location) => location.id)
  const orderLocationId = orderLocation?.id ?? null
  if (!isMapped(put.account, { locationIds, orderLocationId })) {
    await saveLocationMapping(tx, { accountId: id, locationIds, orderLocationId })
  }
  const account = await getAccount(tx, id)
  await announceAccountChanged(tx, deps.ids, account)
  const sums = locations.length === 0 ? 'nothing' : locations.map(({ name }) => name).join(', ')
  const note = `sums ${sums}; orders go to ${orderLocation?.name ?? 'none'}`
  await awaitPlaces(tx, { accountId: id })
  await queueRecomputeOfAccount(tx, id, { kind: 'mapping_changed', reference, actor, note })
  return account
}

/** A mapping that is there already keeps the version that others have seen. */
function isMapped(account: Account, wanted: Pick<Account, 'locationIds' | 'orderLocationId'>): boolean {
  return (
    account.orderLocationId === wanted.orderLocationId &&
    account.locationIds.length === wanted.locationIds.length &&
    wanted.locationIds.every((id) => account.locationIds.includes(id))
  )
}
