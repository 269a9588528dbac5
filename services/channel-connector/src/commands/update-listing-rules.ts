import type { Ids } from '@lockstep/contracts/ids'
import type { Transaction } from 'kysely'

import type { ListingRules, RuleChange } from '../domain/rule-change.ts'
import { lockAccount } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { listRuledListings, type RuledListing } from '../store/listing-rules.ts'
import { getAccount } from './get-account.ts'
import { inverseOf } from './inverse-of.ts'
import { keepChange } from './keep-change.ts'
import { putListingRules } from './put-listing-rules.ts'
import { refuseUnseenZeros } from './refuse-unseen-zeros.ts'

/** Rules as they are asked for, found in range. */
export interface UpdateListingRules {
  account: string
  rules: { channelSku: string; change: ListingRules }[]
  actor: string
}

/** Sets rules of single listings: all of them, or none when one names a listing that the account does not have. Answers the listings as they are then. */
export async function updateListingRules(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids; zerosSharePercent: number },
  command: UpdateListingRules,
): Promise<RuledListing[]> {
  const { id } = await getAccount(tx, command.account)
  await lockAccount(tx, id)
  const account = await getAccount(tx, id)
  const { rules, actor } = command
  const change: RuleChange = { kind: 'rules', rules }
  const inverse = await inverseOf(tx, account, change)
  await refuseUnseenZeros(tx, deps, { account, change, inverse, known: [], zerosConfirmation: '' })
  await putListingRules(tx, { account, rules, actor, reference: id })
  await keepChange(tx, deps, { account, change, inverse, actor })
  return listRuledListings(
    tx,
    id,
    rules.map(({ channelSku }) => channelSku),
  )
}
