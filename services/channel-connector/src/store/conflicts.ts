import { type Kysely, type RawBuilder, sql } from 'kysely'

import type { ChannelDb } from './database.ts'

/** Where a page of shared SKUs begins: after this one. */
export interface ConflictKey {
  connectionId: string
  channelSku: string
}

/** Which shared SKUs are looked for. */
export interface ConflictPage {
  /** Only those with a listing of this account; null for all. */
  accountId: string | null
  after: ConflictKey | null
  limit: number
}

/** A shared SKU that somebody should look at, as its rows tell it. */
export interface ConflictRow extends ConflictKey {
  groupId: string
  kind: string
  sellerId: string
  region: string
  policy: string
  ownerAccountId: string | null
  pacing: string | null
  isConfirmed: boolean
  /** In the order in which their accounts were created. */
  members: ConflictMemberRow[]
}

/** A listing of it. */
export interface ConflictMemberRow {
  listingId: string
  accountId: string
  accountName: string
  marketplace: string
  enabled: boolean
  asin: string
  itemId: string | null
  itemSku: string | null
}

/**
 * Listings that sell from a quantity which a sibling sends, while their own account is off. What Amazon does not offer, or keeps itself, sells nothing
 * of it. All connections when none is named.
 */
export function disabledSiblings(connectionId: string | null): RawBuilder<unknown> {
  return sql`
    select l.group_id, l.channel_sku, a.id as account_id, a.name
      from account a join listing l on l.account_id = a.id
     where not a.enabled and l.active and not l.fba
       and (${connectionId}::text is null or a.connection_id = ${connectionId})
       and exists (select from listing o join account b on b.id = o.account_id
                    where o.group_id = l.group_id and o.item_id is not null and b.enabled and b.update_inventory)`
}

function lookedAt(accountId: string | null): RawBuilder<unknown> {
  return sql`
    select f.group_id, g.connection_id, g.channel_sku, min(f.kind) filter (where f.kind <> 'disabled_sibling') as kind
      from (select group_id, conflict_kind as kind from group_state where conflict_kind is not null
            union all
            select group_id, 'disabled_sibling' from (${disabledSiblings(null)}) d) f
      join sku_group g on g.id = f.group_id
     where ${accountId}::text is null
        or exists (select from listing l where l.group_id = f.group_id and l.account_id = ${accountId})
     group by f.group_id, g.connection_id, g.channel_sku`
}

/** Shared SKUs that somebody should look at, by connection and SKU. A conflict stands before a sibling that is off. */
export async function listConflictRows(db: Kysely<ChannelDb>, page: ConflictPage): Promise<ConflictRow[]> {
  const { after } = page
  const { rows } = await sql<ConflictRow>`
    select f.group_id as "groupId", f.connection_id as "connectionId", f.channel_sku as "channelSku",
           coalesce(f.kind, 'disabled_sibling') as kind, c.seller_id as "sellerId", c.region, c.group_policy as policy,
           c.group_owner_id as "ownerAccountId", s.pacing,
           (s.accepted_version is not null or s.conflict_confirmed_at is not null) as "isConfirmed",
           (select json_agg(json_build_object('listingId', l.id, 'accountId', a.id, 'accountName', a.name, 'marketplace', a.marketplace,
                                              'enabled', a.enabled, 'asin', l.asin, 'itemId', l.item_id, 'itemSku', l.item_sku) order by a.created_at, a.id)
              from listing l join account a on a.id = l.account_id where l.group_id = f.group_id) as members
      from (${lookedAt(page.accountId)}) f
      join connection c on c.id = f.connection_id
      left join group_state s on s.group_id = f.group_id
     where ${after === null} or (f.connection_id, f.channel_sku) > (${after?.connectionId ?? ''}, ${after?.channelSku ?? ''})
     order by f.connection_id, f.channel_sku limit ${page.limit}`.execute(db)
  return rows
}

/** How many shared SKUs somebody should look at. */
export async function countConflicts(db: Kysely<ChannelDb>, accountId: string | null): Promise<number> {
  const { rows } = await sql<{ groups: number }>`
    select count(*) as groups from (${lookedAt(accountId)}) f`.execute(db)
  return rows[0]?.groups ?? 0
}

/** Those of these SKUs that their connections list already. */
export async function listTakenSkus(db: Kysely<ChannelDb>, wanted: readonly ConflictKey[]): Promise<ConflictKey[]> {
  if (wanted.length === 0) return []
  const { rows } = await sql<ConflictKey>`
    select g.connection_id as "connectionId", g.channel_sku as "channelSku"
      from sku_group g
      join unnest(${wanted.map((w) => w.connectionId)}::text[], ${wanted.map((w) => w.channelSku)}::text[])
           as w (connection_id, channel_sku) using (connection_id, channel_sku)`.execute(db)
  return rows
}
