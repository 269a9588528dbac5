import type { Transaction } from 'kysely'

import { type ListingRules, snakeCase } from '../domain/rule-change.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { listRuledListings, saveListingRules } from '../store/listing-rules.ts'
import { queueRecompute } from '../store/recompute.ts'

/** Stores rules of listings that were found right, and has their numbers computed again. */
export async function putListingRules(
  tx: Transaction<ChannelDb>,
  put: {
    account: Account
    rules: readonly { channelSku: string; change: ListingRules }[]
    actor: string
    reference: string
  },
): Promise<void> {
  const { account, actor, reference } = put
  const named = new Map(put.rules.map(({ channelSku, change }) => [channelSku, change]))
  const listings = await listRuledListings(tx, account.id, [...named.keys()])
  await saveListingRules(
    tx,
    listings.map((listing) => ({ listingId: listing.id, rules: { ...listing, ...named.get(listing.channelSku) } })),
  )
  const names = new Set(put.rules.flatMap(({ change }) => Object.keys(change).map((name) => snakeCase(name))))
  const linked = listings.filter(({ itemId }) => itemId !== null).map(({ groupId }) => groupId)
  const note = `of the listing: ${[...names].join(', ')}`
  await queueRecompute(tx, linked, { kind: 'setting_changed', reference, actor, note })
}
