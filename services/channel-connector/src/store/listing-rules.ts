import { type Kysely, sql, type Transaction } from 'kysely'

import type { ListingRules } from '../domain/rule-change.ts'
import type { ChannelDb } from './database.ts'

/** A listing with the rules that it has of its own; null is not set. */
export interface RuledListing extends Required<ListingRules> {
  id: string
  groupId: string
  channelSku: string
  fba: boolean
  itemId: string | null
  itemSku: string | null
}

/** The listings of an account with these SKUs, by group. Those it does not have are left out. */
export async function listRuledListings(
  db: Kysely<ChannelDb>,
  accountId: string,
  channelSkus: readonly string[],
): Promise<RuledListing[]> {
  const { rows } = await sql<RuledListing>`
    select id, group_id as "groupId", channel_sku as "channelSku", fba, item_id as "itemId", item_sku as "itemSku",
           max_listed as "maxListed", stock_percentage as "stockPercentage", end_when as "endWhen",
           lead_time_days as "leadTimeDays", ignore_sync as "ignoreSync"
      from listing where account_id = ${accountId} and channel_sku = any(${[...channelSkus]}::text[])
     order by group_id`.execute(db)
  return rows
}

/** Listings of an account that have rules of their own, by SKU byte by byte, after the given one. */
export async function pageRuledListings(
  db: Kysely<ChannelDb>,
  accountId: string,
  page: { after: string | null; limit: number },
): Promise<RuledListing[]> {
  const { rows } = await sql<RuledListing>`
    select id, group_id as "groupId", channel_sku as "channelSku", fba, item_id as "itemId", item_sku as "itemSku",
           max_listed as "maxListed", stock_percentage as "stockPercentage", end_when as "endWhen",
           lead_time_days as "leadTimeDays", ignore_sync as "ignoreSync"
      from listing
     where account_id = ${accountId} and (${page.after}::text is null or channel_sku > ${page.after})
       and (ignore_sync or num_nonnulls(max_listed, stock_percentage, end_when, lead_time_days) > 0)
     order by channel_sku limit ${page.limit}`.execute(db)
  return rows
}

/** Stores the rules of these listings, in the order of their ids. */
export async function saveListingRules(
  tx: Transaction<ChannelDb>,
  rules: readonly { listingId: string; rules: Required<ListingRules> }[],
): Promise<void> {
  const sorted = rules.toSorted((a, b) => (a.listingId < b.listingId ? -1 : 1))
  await sql`select id from listing where id = any(${sorted.map((r) => r.listingId)}::text[]) order by id for update`.execute(
    tx,
  )
  await sql`
    update listing l
       set max_listed = r.max_listed, stock_percentage = r.percentage, end_when = r.end_when,
           lead_time_days = r.lead_time, ignore_sync = r.ignore_sync
      from unnest(${sorted.map((r) => r.listingId)}::text[], ${sorted.map(({ rules: r }) => r.maxListed)}::integer[],
                  ${sorted.map(({ rules: r }) => r.stockPercentage)}::integer[],
                  ${sorted.map(({ rules: r }) => r.endWhen)}::integer[],
                  ${sorted.map(({ rules: r }) => r.leadTimeDays)}::integer[],
                  ${sorted.map(({ rules: r }) => r.ignoreSync)}::boolean[])
           as r (id, max_listed, percentage, end_when, lead_time, ignore_sync)
     where l.id = r.id`.execute(tx)
}
