import { type Kysely, sql, type Transaction } from 'kysely'
import type { ChannelDb } from './database.ts'

/** A listing as the commands see it. */
export interface Listing {
  id: string
  accountId: string
  groupId: string
  connectionId: string
  marketplaceId: string
  channelSku: string
  fba: boolean
  /** Why this SKU cannot be linked; null when it can. */
  skuProblem: string | null
  itemId: string | null
  itemSku: string | null
}

function selectListings(db: Kysely<ChannelDb>) {
  return db
    .selectFrom('listing as l')
    .innerJoin('sku_group as g', 'g.id', 'l.group_id')
    .select([
      'l.id',
      'l.account_id as accountId',
      'l.group_id as groupId',
      'g.connection_id as connectionId',
      'l.marketplace_id as marketplaceId',
      'l.channel_sku as channelSku',
      'l.fba',
      'l.sku_problem as skuProblem',
      'l.item_id as itemId',
      'l.item_sku as itemSku',
    ])
}

/** A listing as an account and a seller SKU name it, byte for byte. */
export interface ListingKey {
  accountId: string
  channelSku: string
}

/** Answers a listing and locks its row until the transaction ends. */
export async function lockListing(tx: Transaction<ChannelDb>, key: ListingKey): Promise<Listing | undefined> {
  return selectListings(tx)
    .where('l.account_id', '=', key.accountId)
    .where('l.channel_sku', '=', key.channelSku)
    .forUpdate('l')
    .executeTakeFirst()
}

/** SKUs of the account that differ from this one only in case or in spaces around, at most 10. */
export async function listLookalikes(db: Kysely<ChannelDb>, key: ListingKey): Promise<string[]> {
  const rows = await db
    .selectFrom('listing')
    .select('channel_sku')
    .where('account_id', '=', key.accountId)
    .where(sql<boolean>`lower(btrim(channel_sku)) = lower(btrim(${key.channelSku}))`)
    .where('channel_sku', '<>', key.channelSku)
    .orderBy('channel_sku')
    .limit(10)
    .execute()
  return rows.map((row) => row.channel_sku)
}

/** Links a listing to an item in place of any link before. */
export async function saveLink(
  tx: Transaction<ChannelDb>,
  listingId: string,
  item: { id: string; sku: string },
): Promise<void> {
  await tx
    .updateTable('listing')
    .set({ item_id: item.id, item_sku: item.sku, linked_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', listingId)
    .execute()
}

/** Takes a listing's link away. */
export async function deleteLink(tx: Transaction<ChannelDb>, listingId: string): Promise<void> {
  await tx
    .updateTable('listing')
    .set({ item_id: null, item_sku: null, linked_at: null })
    .where('id', '=', listingId)
    .execute()
}
