import { sql, type Transaction } from 'kysely'
import type { ReportedListing } from '../domain/listings-report.ts'
import type { ChannelDb } from './database.ts'

/** Rows of one report of one account, with an id each for what is new. No SKU may stand in it twice. */
export interface ReportSlice {
  accountId: string
  connectionId: string
  marketplaceId: string
  currency: string
  /** When the report was asked for: an older report changes nothing that a newer one said. Null for what is no report: it changes nothing that any report said. */
  reportedAt: Date | null
  rows: readonly (ReportedListing & { listingId: string; groupId: string })[]
}

/**
 * Takes a slice of a report in: new listings appear, known ones are brought up to date, none is ever removed, unlinked or zeroed.
 * A listing that Amazon fulfils starts with Ignore Sync on. Answers the shared-SKU groups whose number this can alter:
 * those with a link in which a listing appeared or changed hands between Amazon and the seller.
 * Groups are created and listings locked in the order of their SKUs, so that two reports of one connection do not deadlock.
 */
export async function saveReportSlice(tx: Transaction<ChannelDb>, slice: ReportSlice): Promise<string[]> {
  const rows = JSON.stringify(slice.rows)
  await sql`
    insert into sku_group (id, connection_id, channel_sku)
    select r."groupId", ${slice.connectionId}, r."channelSku"
      from jsonb_to_recordset(${rows}::jsonb) as r ("groupId" text, "channelSku" text)
     order by r."channelSku" collate "C"
    on conflict (connection_id, channel_sku) do nothing`.execute(tx)
  const { rows: touched } = await sql<{ group_id: string }>`
    with input as (
      select r.*, g.id as group_id
        from jsonb_to_recordset(${rows}::jsonb) as r (
               "listingId" text, "channelSku" text, asin text, title text, fba boolean, active boolean,
               "skuProblem" text, "listedQuantity" bigint, "priceMinor" bigint)
        join sku_group g on g.connection_id = ${slice.connectionId} and g.channel_sku = r."channelSku"
    ), before as (
      select l.channel_sku, l.fba from listing l
       where l.account_id = ${slice.accountId} and l.channel_sku in (select "channelSku" from input)
    ), saved as (
      insert into listing as l (
        id, account_id, group_id, marketplace_id, channel_sku, asin, title, fba, ignore_sync, active,
        sku_problem, listed_quantity, price_minor, price_currency, last_report_at)
      select "listingId", ${slice.accountId}, group_id, ${slice.marketplaceId}, "channelSku", asin, title, fba, fba, active,
             "skuProblem", "listedQuantity", "priceMinor", ${slice.currency}, ${slice.reportedAt}::timestamptz
        from input order by "channelSku" collate "C"
      on conflict (account_id, channel_sku) do update set
        asin = excluded.asin, title = excluded.title, fba = excluded.fba, active = excluded.active,
        listed_quantity = excluded.listed_quantity, price_minor = excluded.price_minor,
        price_currency = excluded.price_currency, last_report_at = excluded.last_report_at
      where l.last_report_at is null or l.last_report_at <= excluded.last_report_at
      returning l.group_id, l.channel_sku, l.fba
    )
    select distinct s.group_id
      from saved s left join before b on b.channel_sku = s.channel_sku
     where b.channel_sku is null or b.fba <> s.fba`.execute(tx)
  return linkedGroups(
    tx,
    touched.map((row) => row.group_id),
  )
}

/** Those of the groups that hold a link. */
async function linkedGroups(tx: Transaction<ChannelDb>, groupIds: readonly string[]): Promise<string[]> {
  if (groupIds.length === 0) return []
  const rows = await tx
    .selectFrom('listing')
    .select('group_id')
    .distinct()
    .where('group_id', 'in', groupIds)
    .where('item_id', 'is not', null)
    .execute()
  return rows.map((row) => row.group_id)
}
