import { type Kysely, sql } from 'kysely'
import type { ChannelDb } from './database.ts'

/** A connection's sweep as it was claimed. */
export interface ClaimedSweep {
  connection_id: string
  after_sku: string
  round_began: Date | null
}

/** Gives every connection with credentials its sweep. */
export async function addMissingSweeps(db: Kysely<ChannelDb>): Promise<void> {
  await sql`
    insert into listing_sweep (connection_id)
    select id from connection where refresh_token_sealed is not null on conflict do nothing`.execute(db)
}

/** The next linked SKUs of a connection in byte order, and which of them are to be read. */
export interface SweptPage {
  /** Groups that were not read for long enough. */
  groupIds: string[]
  /** The last SKU of the page; undefined when the round is over. */
  lastSku: string | undefined
}

/** Reads on in a connection's round: up to `limit` linked SKUs that the merchant fulfils. */
export async function nextSweptPage(
  db: Kysely<ChannelDb>,
  {
    connectionId,
    afterSku,
    everyMs,
    limit,
  }: { connectionId: string; afterSku: string; everyMs: number; limit: number },
): Promise<SweptPage> {
  const { rows } = await sql<{ groupId: string; sku: string; isDue: boolean }>`
    select g.id as "groupId", g.channel_sku as sku,
           coalesce(s.live_read_at < clock_timestamp() - make_interval(secs => ${everyMs / 1000}), true) as "isDue"
      from sku_group g join group_state s on s.group_id = g.id
     where g.connection_id = ${connectionId} and g.channel_sku > ${afterSku}
       and exists (select from listing l where l.group_id = g.id and l.item_id is not null and not l.fba)
     order by g.channel_sku limit ${limit}`.execute(db)
  return { groupIds: rows.flatMap((row) => (row.isDue ? [row.groupId] : [])), lastSku: rows.at(-1)?.sku }
}

/** Where the sweep goes on, and when. `null` for the SKU ends the round: the next begins when `everyMs` have passed since this one began. */
export async function moveSweep(
  db: Kysely<ChannelDb>,
  sweep: ClaimedSweep,
  { afterSku, pauseMs, everyMs }: { afterSku: string | null; pauseMs: number; everyMs: number },
): Promise<void> {
  const pause = sql`clock_timestamp() + make_interval(secs => ${pauseMs / 1000})`
  const nextRound = sql`greatest(${pause}, coalesce(round_began, clock_timestamp()) + make_interval(secs => ${everyMs / 1000}))`
  await sql`
    update listing_sweep
       set after_sku = ${afterSku ?? ''}, next_at = ${afterSku === null ? nextRound : pause},
           round_began = ${afterSku === null ? sql`null` : sql`coalesce(round_began, clock_timestamp())`}
     where connection_id = ${sweep.connection_id}`.execute(db)
}

/** Notes that a SKU is said to have changed on Amazon. It is read at once, but no more often than every `gapMs`. False for a SKU that is not known. */
export async function addLiveHint(
  db: Kysely<ChannelDb>,
  { connectionId, channelSku, gapMs }: { connectionId: string; channelSku: string; gapMs: number },
): Promise<boolean> {
  const { rows } = await sql`
    insert into live_hint as h (group_id, connection_id, due_at)
    select s.group_id, s.connection_id, clock_timestamp() from group_state s
     where s.connection_id = ${connectionId} and s.group_id =
           (select g.id from sku_group g where g.connection_id = ${connectionId} and g.channel_sku = ${channelSku})
    on conflict (group_id) do update
       set due_at = greatest(clock_timestamp(), h.read_at + make_interval(secs => ${gapMs / 1000}))
    returning group_id`.execute(db)
  if (rows.length === 0) return false
  await sql`
    update listing_sweep set next_at = least(next_at, clock_timestamp()) where connection_id = ${connectionId}`.execute(
    db,
  )
  return true
}

/** Takes the hints of a connection that are due, at most `limit`; they come back only when they are given again. */
export async function takeLiveHints(db: Kysely<ChannelDb>, connectionId: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ groupId: string }>`
    update live_hint h set due_at = null, read_at = clock_timestamp()
     where group_id in (
       select group_id from live_hint where connection_id = ${connectionId} and due_at <= clock_timestamp()
        order by due_at limit ${limit} for update skip locked)
    returning group_id as "groupId"`.execute(db)
  return rows.map((row) => row.groupId)
}

/** Whether a hint of a connection waits, and until when. */
export async function nextHintMs(db: Kysely<ChannelDb>, connectionId: string): Promise<number | undefined> {
  const { rows } = await sql<{ waitMs: number | null }>`
    select (extract(epoch from min(due_at) - clock_timestamp()) * 1000)::double precision as "waitMs"
      from live_hint where connection_id = ${connectionId} and due_at is not null`.execute(db)
  const waitMs = rows[0]?.waitMs
  return waitMs === null || waitMs === undefined ? undefined : Math.max(0, waitMs)
}
