import { sql, type Kysely } from 'kysely'

import type { ShutOut } from '../domain/explain-now.ts'
import type { ChannelDb } from './database.ts'
import type { StateWord } from './pipeline-tables.ts'
import { shutOut } from './shut-out.ts'

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

/** A listing that Amazon shows otherwise. */
export interface DriftedListing {
  channelSku: string
  kind: string
  live: number | null
  readAt: Date | null
}

const mostDrifted = 20

/** Linked listings of an account that Amazon shows otherwise: how many of each kind, the newest of them, and since when the oldest does. */
export async function readDrifts(
  db: Kysely<ChannelDb>,
  accountId: string,
): Promise<{ kinds: Map<string, number>; newest: DriftedListing[]; since: Date | null }> {
  const drifted = sql`listing l join group_state s on s.group_id = l.group_id
     where l.account_id = ${accountId} and l.item_id is not null and s.drift_kind is not null`
  const { rows: kinds } = await sql<{ kind: string; listings: number; since: number | null }>`
    select s.drift_kind as kind, count(*) as listings, min((s.pacing::jsonb #>> '{drift,at}')::float8) as since
      from ${drifted} group by 1`.execute(db)
  const { rows: newest } = await sql<DriftedListing>`
    select s.channel_sku as "channelSku", s.drift_kind as kind, s.live_quantity as live, s.live_read_at as "readAt"
      from ${drifted} order by s.live_read_at desc nulls last limit ${mostDrifted}`.execute(db)
  const since = kinds.flatMap((row) => (row.since === null ? [] : [row.since]))
  return {
    kinds: new Map(kinds.map((row) => [row.kind, row.listings])),
    newest,
    since: since.length === 0 ? null : new Date(Math.min(...since)),
  }
}

/** A write that waits. */
export interface WaitingWrite {
  channelSku: string
  since: Date
  lane: string | null
  blockedBy: string | null
  /** The feed that holds the SKU; null when none does. */
  behindFeedId: string | null
  /** Why Amazon takes nothing of this seller's listings at present. */
  shutOut: ShutOut | null
}

/** The write of an account that has waited longest. */
export async function findOldestWaiting(db: Kysely<ChannelDb>, accountId: string): Promise<WaitingWrite | undefined> {
  const { rows } = await sql<WaitingWrite>`
    select s.channel_sku as "channelSku", s.waiting_since as since, s.lane, s.blocked_by as "blockedBy",
           (select max(i.feed_id) from feed_item i where i.is_open and i.group_id = s.group_id) as "behindFeedId",
           ${shutOut} as "shutOut"
      from listing l join group_state s on s.group_id = l.group_id join connection c on c.id = s.connection_id
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

/** Writes of a connection that stand in line and that no process has taken on. */
export async function countWaitingWrites(db: Kysely<ChannelDb>, connectionId: string): Promise<number> {
  const { rows } = await sql<{ groups: number }>`
    select count(*) as groups from group_state
     where connection_id = ${connectionId} and lane_rank is not null and next_at is not null
       and (claimed_until is null or claimed_until < clock_timestamp())`.execute(db)
  return rows[0]?.groups ?? 0
}

/** How many seconds the longest-waiting number of each lane has waited; those that a person or a gate holds back do not count. */
export async function readOldestWaiting(db: Kysely<ChannelDb>): Promise<Map<string, number>> {
  const { rows } = await sql<{ lane: string; seconds: number }>`
    select lane, extract(epoch from max(clock_timestamp() - waiting_since))::double precision as seconds
      from group_state
     where lane_rank < 3 and waiting_since is not null and next_at is not null
       and (blocked_by is null or blocked_by = 'NO_TOKEN')
     group by lane`.execute(db)
  return new Map(rows.map(({ lane, seconds }) => [lane, Math.max(0, seconds)]))
}
