import type { Ids } from '@lockstep/contracts/ids'
import type { Transaction } from 'kysely'

import { isSameChange, type RuleChange } from '../domain/rule-change.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import type { Location } from '../store/locations.ts'
import { insertRuleChange } from '../store/rule-changes.ts'
import { putLinks } from './put-links.ts'
import { putListingRules } from './put-listing-rules.ts'
import { putLocations } from './put-locations.ts'
import { putPolicy } from './put-policy.ts'
import { putSettings } from './put-settings.ts'

/** A change that was looked at, and is made now. */
export interface PutChange {
  /** Its row is locked. */
  account: Account
  change: RuleChange
  inverse: RuleChange
  actor: string
  /** The locations that inventory knows. */
  known: readonly Location[]
  /** The change that this one takes back; null when it is none of that kind. */
  undoes: string | null
}

/**
 * Makes a change that was shown before, and keeps it with what takes it back. Whatever it alters is computed again; its zeros are not held, for they
 * were shown. Answers the id of the change.
 */
export async function putChange(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids; zerosSharePercent: number },
  put: PutChange,
): Promise<string> {
  const { account, change, inverse, actor, undoes } = put
  const id = deps.ids.next('chg')
  const isSo = isSameChange(change, inverse)
  if (!isSo) await perform(tx, deps, { ...put, reference: id })
  // What sets nothing is kept as it was confirmed, and is not what an undo takes back.
  await insertRuleChange(tx, { id, accountId: account.id, change, inverse: isSo ? change : inverse, actor, undoes })
  return id
}

async function perform(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids; zerosSharePercent: number },
  put: PutChange & { reference: string },
): Promise<void> {
  const { account, change, known, actor, reference } = put
  const by = { account, actor, reference }
  switch (change.kind) {
    case 'settings':
      return void (await putSettings(tx, deps, { ...by, change: change.change }))
    case 'locations': {
      const locations = known.filter(({ id }) => change.locationIds.includes(id))
      const orderLocation = known.find(({ id }) => id === change.orderLocationId)
      return void (await putLocations(tx, deps, { ...by, locations, orderLocation }))
    }
    case 'links':
      return putLinks(tx, deps, { ...by, links: change.links })
    case 'rules':
      return putListingRules(tx, { ...by, rules: change.rules })
    case 'policy':
      return putPolicy(tx, { ...by, policy: change.policy, ownerAccountId: change.ownerAccountId })
    default:
      return change satisfies never
  }
}
