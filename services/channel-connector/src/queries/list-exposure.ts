import { stalenessMs, unitsAtRisk, type Watched } from '@lockstep/pacing/watch'
import { type Kysely, sql } from 'kysely'

import { getAccount } from '../commands/get-account.ts'
import type { ChannelDb } from '../store/database.ts'
import { exposureColumns, watchReadsOf } from '../store/sku-watches.ts'

/** A listing with the units of it that can be oversold. Times are epoch milliseconds. */
export interface ExposedListing extends Omit<Watched, 'id'> {
  listingId: string
  accountId: string
  connectionId: string
  marketplace: string
  channelSku: string
  itemId: string
  itemSku: string
  held: number
  offered: number
  watchedAt: number | null
  /** The gate that keeps every number of the SKU back; null when none does. */
  gate: string | null
  /** Null behind a closed gate: no write comes to end the staleness, so rate × staleness says nothing. */
  unitsAtRisk: number | null
  stalenessMs: number
}

/** Listings at risk, the most exposed first, and how their connections are watched. */
export interface ExposureReport {
  at: number
  listings: ExposedListing[]
  watches: Awaited<ReturnType<typeof watchReadsOf>>
}

/**
 * Linked listings that sell, or of which something is held, by the units that can be oversold; those that are sent nothing come last. One more than `limit`,
 * when there are more.
 */
export async function listExposure(
  db: Kysely<ChannelDb>,
  asked: { account: string; limit: number; offset: number },
): Promise<ExposureReport> {
  const account = asked.account === '' ? undefined : await getAccount(db, asked.account)
  const rows = await exposedRows(db, { ...asked, accountId: account?.id ?? null })
  const listings = rows.map(({ now, ...row }) => ({
    ...row,
    unitsAtRisk: row.gate === null ? unitsAtRisk(row, now) : null,
    stalenessMs: stalenessMs(row, now),
  }))
  const connectionIds = account ? [account.connectionId] : [...new Set(listings.map((one) => one.connectionId))]
  return { at: rows[0]?.now ?? Date.now(), listings, watches: await watchReadsOf(db, connectionIds) }
}

type ExposedRow = Omit<ExposedListing, 'unitsAtRisk' | 'stalenessMs'> & { id: string; now: number }

async function exposedRows(
  db: Kysely<ChannelDb>,
  { accountId, limit, offset }: { accountId: string | null; limit: number; offset: number },
): Promise<ExposedRow[]> {
  const { rows } = await sql<ExposedRow>`
    with exposed as (
      select ${exposureColumns}, s.connection_id as "connectionId", s.hold_units as held, case when s.state = 'gated' then s.reason end as closed_by,
             (extract(epoch from clock_timestamp()) * 1000)::float8 as now, (extract(epoch from w.watched_at) * 1000)::float8 as "watchedAt"
        from group_state s left join watched_sku w on w.group_id = s.group_id
       where (w.group_id is not null or s.hold_units > 0)
         and (${accountId}::text is null or exists (select from listing l where l.group_id = s.group_id and l.account_id = ${accountId}))
    )
    select e.*, case when e.closed_by is not null then coalesce(m.gate, e.closed_by) end as gate, l.id as "listingId", l.account_id as "accountId", a.marketplace, l.channel_sku as "channelSku", l.item_id as "itemId",
           coalesce(l.item_sku, '') as "itemSku",
           (select coalesce(sum(o.live_quantity), 0)::float8 from group_state o
             where o.group_id in (select group_id from listing x where x.item_id = l.item_id)) as offered
      from exposed e
      join listing l on l.group_id = e.id and l.item_id is not null and not l.fba
      join account a on a.id = l.account_id
      left join member_state m on m.listing_id = l.id
     where ${accountId}::text is null or l.account_id = ${accountId}
     order by e.closed_by is not null, case when e.closed_by is not null then e.live end desc nulls last,
              least(coalesce(e.live, 'infinity'::float8),
                    e."unitsPerHour" * (least(86400000, case when e."knownAt" is null then 86400000 else greatest(0, e.now - e."knownAt") end
                                                        + case when e."unsentSince" is null then 0 else greatest(0, e.now - e."unsentSince") end))) desc,
              e.held desc, l.id
     limit ${limit + 1} offset ${offset}`.execute(db)
  return rows
}
