import { sql, type Kysely } from 'kysely'

import type { ChannelDb } from './database.ts'
import type { StateWord } from './pipeline-tables.ts'

/** How many linked listings of an account stand where; a listing behind a gate of its own counts as gated. */
export async function countStates(db: Kysely<ChannelDb>, accountId: string): Promise<Map<StateWord, number>> {
  const { rows } = await sql<{ state: StateWord; listings: number }>`
    select case when m.gate is not null then 'gated' else coalesce(s.state, 'unknown') end as state, count(*) as listings
      from listing l
      left join member_state m on m.listing_id = l.id
      left join group_state s on s.group_id = l.group_id
     where l.account_id = ${accountId} and l.item_id is not null
     group by 1`.execute(db)
  return new Map(rows.map((row) => [row.state, row.listings]))
}

/** A write that waits. */
export interface WaitingWrite {
  channelSku: string
  since: Date
  lane: string | null
  blockedBy: string | null
}

/** The write of an account that has waited longest. */
export async function findOldestWaiting(db: Kysely<ChannelDb>, accountId: string): Promise<WaitingWrite | undefined> {
  const { rows } = await sql<WaitingWrite>`
    select s.channel_sku as "channelSku", s.waiting_since as since, s.lane, s.blocked_by as "blockedBy"
      from listing l join group_state s on s.group_id = l.group_id
     where l.account_id = ${accountId} and l.item_id is not null and s.waiting_since is not null
       and (s.lane is not null or s.blocked_by is not null)
     order by s.waiting_since limit 1`.execute(db)
  return rows[0]
}

/** Groups of an account that showed fewer units on Amazon than the downloaded orders explain. */
export async function countUnseenOpen(db: Kysely<ChannelDb>, accountId: string): Promise<number> {
  const { rows } = await sql<{ groups: number }>`
    select count(*) as groups from listing l join group_state s on s.group_id = l.group_id
     where l.account_id = ${accountId} and s.unseen_since is not null`.execute(db)
  return rows[0]?.groups ?? 0
}
