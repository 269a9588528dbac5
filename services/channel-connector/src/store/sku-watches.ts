import type { Watched } from '@lockstep/pacing/watch'
import { WATCH } from '@lockstep/pacing/watch'
import { type Kysely, sql } from 'kysely'

import type { ChannelDb } from './database.ts'

/** A connection's watch as it was claimed. */
export interface ClaimedWatch {
  connection_id: string
  rated_at: Date | null
}

/** Gives every connection with credentials its watch. */
export async function addMissingWatches(db: Kysely<ChannelDb>): Promise<void> {
  await sql`
    insert into sku_watch (connection_id)
    select id from connection where refresh_token_sealed is not null on conflict do nothing`.execute(db)
}

/** Sales older than this say nothing of how a SKU sells now. */
const ratedOverDays = 7

const average = (overMs: number) =>
  sql`sum(units * exp(-greatest(0, age_s) / ${overMs / 1000})) * 3600 / ${overMs / 1000}`

/** Computes how much each SKU of a connection sells, as salesRate of the pacing package does; SKUs that sold nothing of late are dropped. */
export async function rateSkus(db: Kysely<ChannelDb>, connectionId: string): Promise<void> {
  await sql`
    with sold as (
      select g.id as group_id, s.units, extract(epoch from clock_timestamp() - s.created_at)::float8 as age_s
        from order_sale s join sku_group g on g.connection_id = s.connection_id and g.channel_sku = s.channel_sku
       where s.connection_id = ${connectionId} and s.units > 0 and s.created_at > clock_timestamp() - make_interval(days => ${ratedOverDays})
    ), rated as (
      select group_id, greatest(${average(WATCH.shortMs)}, ${average(WATCH.longMs)}) as units_per_hour from sold group by group_id
    ), gone as (
      delete from watched_sku w where w.connection_id = ${connectionId} and not exists (select from rated where rated.group_id = w.group_id)
    ), kept as (
      insert into watched_sku (group_id, connection_id, units_per_hour, rated_at)
      select group_id, ${connectionId}, units_per_hour, clock_timestamp() from rated
      on conflict (group_id) do update set units_per_hour = excluded.units_per_hour, rated_at = excluded.rated_at
    )
    update sku_watch set rated_at = clock_timestamp() where connection_id = ${connectionId}`.execute(db)
}

const epochMs = (moment: ReturnType<typeof sql>) => sql`(extract(epoch from ${moment}) * 1000)::float8`

/** What a listing's exposure is made of, by SKU: the columns of `Watched`, from `s` group_state and `w` watched_sku. */
export const exposureColumns = sql`
  s.group_id as id, coalesce(w.units_per_hour, 0) as "unitsPerHour",
  ${epochMs(sql`greatest(s.live_read_at, (
    select min(o.covered_until) from listing l join account_orders o on o.account_id = l.account_id where l.group_id = s.group_id))`)} as "knownAt",
  ${epochMs(sql`s.waiting_since`)} as "unsentSince", s.live_quantity as live,
  (select sum(greatest(0, v.available))::float8 from availability v
    where v.item_id = (select l.item_id from listing l where l.group_id = s.group_id and l.item_id is not null order by l.id limit 1)) as available,
  ${epochMs(sql`greatest(s.live_read_at, w.watched_at)`)} as "readAt"`

/** The SKUs of a connection that have rested long enough, those that sold most unnoticed first; the caller picks among them. Never more than `limit`. */
export async function listRested(
  db: Kysely<ChannelDb>,
  connectionId: string,
  limit: number,
): Promise<{ now: number; skus: Watched[] }> {
  const rested = sql`greatest(s.live_read_at, w.watched_at)`
  const { rows } = await sql<Watched & { now: number }>`
    select ${epochMs(sql`clock_timestamp()`)} as now, ${exposureColumns}
      from watched_sku w join group_state s on s.group_id = w.group_id
     where w.connection_id = ${connectionId} and coalesce(s.live_quantity, 1) > 0
       and (${rested} is null or ${rested} <= clock_timestamp() - make_interval(secs => ${WATCH.everyMs / 1000}))
       and exists (select from listing l join account a on a.id = l.account_id and a.enabled
                    where l.group_id = w.group_id and l.item_id is not null and not l.fba)
     order by w.units_per_hour * extract(epoch from clock_timestamp() - coalesce(${rested}, 'epoch')) desc, w.group_id
     limit ${limit}`.execute(db)
  return { now: rows[0]?.now ?? 0, skus: rows }
}

/** Takes one read of this minute's share, and counts it; false when they are used up. */
export async function takeWatchRead(db: Kysely<ChannelDb>, connectionId: string, perMinute: number): Promise<boolean> {
  const isNewMinute = sql`minute_began <= clock_timestamp() - interval '1 minute'`
  const { numAffectedRows } = await sql`
    update sku_watch
       set reads = reads + 1, reads_in_minute = case when ${isNewMinute} then 1 else reads_in_minute + 1 end,
           minute_began = case when ${isNewMinute} then clock_timestamp() else minute_began end
     where connection_id = ${connectionId} and (${isNewMinute} or reads_in_minute < ${perMinute})`.execute(db)
  return (numAffectedRows ?? 0n) > 0n
}

/** Notes that these SKUs were read, or left to somebody who works on them. */
export async function noteWatched(db: Kysely<ChannelDb>, groupIds: readonly string[]): Promise<void> {
  await sql`
    update watched_sku set watched_at = clock_timestamp() where group_id = any(${[...groupIds]}::text[])`.execute(db)
}

/** When the watch of a connection looks again. */
export async function moveWatch(db: Kysely<ChannelDb>, connectionId: string, pauseMs: number): Promise<void> {
  await sql`
    update sku_watch set next_at = clock_timestamp() + make_interval(secs => ${pauseMs / 1000})
     where connection_id = ${connectionId}`.execute(db)
}

/** How often a connection's watch has read, in all and in the minute that runs. */
export async function watchReadsOf(
  db: Kysely<ChannelDb>,
  connectionIds: readonly string[],
): Promise<{ connectionId: string; reads: number; readsInMinute: number; watched: number }[]> {
  const { rows } = await sql<{ connectionId: string; reads: number; readsInMinute: number; watched: number }>`
    select h.connection_id as "connectionId", h.reads,
           case when h.minute_began > clock_timestamp() - interval '1 minute' then h.reads_in_minute else 0 end as "readsInMinute",
           (select count(*) from watched_sku w where w.connection_id = h.connection_id) as watched
      from sku_watch h where h.connection_id = any(${[...connectionIds]}::text[]) order by h.connection_id`.execute(db)
  return rows
}
