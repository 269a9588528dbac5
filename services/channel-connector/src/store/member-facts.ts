import { sql, type Kysely } from 'kysely'

import type { AccountFacts, ListingFacts, MemberFacts, SettingValues } from '../domain/member-inputs.ts'
import { asItIs, type Supposition } from '../domain/suppose-change.ts'
import type { AwaitedChange } from '../domain/supposed-awaits.ts'
import type { ChannelDb } from './database.ts'

type Figure = Pick<MemberFacts['locations'][number], 'available' | 'version' | 'awaited' | 'holds'>
type ItemLeadTimes = { forAll: number | null; byAccount: Readonly<Record<string, number>> }
type LeadTimes = ReadonlyMap<string, ItemLeadTimes>
type Figures = ReadonlyMap<string, ReadonlyMap<string, Figure>>

/**
 * Every listing of these groups with all that its number depends on, by group and in the order the accounts were created.
 * Three statements whatever the number of groups, and one for lead times where an account takes them from its products; an account is read once, not once per listing. Call it after locking the groups' rows: then everything
 * committed before is in it.
 */
export async function listMemberFacts(db: Kysely<ChannelDb>, groupIds: readonly string[]): Promise<MemberFacts[]> {
  const { before } = await supposeMemberFacts(db, groupIds, asItIs)
  return before
}

/** As listMemberFacts, and beside it how the same would read if what is supposed were so. Three statements for both. */
export async function supposeMemberFacts(
  db: Kysely<ChannelDb>,
  groupIds: readonly string[],
  supposed: Supposition,
): Promise<{ before: MemberFacts[]; after: MemberFacts[] }> {
  if (groupIds.length === 0) return { before: [], after: [] }
  const listings = await listingFacts(db, groupIds)
  const accounts = await accountFacts(db, [...new Set(listings.map((listing) => listing.accountId))])
  const otherListings = supposed === asItIs ? listings : listings.map((listing) => supposed.listing(listing))
  const otherAccounts = new Map([...accounts].map(([id, account]) => [id, supposed.account(account)]))
  const items = itemsOf(listings, otherListings)
  const needsLeadTimes = [...accounts.values(), ...otherAccounts.values()].some((one) => one.productLeadTimes)
  const known = { figures: await figuresOf(db, items), leadTimes: needsLeadTimes ? await leadTimesOf(db, items) : none }
  const before = members(listings, accounts, known)
  if (supposed === asItIs) return { before, after: before }
  const figures = withAvailable(withAwaited(known.figures, supposed.awaited), supposed.available)
  return { before, after: members(otherListings, otherAccounts, { ...known, figures }) }
}

function withAwaited(figures: Figures, more: AwaitedChange): Figures {
  if (more.size === 0) return figures
  return new Map(
    [...figures].map(([itemId, places]) => {
      const units = more.get(itemId)
      const other = (id: string, figure: Figure) => ({
        ...figure,
        awaited: (figure.awaited ?? 0) + (units?.get(id) ?? 0),
      })
      return [itemId, units ? new Map([...places].map(([id, figure]) => [id, other(id, figure)])) : places]
    }),
  )
}

function withAvailable(figures: Figures, supposed: Supposition['available']): Figures {
  if (!supposed) return figures
  const other = [...supposed].map(([itemId, places]): [string, ReadonlyMap<string, Figure>] => {
    const known = figures.get(itemId) ?? new Map<string, Figure>()
    const told = [...places].map(([id, available]): [string, Figure] => [
      id,
      { ...(known.get(id) ?? unknown), available },
    ])
    return [itemId, new Map([...known, ...told])]
  })
  return new Map([...figures, ...other])
}

function itemsOf(...lists: readonly (readonly ListingFacts[])[]): string[] {
  return [...new Set(lists.flat().flatMap(({ itemId }) => (itemId === null ? [] : [itemId])))]
}

function members(
  listings: readonly ListingFacts[],
  accounts: ReadonlyMap<string, AccountFacts>,
  { figures, leadTimes }: { figures: Figures; leadTimes: LeadTimes },
): MemberFacts[] {
  const placed = listings.flatMap((listing) => {
    const found = accounts.get(listing.accountId)
    if (!found) return []
    const { mapped, place, ...account } = found
    const known = listing.itemId === null ? undefined : figures.get(listing.itemId)
    const locations = mapped.map((location) => ({ ...location, ...(known?.get(location.id) ?? unknown) }))
    const productLeadTimeDays = leadTimeFor(leadTimes.get(listing.itemId ?? ''), account.accountName)
    return [{ place, member: { ...listing, ...account, productLeadTimeDays, locations } }]
  })
  return placed.toSorted(byGroupAndAccount).map(({ member }) => member)
}

const unknown: Figure = { available: null, version: 0 }
const none: LeadTimes = new Map()

function leadTimeFor(times: ItemLeadTimes | undefined, accountName: string): number | null {
  return times?.byAccount[accountName] ?? times?.forAll ?? null
}

type Placed = { place: number; member: MemberFacts }

function byGroupAndAccount(a: Placed, b: Placed): number {
  if (a.member.groupId !== b.member.groupId) return a.member.groupId < b.member.groupId ? -1 : 1
  return a.place - b.place
}

async function listingFacts(db: Kysely<ChannelDb>, groupIds: readonly string[]): Promise<ListingFacts[]> {
  const { rows } = await sql<Omit<ListingFacts, 'own'> & SettingValues>`
    select id as "listingId", group_id as "groupId", account_id as "accountId", marketplace_id as "marketplaceId", channel_sku as "channelSku", asin, title, active, fba,
           ignore_sync as "ignoreSync", item_id as "itemId", item_sku as "itemSku", max_listed as "maxListed", stock_percentage as "stockPercentage",
           end_when as "endWhen", lead_time_days as "leadTimeDays"
      from listing where group_id = any(${[...groupIds]}::text[]) order by id`.execute(db)
  return rows.map(({ maxListed, stockPercentage, endWhen, leadTimeDays, ...listing }) => ({
    ...listing,
    own: { maxListed, stockPercentage, endWhen, leadTimeDays },
  }))
}

async function accountFacts(db: Kysely<ChannelDb>, accountIds: readonly string[]): Promise<Map<string, AccountFacts>> {
  const { rows } = await sql<Omit<AccountFacts, 'place'>>`
    select c.group_policy as policy, c.group_owner_id as "ownerAccountId", a.id as "accountId", a.name as "accountName", a.enabled, a.update_inventory as "updateInventory",
           a.channel_specific_stock as "channelSpecificStock", a.product_lead_times as "productLeadTimes", a.order_location_id as "orderLocationId", o.went_live_at is not null as "wentLive",
           case when a.paused_at is null then 'no' when a.paused_hard then 'hard' else 'soft' end as paused,
           json_build_object('maxListed', a.max_listed, 'stockPercentage', a.stock_percentage,
                             'endWhen', a.end_when, 'leadTimeDays', a.default_lead_time_days) as account,
           coalesce((
             select json_agg(json_build_object('id', p.id, 'name', p.name, 'kind', p.kind) order by p.name)
               from account_location m join location p on p.id = m.location_id
              where m.account_id = a.id), '[]') as mapped
      from account a
      join connection c on c.id = a.connection_id
      left join account_orders o on o.account_id = a.id
     where a.id = any(${[...accountIds]}::text[])
     order by a.created_at, a.id`.execute(db)
  return new Map(rows.map((row, place) => [row.accountId, { ...row, place }]))
}

/** The newest figures by item and location, and beside them the units of sales that are about to get the item there and that inventory has not reserved for yet. */
async function figuresOf(db: Kysely<ChannelDb>, itemIds: readonly string[]): Promise<Figures> {
  const items = [...itemIds]
  const { rows } = await sql<{ itemId: string; locationId: string } & Required<Figure>>`
    with awaited as (
      select s.awaited_item_id, s.awaited_location_id, sum(s.units) as units
        from order_sale s
       where s.awaited_item_id = any(${items}::text[])
         and not exists (select from order_reflected r where r.order_id = s.order_id and r.item_id = s.awaited_item_id)
       group by s.awaited_item_id, s.awaited_location_id
    )
    select v.item_id as "itemId", v.location_id as "locationId", v.available, v.version, coalesce(w.units, 0)::int as awaited, v.holds
      from availability v
      left join awaited w on w.awaited_item_id = v.item_id and w.awaited_location_id = v.location_id
     where v.item_id = any(${items}::text[])`.execute(db)
  const figures = new Map<string, Map<string, Figure>>()
  for (const { itemId, locationId, ...figure } of rows) {
    const ofItem = figures.get(itemId) ?? new Map<string, Figure>()
    figures.set(itemId, ofItem.set(locationId, figure))
  }
  return figures
}

/** The lead times that these items bring. */
async function leadTimesOf(db: Kysely<ChannelDb>, itemIds: readonly string[]): Promise<LeadTimes> {
  if (itemIds.length === 0) return none
  const { rows } = await sql<ItemLeadTimes & { itemId: string }>`
    select item_id as "itemId", for_all as "forAll", by_account as "byAccount"
      from item_lead_time where item_id = any(${[...itemIds]}::text[])`.execute(db)
  return new Map(rows.map(({ itemId, ...times }) => [itemId, times]))
}
