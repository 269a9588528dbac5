import { sql, type Kysely } from 'kysely'

import type { MemberFacts, SettingValues } from '../domain/member-inputs.ts'
import type { ChannelDb } from './database.ts'

interface MemberRow {
  listing_id: string
  group_id: string
  policy: MemberFacts['policy']
  account_id: string
  account_name: string
  marketplace_id: string
  asin: string
  title: string
  active: boolean
  fba: boolean
  ignore_sync: boolean
  item_id: string | null
  own: SettingValues
  account: SettingValues
  enabled: boolean
  update_inventory: boolean
  paused: 'no' | 'soft' | 'hard'
  went_live: boolean
  channel_specific_stock: boolean
  locations: MemberFacts['locations']
}

/**
 * Every listing of these groups with all that its number depends on, by group and in the order the accounts were created.
 * One statement whatever the number of groups. Call it after locking the groups' rows: then everything committed before is in it.
 */
export async function listMemberFacts(db: Kysely<ChannelDb>, groupIds: readonly string[]): Promise<MemberFacts[]> {
  if (groupIds.length === 0) return []
  const { rows } = await sql<MemberRow>`
    select l.id as listing_id, l.group_id, c.group_policy as policy, l.account_id, a.name as account_name, l.marketplace_id, l.asin, l.title, l.active,
           l.fba, l.ignore_sync, l.item_id, a.enabled, a.update_inventory, a.channel_specific_stock,
           case when a.paused_at is null then 'no' when a.paused_hard then 'hard' else 'soft' end as paused,
           o.went_live_at is not null as went_live,
           json_build_object('maxListed', l.max_listed, 'stockPercentage', l.stock_percentage,
                             'endWhen', l.end_when, 'leadTimeDays', l.lead_time_days) as own,
           json_build_object('maxListed', a.max_listed, 'stockPercentage', a.stock_percentage,
                             'endWhen', a.end_when, 'leadTimeDays', a.default_lead_time_days) as account,
           coalesce((
             select json_agg(json_build_object('id', m.location_id, 'name', p.name, 'kind', p.kind,
                                               'available', v.available, 'version', coalesce(v.version, 0),
                                               'awaited', ${awaitedUnits}) order by p.name)
               from account_location m
               join location p on p.id = m.location_id
               left join availability v on v.item_id = l.item_id and v.location_id = m.location_id
              where m.account_id = l.account_id), '[]') as locations
      from listing l
      join account a on a.id = l.account_id
      join connection c on c.id = a.connection_id
      left join account_orders o on o.account_id = l.account_id
     where l.group_id = any(${[...groupIds]}::text[])
     order by l.group_id, a.created_at, a.id`.execute(db)
  return rows.map(memberFacts)
}

/** Units of sales that are about to get this item in this location, as long as inventory has not reserved for them. */
const awaitedUnits = sql`coalesce((
                 select sum(s.units) from order_sale s
                  where s.awaited_item_id = l.item_id and s.awaited_location_id = m.location_id
                    and not exists (select from order_reflected r
                                     where r.order_id = s.order_id and r.item_id = s.awaited_item_id)), 0)`

function memberFacts(row: MemberRow): MemberFacts {
  return {
    listingId: row.listing_id,
    groupId: row.group_id,
    policy: row.policy,
    accountId: row.account_id,
    accountName: row.account_name,
    marketplaceId: row.marketplace_id,
    asin: row.asin,
    title: row.title,
    active: row.active,
    fba: row.fba,
    ignoreSync: row.ignore_sync,
    itemId: row.item_id,
    enabled: row.enabled,
    updateInventory: row.update_inventory,
    paused: row.paused,
    wentLive: row.went_live,
    channelSpecificStock: row.channel_specific_stock,
    own: row.own,
    account: row.account,
    locations: row.locations,
  }
}
