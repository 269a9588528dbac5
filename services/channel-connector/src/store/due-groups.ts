import type { QuantityLane } from '@lockstep/pacing/group-state'
import { sql, type Kysely, type Transaction } from 'kysely'

import { forcedRank } from '../domain/group-columns.ts'
import type { ChannelDb } from './database.ts'

const isDue = sql`s.next_at <= clock_timestamp() and (s.claimed_until is null or s.claimed_until < clock_timestamp())`

/** A connection with groups that are due and that nobody holds. */
export interface DueConnection {
  connectionId: string
  sellerId: string
  /** Numbers wait to be written. */
  hasWrites: boolean
  /** Of them, numbers that end a sale. */
  hasZeros: boolean
  /** Reads, leases and windows are due. */
  hasTicks: boolean
}

/** Connections of which nobody needs to know: that there are many costs little while most of them have their hands full. */
export interface FullHands {
  /** They take on nothing at all now. */
  all: readonly string[]
  /** They take on no write but one that ends a sale. */
  writes: readonly string[]
  /** They take on no read, lease or window. */
  ticks: readonly string[]
}

const isAmong = (ids: readonly string[]) => sql`c.id = any(${[...ids]}::text[])`

/** The connections that have something due that they could take on. */
export async function listDueConnections(db: Kysely<ChannelDb>, full: FullHands): Promise<DueConnection[]> {
  const { rows } = await sql<DueConnection>`
    select "connectionId", "sellerId", "hasZeros", "hasZeros" or "hasOthers" as "hasWrites", "hasTicks" from (
      select c.id as "connectionId", c.seller_id as "sellerId",
             exists (select from group_state s where s.connection_id = c.id and s.lane_rank = 0 and ${isDue}) as "hasZeros",
             not ${isAmong(full.writes)}
               and exists (select from group_state s where s.connection_id = c.id and s.lane_rank > 0 and ${isDue}) as "hasOthers",
             not ${isAmong(full.ticks)}
               and exists (select from group_state s where s.connection_id = c.id and s.lane_rank is null and s.next_at is not null
                              and ${isDue}) as "hasTicks"
        from connection c where not ${isAmong(full.all)}) due
     where "hasZeros" or "hasOthers" or "hasTicks"`.execute(db)
  return rows
}

/** A group that stands in line for a write. */
export interface WaitingGroup {
  id: string
  lane: QuantityLane
  /** Epoch milliseconds, as `now` is. */
  since: number
  now: number
}

/** The heads of a connection's lanes, locked until the transaction ends; groups that somebody else works on are passed over. */
export async function lockWaitingGroups(
  tx: Transaction<ChannelDb>,
  connectionId: string,
  limit: { zeros: number; others: number },
): Promise<WaitingGroup[]> {
  // Forced looks fill what nothing else does, and half of that: whatever changes meanwhile finds room.
  const forced = sql`
    select s.group_id as id, s.lane, (extract(epoch from coalesce(s.waiting_since, s.next_at)) * 1000)::bigint as since,
           (extract(epoch from clock_timestamp()) * 1000)::bigint as now
      from group_state s
     where s.connection_id = ${connectionId} and s.lane_rank = ${sql.lit(forcedRank)} and ${isDue}
     order by s.waiting_since
     limit (select case when exists (select from changed) then 0 else ${Math.ceil(limit.others / 2)} end) for update skip locked`
  const head = (rank: number, most: number) => sql`
    select s.group_id as id, s.lane, (extract(epoch from coalesce(s.waiting_since, s.next_at)) * 1000)::bigint as since,
           (extract(epoch from clock_timestamp()) * 1000)::bigint as now
      from group_state s
     where s.connection_id = ${connectionId} and s.lane_rank = ${rank} and ${isDue}
     order by s.waiting_since limit ${most} for update skip locked`
  const { rows } = await sql<WaitingGroup>`
    with zeros as (${head(0, limit.zeros)}), decreases as (${head(1, limit.others)}), increases as (${head(2, limit.others)}),
         changed as (select * from zeros union all select * from decreases union all select * from increases),
         forced as (${forced})
    select * from changed union all select * from forced`.execute(tx)
  return rows
}

/** Groups of a connection that are due for something other than a write, longest due first, locked until the transaction ends. */
export async function lockTickingGroups(
  tx: Transaction<ChannelDb>,
  connectionId: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select s.group_id as id from group_state s
     where s.connection_id = ${connectionId} and s.lane_rank is null and s.next_at is not null and ${isDue}
     order by s.next_at limit ${limit} for update skip locked`.execute(tx)
  return rows.map((row) => row.id)
}

/**
 * Increases that a feed may carry, longest waiting first, locked until the transaction ends. A number that is sent again because it never showed goes by
 * patch, and so does one whose listing is patched right now.
 */
export async function lockIncreases(
  tx: Transaction<ChannelDb>,
  connectionId: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select s.group_id as id from group_state s
     where s.connection_id = ${connectionId} and s.lane_rank = 2 and ${isDue}
       and not exists (select from feed_item f where f.is_open and f.group_id = s.group_id)
       and not exists (select from bulk_job_item i where i.group_id = s.group_id and i.state = 'patching')
     order by s.waiting_since limit ${limit} for update of s skip locked`.execute(tx)
  return rows.map((row) => row.id)
}

/** Groups whose recompute was asked for, longest asked first, locked until the transaction ends. */
export async function lockMarkedGroups(tx: Transaction<ChannelDb>, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select group_id as id from group_state where recompute_at <= clock_timestamp()
     order by recompute_at limit ${limit} for update skip locked`.execute(tx)
  return rows.map((row) => row.id)
}

/** Puts groups off that could not be worked on, further with each failure up to 5 minutes, so that they do not stand in the way of others. */
export async function postponeGroups(db: Kysely<ChannelDb>, groupIds: readonly string[]): Promise<void> {
  if (groupIds.length === 0) return
  const later = sql`clock_timestamp() + make_interval(secs => least(300, 2 ^ least(9, s.attempts + 1)))`
  await sql`
    update group_state s
       set claimed_by = null, claimed_until = null, attempts = s.attempts + 1, next_at = case when s.next_at is not null then ${later} end,
           recompute_at = case when s.recompute_at is not null then ${later} end
     where group_id = any(${[...groupIds]}::text[])`.execute(db)
}

/** Notes that a number was accepted for these accounts; at most once a second, because every listing of an account meets in this row. */
export async function touchInventorySync(db: Kysely<ChannelDb>, accountIds: readonly string[]): Promise<void> {
  if (accountIds.length === 0) return
  await sql`
    update account set inventory_synced_at = clock_timestamp()
     where id = any(${[...accountIds]}::text[])
       and (inventory_synced_at is null or inventory_synced_at < clock_timestamp() - interval '1 second')`.execute(db)
}
