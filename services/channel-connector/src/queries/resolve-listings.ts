import { type Kysely, sql } from 'kysely'
import type { ChannelDb } from '../store/database.ts'

/** A listing as an order line names it. */
export interface ListingReference {
  marketplaceId: string
  channelSku: string
}

/** Where an order line belongs; null where it is not known. */
export interface ResolvedListing {
  accountId: string | null
  listingId: string | null
  itemId: string | null
  itemSku: string | null
  orderLocationId: string | null
}

/** Says for each reference, in the order given, which account, listing, item and order location it belongs to. */
export async function resolveListings(
  db: Kysely<ChannelDb>,
  connectionId: string,
  references: readonly ListingReference[],
): Promise<ResolvedListing[]> {
  const { rows } = await sql<ResolvedListing>`
    select a.id as "accountId", l.id as "listingId", l.item_id as "itemId", l.item_sku as "itemSku",
           a.order_location_id as "orderLocationId"
      from unnest(${references.map((reference) => reference.marketplaceId)}::text[],
                  ${references.map((reference) => reference.channelSku)}::text[])
           with ordinality as asked (marketplace_id, channel_sku, place)
      left join account a on a.connection_id = ${connectionId} and a.marketplace_id = asked.marketplace_id
      left join listing l on l.account_id = a.id and l.channel_sku = asked.channel_sku
     order by place`.execute(db)
  return rows
}
