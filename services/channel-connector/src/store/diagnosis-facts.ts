import { type Kysely, sql } from 'kysely'
import { namedWords } from '../domain/named-words.ts'
import { disabledSiblings } from './conflicts.ts'
import type { ChannelDb } from './database.ts'
import { namesInGroups } from './group-names.ts'

/** How far an account's orders are in. */
export interface OrderProgress {
  coveredUntil: Date | null
  wentLiveAt: Date | null
}

/** Reads how far an account's orders are in; nulls before the first poll. */
export async function readOrderProgress(db: Kysely<ChannelDb>, accountId: string): Promise<OrderProgress> {
  const row = await db
    .selectFrom('account_orders')
    .select(['covered_until as coveredUntil', 'went_live_at as wentLiveAt'])
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return row ?? { coveredUntil: null, wentLiveAt: null }
}

/** A shared SKU whose accounts ask for different numbers. */
export interface SkuConflict {
  channelSku: string
  accounts: string[]
  detail: string
}

const mostShown = 20

/** The shared SKUs of an account that are in conflict: how many, and the first of them with everybody who lists them. */
export async function listSkuConflicts(
  db: Kysely<ChannelDb>,
  account: { id: string; connectionId: string },
): Promise<{ count: number; conflicts: SkuConflict[] }> {
  const { rows } = await sql<SkuConflict & { count: number; groupId: string }>`
    select s.group_id as "groupId", s.channel_sku as "channelSku", s.pacing::jsonb #>> '{computation,conflict,detail}' as detail,
           array(select a.name from listing o join account a on a.id = o.account_id
                  where o.group_id = s.group_id order by a.created_at, a.id) as accounts,
           (count(*) over ())::int as count
      from group_state s
     where s.connection_id = ${account.connectionId} and s.conflict_kind is not null
       and exists (select from listing l where l.group_id = s.group_id and l.account_id = ${account.id})
     order by s.channel_sku limit ${mostShown}`.execute(db)
  const names = await namesInGroups(
    db,
    rows.map(({ groupId }) => groupId),
  )
  const conflicts = rows.map(({ channelSku, accounts, detail }) => {
    return { channelSku, accounts, detail: namedWords(detail, names) }
  })
  return { count: rows[0]?.count ?? 0, conflicts }
}

/**
 * Shared SKUs of an account that one of their accounts sends while another is off: what that one sells comes off the same quantity, and its orders are
 * not downloaded. How many, and the first of them with the accounts that are off.
 */
export async function listDisabledSiblings(
  db: Kysely<ChannelDb>,
  account: { id: string; connectionId: string },
): Promise<{ count: number; siblings: SkuConflict[] }> {
  const { rows } = await sql<SkuConflict & { count: number }>`
    select d.channel_sku as "channelSku", '' as detail, array_agg(d.name order by d.account_id) as accounts,
           (count(*) over ())::int as count
      from (${disabledSiblings(account.connectionId)}) d
     where exists (select from listing l where l.group_id = d.group_id and l.account_id = ${account.id})
     group by d.channel_sku order by d.channel_sku limit ${mostShown}`.execute(db)
  return { count: rows[0]?.count ?? 0, siblings: rows.map(({ count: _count, ...sibling }) => sibling) }
}

/** SKUs of an account with lead times of the products whose item brings none: how many, and the first of them. */
export async function listWithoutLeadTime(
  db: Kysely<ChannelDb>,
  account: { id: string; name: string; productLeadTimes: boolean },
): Promise<{ count: number; skus: string[] }> {
  if (!account.productLeadTimes) return { count: 0, skus: [] }
  const { rows } = await sql<{ sku: string; count: number }>`
    select l.channel_sku as sku, (count(*) over ())::int as count
      from listing l left join item_lead_time t on t.item_id = l.item_id
     where l.account_id = ${account.id} and l.item_id is not null and not l.fba and not l.ignore_sync and l.lead_time_days is null
       and coalesce(t.by_account ->> ${account.name}, t.for_all::text) is null
     order by l.channel_sku limit ${mostShown}`.execute(db)
  return { count: rows[0]?.count ?? 0, skus: rows.map(({ sku }) => sku) }
}

/** How many listings of an account the seller ships, and how many Amazon does. */
export async function countListings(db: Kysely<ChannelDb>, accountId: string): Promise<{ fbm: number; fba: number }> {
  const { rows } = await sql<{ fbm: number; fba: number }>`
    select (count(*) filter (where not fba))::int as fbm, (count(*) filter (where fba))::int as fba
      from listing where account_id = ${accountId}`.execute(db)
  return rows[0] ?? { fbm: 0, fba: 0 }
}
