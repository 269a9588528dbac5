import { type Kysely, sql, type SqlBool } from 'kysely'
import type { ChannelDb } from '../store/database.ts'
import type { StateWord } from '../store/pipeline-tables.ts'

/** A listing with its link and how far its number got. */
export interface ListingView {
  id: string
  accountId: string
  marketplace: string
  channelSku: string
  asin: string
  title: string
  fba: boolean
  ignoreSync: boolean
  active: boolean
  itemId: string | null
  itemSku: string | null
  /** The first closed gate; null when all are open or nothing was computed yet. */
  gate: string | null
  state: StateWord | null
  reason: string | null
  desiredQuantity: number | null
  desiredAt: Date | null
  scheduledAt: Date | null
  submittedAt: Date | null
  acceptedQuantity: number | null
  acceptedAt: Date | null
  seenQuantity: number | null
  seenAt: Date | null
  /** What the listings report said last. */
  listedQuantity: number | null
  priceMinor: number | null
  priceCurrency: string | null
}

/** Which listings of an account are wanted. */
export interface ListingPage {
  accountId: string
  filter: 'all' | 'linked' | 'unlinked'
  /** Part of the SKU or title, whatever its case; everything when empty. */
  search: string
  /** The SKU of the last listing of the page before; null for the first page. */
  after: string | null
  limit: number
}

function selectViews(db: Kysely<ChannelDb>) {
  return db
    .selectFrom('listing as l')
    .innerJoin('account as a', 'a.id', 'l.account_id')
    .leftJoin('group_state as g', 'g.group_id', 'l.group_id')
    .leftJoin('member_state as m', 'm.listing_id', 'l.id')
    .select([
      'l.id',
      'l.account_id as accountId',
      'a.marketplace',
      'l.channel_sku as channelSku',
      'l.asin',
      'l.title',
      'l.fba',
      'l.ignore_sync as ignoreSync',
      'l.active',
      'l.item_id as itemId',
      'l.item_sku as itemSku',
      'm.gate',
      'g.state',
      'g.reason',
      'g.desired_quantity as desiredQuantity',
      'g.desired_at as desiredAt',
      'g.scheduled_at as scheduledAt',
      'g.submitted_at as submittedAt',
      'g.accepted_quantity as acceptedQuantity',
      'g.accepted_at as acceptedAt',
      'g.seen_quantity as seenQuantity',
      'g.seen_at as seenAt',
      'l.listed_quantity as listedQuantity',
      'l.price_minor as priceMinor',
      'l.price_currency as priceCurrency',
    ])
}

/** A page of an account's listings by SKU, byte by byte. */
export async function listListings(db: Kysely<ChannelDb>, page: ListingPage): Promise<ListingView[]> {
  let query = selectViews(db).where('l.account_id', '=', page.accountId)
  if (page.filter !== 'all') query = query.where('l.item_id', page.filter === 'linked' ? 'is not' : 'is', null)
  if (page.search !== '') {
    query = query.where(
      sql<SqlBool>`(strpos(lower(l.channel_sku), lower(${page.search})) > 0 or strpos(lower(l.title), lower(${page.search})) > 0)`,
    )
  }
  if (page.after !== null) query = query.where('l.channel_sku', '>', page.after)
  return query.orderBy('l.channel_sku').limit(page.limit).execute()
}

/** One listing by its id. */
export async function findListingView(db: Kysely<ChannelDb>, listingId: string): Promise<ListingView | undefined> {
  return selectViews(db).where('l.id', '=', listingId).executeTakeFirst()
}

/** The listings linked to one item, by account and SKU, at most 1,000. */
export async function listListingsOfItem(db: Kysely<ChannelDb>, itemId: string): Promise<ListingView[]> {
  return selectViews(db)
    .where('l.item_id', '=', itemId)
    .orderBy('l.account_id')
    .orderBy('l.channel_sku')
    .limit(1000)
    .execute()
}

/** The header of the mapping screen: listings that Amazon calls active, and how many of them are linked. */
export async function countListings(
  db: Kysely<ChannelDb>,
  accountId: string,
): Promise<{ active: number; linked: number }> {
  const { rows } = await sql<{ active: number; linked: number }>`
    select count(*) as active, count(item_id) as linked from listing where account_id = ${accountId} and active`.execute(
    db,
  )
  return rows[0] ?? { active: 0, linked: 0 }
}
