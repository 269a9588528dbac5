import { ListingEvent } from '@lockstep/contracts/generated/lockstep/channel/v1/channel_events.ts'
import type { Ids } from '@lockstep/contracts/ids'
import { subjects } from '@lockstep/contracts/subjects'
import { enqueueAll } from '@lockstep/postgres/outbox'
import { sql, type Transaction } from 'kysely'

import type { ChannelDb } from '../store/database.ts'

/** A number that Amazon accepted or shows, for every listing that shares the SKU. */
export interface QuantityNews {
  groupId: string
  verb: 'quantityAccepted' | 'quantitySeen'
  quantity: number
  version: number
  /** Epoch milliseconds. */
  at: number
  cause: { kind: string; reference: string | null; actor?: string; note?: string }
}

interface LinkedListing {
  id: string
  group_id: string
  account_id: string
  connection_id: string
  marketplace_id: string
  channel_sku: string
  item_id: string
  item_sku: string
  order_location_id: string | null
}

/** Announces numbers to whoever follows the linked listings of these groups, with the transaction that stores them. */
export async function announceQuantities(
  tx: Transaction<ChannelDb>,
  ids: Ids,
  news: readonly QuantityNews[],
): Promise<void> {
  if (news.length === 0) return
  const { rows } = await sql<LinkedListing>`
    select l.id, l.group_id, l.account_id, a.connection_id, l.marketplace_id, l.channel_sku, l.item_id, l.item_sku,
           a.order_location_id
      from listing l join account a on a.id = l.account_id
     where l.group_id = any(${news.map((n) => n.groupId)}::text[]) and l.item_id is not null
     order by l.id`.execute(tx)
  const listings = Map.groupBy(rows, (row) => row.group_id)
  await enqueueAll(
    tx,
    news.flatMap((one) =>
      (listings.get(one.groupId) ?? []).map((listing) => ({
        id: ids.next('evt'),
        subject: subjects.listing[one.verb](listing.account_id, listing.id),
        payload: ListingEvent.toJSON(listingEvent(listing, one)),
      })),
    ),
  )
}

function listingEvent(listing: LinkedListing, news: QuantityNews): ListingEvent {
  const { kind, reference, actor = '', note = '' } = news.cause
  return {
    listingId: listing.id,
    accountId: listing.account_id,
    connectionId: listing.connection_id,
    marketplaceId: listing.marketplace_id,
    channelSku: listing.channel_sku,
    itemId: listing.item_id,
    itemSku: listing.item_sku,
    orderLocationId: listing.order_location_id ?? '',
    quantity: BigInt(news.quantity),
    version: BigInt(news.version),
    cause: { kind, reference: reference ?? '', actor, note },
    at: new Date(news.at),
  }
}
