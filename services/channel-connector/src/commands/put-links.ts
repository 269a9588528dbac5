import type { Ids } from '@lockstep/contracts/ids'
import type { Transaction } from 'kysely'

import type { LinkedItem } from '../domain/rule-change.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { listRuledListings } from '../store/listing-rules.ts'
import { linkListing, unlinkListing } from './link-listing.ts'

/** Makes and takes away links that were shown before; null takes one away. In the order of the groups, as whoever locks several does it. */
export async function putLinks(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids; zerosSharePercent: number },
  put: {
    account: Account
    links: readonly { channelSku: string; item: LinkedItem | null }[]
    actor: string
    reference: string
  },
): Promise<void> {
  const { account, actor, reference: changeId } = put
  const wanted = new Map(put.links.map(({ channelSku, item }) => [channelSku, item]))
  for (const listing of await listRuledListings(tx, account.id, [...wanted.keys()])) {
    const { channelSku, itemId } = listing
    const item = wanted.get(channelSku) ?? null
    const which = { account: account.id, channelSku, actor, changeId }
    if (item !== null && item.id !== itemId) await linkListing(tx, deps, { ...which, item })
    if (item === null && itemId !== null) await unlinkListing(tx, deps, which)
  }
}
