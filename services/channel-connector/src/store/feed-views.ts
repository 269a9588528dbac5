import { refilled, currentRate, nextSlotAt } from '@lockstep/pacing/bucket'
import type { FeedView, JobView } from '@lockstep/pacing/feed-view'
import { modelLimits } from '@lockstep/pacing/model-limits'
import { RESTLESS_MS } from '@lockstep/pacing/slice-rules'
import { findMarketplace } from '@lockstep/sp-api/marketplaces'
import { type Kysely, sql } from 'kysely'

import { stageOf } from '../domain/feed-stage.ts'
import type { FeedPurpose, FeedState } from '../domain/bulk-states.ts'
import type { ChannelDb } from './database.ts'
import { listBuckets } from './rate-buckets.ts'

/** What a feed message needs beside its change. */
const messageBytes = 250

interface JobRow {
  id: string
  kind: 'price' | 'content'
  createdAt: number
  waiting: number
  patching: number
  sliceable: number
  bytes: number
  quietFrom: number | null
  quietUntil: number | null
  isHeld: boolean
  isStopped: boolean
  marketplace: string
}

/** The running jobs of a connection, as the planner sees them. */
export async function listJobViews(db: Kysely<ChannelDb>, connectionId: string): Promise<JobView[]> {
  const { rows } = await sql<JobRow>`
    select j.id, j.kind, (extract(epoch from j.submitted_at) * 1000)::bigint as "createdAt", a.marketplace,
           coalesce(j.quiet_from, q.quiet_from) as "quietFrom", coalesce(j.quiet_until, q.quiet_until) as "quietUntil",
           a.paused_at is not null or not a.enabled as "isHeld",
           exists (select from feed_stop p where p.connection_id = j.connection_id and p.purpose = j.kind) as "isStopped",
           count(*) filter (where i.state = 'waiting') as waiting,
           count(*) filter (where i.state = 'patching') as patching,
           count(*) filter (where i.state = 'waiting' and s.lane_rank is null and s.lease_until is null
             and (s.desired_at is null or s.desired_at < clock_timestamp() - make_interval(secs => ${RESTLESS_MS / 1000}))
             and not exists (select from feed_item f join feed on feed.id = f.feed_id
                              where f.is_open and f.group_id = i.group_id and feed.state <> 'stuck')) as sliceable,
           coalesce(sum(octet_length(i.change::text) + ${messageBytes}) filter (where i.state = 'waiting'), 0)::bigint as bytes
      from bulk_job j
      join account a on a.id = j.account_id
      left join account_quiet_hours q on q.account_id = j.account_id
      left join bulk_job_item i on i.job_id = j.id and i.state in ('waiting', 'patching')
      left join group_state s on s.group_id = i.group_id
     where j.connection_id = ${connectionId} and j.state = 'running'
     group by j.id, a.id, q.account_id
     order by j.id limit 1000`.execute(db)
  return rows.map(jobView)
}

function jobView(row: JobRow): JobView {
  const { id, kind, createdAt, waiting, patching, bytes, quietFrom: fromMinute, quietUntil: toMinute } = row
  const timeZone = findMarketplace(row.marketplace)?.timeZone ?? 'UTC'
  const quietHours = fromMinute !== null && toMinute !== null ? { fromMinute, toMinute, timeZone } : null
  const sliceable = row.isStopped ? 0 : row.sliceable
  return { id, kind, createdAt, waiting, patching, sliceable, bytes, quietHours, paused: row.isHeld }
}

interface FeedViewRow {
  id: string
  purpose: FeedPurpose
  state: FeedState
  items: number
  submittedAt: number | null
  lastEndedAt: number | null
  isBehind: boolean
  deadlineAt: number
  cancelAsked: boolean
  isKept: boolean
}

const ms = (column: ReturnType<typeof sql>) => sql`(extract(epoch from ${column}) * 1000)::bigint`

/** The feeds of a connection that have not ended, as the planner sees them. */
export async function listFeedViews(db: Kysely<ChannelDb>, connectionId: string): Promise<FeedView[]> {
  const { rows } = await sql<FeedViewRow>`
    select f.id, f.purpose, f.state, greatest(f.items, f.wanted_items) as items, ${ms(sql`f.submitted_at`)} as "submittedAt",
           ${ms(sql`f.deadline_at`)} as "deadlineAt", f.cancel_requested is not null as "cancelAsked", f.is_kept as "isKept",
           exists (select from feed o where o.connection_id = f.connection_id and o.ended_at is null and o.id <> f.id
                      and o.submitted_at < f.submitted_at) as "isBehind",
           (select ${ms(sql`max(o.ended_at)`)} from feed o
             where o.connection_id = f.connection_id and o.ended_at > f.submitted_at) as "lastEndedAt"
      from feed f where f.connection_id = ${connectionId} and f.ended_at is null order by f.id limit 100`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    purpose: row.purpose,
    state: stageOf(row.state),
    items: row.items,
    firstInLineAt: row.isBehind || row.submittedAt === null ? null : Math.max(row.submittedAt, row.lastEndedAt ?? 0),
    deadlineAt: row.deadlineAt,
    stuck: row.state === 'stuck',
    cancelAsked: row.cancelAsked,
    cancelledBefore: row.isKept,
    // Whoever sends the number asks for the cancellation itself, at once.
    zeroInside: false,
  }))
}

/** Distinct SKUs of a connection whose stock write waits for its turn. Increases count for nothing while stock feeds are stopped. */
export async function countBacklog(
  db: Kysely<ChannelDb>,
  connectionId: string,
): Promise<{ urgent: number; increases: number }> {
  const { rows } = await sql<{ urgent: number; increases: number; isStopped: boolean }>`
    select count(*) filter (where lane_rank < 2) as urgent, count(*) filter (where lane_rank = 2) as increases,
           exists (select from feed_stop where connection_id = ${connectionId} and purpose = 'stock') as "isStopped"
      from group_state
     where connection_id = ${connectionId} and lane_rank is not null and next_at <= clock_timestamp()
       and (claimed_until is null or claimed_until < clock_timestamp())`.execute(db)
  const { urgent = 0, increases = 0, isStopped = false } = rows[0] ?? {}
  return { urgent, increases: isStopped ? 0 : increases }
}

/** How the buckets of patches and feeds stand; full where nothing went through yet. */
export async function readFeedBuckets(
  db: Kysely<ChannelDb>,
  connectionId: string,
): Promise<{ patch: { rate: number; tokens: number }; createFeed: { tokens: number; nextTokenAt: number } }> {
  const views = await listBuckets(db, [connectionId])
  const of = (operation: string) => views.find((view) => view.level === 'pair' && view.operation === operation)
  const patch = of('patchListingsItem')
  const creating = of('createFeed')
  return {
    patch: patch
      ? { rate: currentRate(patch.bucket, patch.nowMs), tokens: refilled(patch.bucket, patch.nowMs).level }
      : { rate: modelLimits.patchListingsItem.rate, tokens: modelLimits.patchListingsItem.burst },
    createFeed: creating
      ? {
          tokens: refilled(creating.bucket, creating.nowMs).level,
          nextTokenAt: nextSlotAt(creating.bucket, creating.nowMs),
        }
      : { tokens: modelLimits.createFeed.burst, nextTokenAt: 0 },
  }
}

const stockRateOverMs = 300_000

/** Stock writes a second of late. */
export async function readStockRate(db: Kysely<ChannelDb>, connectionId: string): Promise<number> {
  const { rows } = await sql<{ sent: number }>`
    select count(*) as sent from api_call a join connection c on c.application = a.application
     where c.id = ${connectionId} and a.connection_id = c.id and a.operation = 'patchListingsItem'
       and a.lane in ('to_zero', 'decrease', 'increase')
       and a.at > clock_timestamp() - make_interval(secs => ${stockRateOverMs / 1000})`.execute(db)
  return ((rows[0]?.sent ?? 0) / stockRateOverMs) * 1_000
}

/** When the newest slice of a job went to Amazon (null when it was taken out of the queue: then nothing has to be spaced), and the database's time; epoch milliseconds. */
export async function readBulkClock(
  db: Kysely<ChannelDb>,
  connectionId: string,
): Promise<{ now: number; lastBulkAt: number | null }> {
  const { rows } = await sql<{ now: number; lastBulkAt: number | null }>`
    select (extract(epoch from clock_timestamp()) * 1000)::bigint as now,
           (select case when state <> 'cancelled' then (extract(epoch from submitted_at) * 1000)::bigint end from feed
             where connection_id = ${connectionId} and purpose <> 'stock' and submitted_at is not null
             order by submitted_at desc limit 1) as "lastBulkAt"`.execute(db)
  return rows[0] ?? { now: Date.now(), lastBulkAt: null }
}

/** Hours are told apart from noise by this many units in four weeks, and by how far they stand out. */
const leastUnits = 50
const standsOut = 1.5

/** The hour of the day (UTC) in which the connection sells most; null when none stands out. */
export async function findPeakHour(db: Kysely<ChannelDb>, connectionId: string): Promise<number | null> {
  const { rows } = await sql<{ hour: number; units: number; mean: number }>`
    select hour, units, avg(units) over ()::float8 as mean
      from (select extract(hour from created_at at time zone 'UTC')::integer as hour, sum(units) as units
              from order_sale where connection_id = ${connectionId} and created_at > clock_timestamp() - interval '28 days'
             group by 1) as hours
     order by units desc limit 1`.execute(db)
  const [top] = rows
  return top && top.units >= leastUnits && top.units > standsOut * top.mean ? top.hour : null
}
