import { sql, type Kysely } from 'kysely'

import type { ChannelDb } from './database.ts'

/** A linked listing whose number Amazon refused, or accepted and never showed. */
export interface TroubledListing {
  channelSku: string
  /** The number refused or accepted. */
  quantity: number | null
  /** What Amazon showed when it was last read. */
  live: number | null
  /** Amazon's words; empty when it has none. */
  issue: string
}

/** The first of them, and since when the oldest stands so; null when none does. */
export interface Troubled {
  first: TroubledListing[]
  since: Date | null
}

const mostTroubled = 20

/** Refused and unverified listings of an account by SKU. As where they are counted, one behind a gate of its own is none. */
export async function readTroubled(
  db: Kysely<ChannelDb>,
  accountId: string,
): Promise<Record<'refused' | 'unverified', Troubled>> {
  const { rows } = await sql<TroubledListing & { state: 'refused' | 'unverified'; since: Date | null }>`
    with troubled as (
      select s.group_id, row_number() over (partition by s.state order by s.channel_sku) as place,
             min(case s.state when 'refused' then s.submitted_at else s.accepted_at end) over (partition by s.state) as since
        from listing l join group_state s on s.group_id = l.group_id left join member_state m on m.listing_id = l.id
       where l.account_id = ${accountId} and l.item_id is not null and m.gate is null and s.state in ('refused', 'unverified'))
    select s.channel_sku as "channelSku", s.state, t.since, s.live_quantity as live,
           case s.state when 'refused' then s.submitted_quantity else s.accepted_quantity end as quantity,
           case s.state when 'refused' then coalesce(s.pacing::jsonb #>> '{refused,issue}', '') else '' end as issue
      from troubled t join group_state s on s.group_id = t.group_id
     where t.place <= ${mostTroubled} order by s.channel_sku`.execute(db)
  return { refused: troubledOf(rows, 'refused'), unverified: troubledOf(rows, 'unverified') }
}

function troubledOf(
  rows: readonly (TroubledListing & { state: string; since: Date | null })[],
  state: string,
): Troubled {
  const found = rows.filter((row) => row.state === state)
  const first = found.map(({ channelSku, quantity, live, issue }) => ({ channelSku, quantity, live, issue }))
  return { first, since: found[0]?.since ?? null }
}
