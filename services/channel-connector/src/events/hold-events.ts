import { ListingEvent } from '@lockstep/contracts/generated/lockstep/channel/v1/channel_events.ts'
import type { Ids } from '@lockstep/contracts/ids'
import { subjects } from '@lockstep/contracts/subjects'
import type { HoldPlace } from '@lockstep/pacing/group-policy'
import type { HoldStatement } from '@lockstep/pacing/group-events'
import { enqueueAll } from '@lockstep/postgres/outbox'
import { sql, type Transaction } from 'kysely'

import type { ChannelDb } from '../store/database.ts'

/** What inventory is to hold of one SKU. */
export interface HoldNews {
  groupId: string
  hold: HoldStatement
  /** Where it was held before, by whose listing a release is told that has no place of its own. */
  placeBefore: HoldPlace | null
}

interface HeldListing {
  id: string
  group_id: string
  account_id: string
  connection_id: string
  marketplace_id: string
  channel_sku: string
  item_sku: string | null
}

/** States holds to inventory, with the transaction that stores them: once per SKU, by the listing whose account says where it is held. */
export async function announceHolds(tx: Transaction<ChannelDb>, ids: Ids, news: readonly HoldNews[]): Promise<void> {
  if (news.length === 0) return
  const { rows } = await sql<HeldListing>`
    select l.id, l.group_id, l.account_id, a.connection_id, l.marketplace_id, l.channel_sku, l.item_sku
      from listing l join account a on a.id = l.account_id
     where l.group_id = any(${news.map((one) => one.groupId)}::text[])
     order by l.id`.execute(tx)
  const listings = Map.groupBy(rows, (row) => row.group_id)
  await enqueueAll(
    tx,
    news.flatMap((one) => {
      const place = one.hold.place ?? one.placeBefore
      const own = listings.get(one.groupId) ?? []
      const listing = own.find(({ id }) => id === place?.listingId) ?? own[0]
      if (!listing) return []
      const verb = one.hold.falls.length > 0 ? 'held' : 'released'
      return [
        {
          id: ids.next('evt'),
          subject: subjects.listing[verb](listing.account_id, listing.id),
          payload: ListingEvent.toJSON(holdEvent(listing, one, place)),
        },
      ]
    }),
  )
}

function holdEvent(listing: HeldListing, { groupId, hold }: HoldNews, place: HoldPlace | null): ListingEvent {
  return {
    listingId: listing.id,
    accountId: listing.account_id,
    connectionId: listing.connection_id,
    marketplaceId: listing.marketplace_id,
    channelSku: listing.channel_sku,
    itemId: place?.itemId ?? '',
    itemSku: listing.item_sku ?? '',
    orderLocationId: place?.locationId ?? '',
    quantity: BigInt(hold.units),
    version: 0n,
    cause: { kind: hold.reason, reference: groupId, actor: 'channel-connector', note: noteOf(listing, hold) },
    at: new Date(hold.version),
    hold: {
      holdId: groupId,
      version: BigInt(hold.version),
      falls: hold.falls.map(({ from, to, readAt }) => ({
        fromAt: new Date(from.at),
        fromQuantity: BigInt(from.quantity),
        usedUnits: BigInt(from.usedUnits),
        toQuantity: BigInt(to),
        readAt: new Date(readAt),
      })),
    },
  }
}

function noteOf({ channel_sku: sku }: HeldListing, { reason, units }: HoldStatement): string {
  switch (reason) {
    case 'unseen':
      return `${sku}: ${units} sold on Amazon and not downloaded`
    case 'explained':
      return `${sku}: orders explain what was held`
    case 'drift':
      return `${sku}: no order explains what was held`
    case 'moved':
      return `${sku}: held where its orders go now`
    default:
      return reason satisfies never
  }
}
