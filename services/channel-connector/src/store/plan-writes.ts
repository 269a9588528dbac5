import { type Kysely, sql, type Transaction } from 'kysely'

import type { SliceItem } from '@lockstep/pacing/slice-rules'

import type { FeedPurpose } from '../domain/bulk-states.ts'
import type { ChannelDb } from './database.ts'

/** A waiting line of a job, as the slice rules see it. */
export interface WaitingLine extends SliceItem {
  line: number
}

/** More than a feed holds: some of them may not be in a slice. */
const mostCandidates = 50_000
const messageBytes = 250

/**
 * The waiting lines of a job in their order. Some count as being in a feed, because their turn comes later: where an older job of the account still says the same of the SKU,
 * and where a call for another of its lines may be under way, which could land last.
 */
export async function listWaitingLines(db: Kysely<ChannelDb>, jobId: string): Promise<WaitingLine[]> {
  const { rows } = await sql<WaitingLine>`
    select i.line, i.channel_sku as sku, octet_length(i.change::text) + ${messageBytes} as bytes,
           coalesce(s.lane_rank is not null or s.lease_until is not null, false) as "writeOpen",
           (extract(epoch from s.desired_at) * 1000)::bigint as "stockChangedAt",
           exists (select from feed_item f join feed on feed.id = f.feed_id
                    where f.is_open and f.group_id = i.group_id and feed.state <> 'stuck')
             or exists (select from bulk_job_item o join bulk_job oj on oj.id = o.job_id
                         where o.group_id = i.group_id and o.state in ('waiting', 'in_feed', 'patching')
                           and oj.account_id = j.account_id and oj.state in ('running', 'paused')
                           and (oj.submitted_at, oj.id) < (j.submitted_at, j.id)
                           and o.change ?| array(select jsonb_object_keys(i.change)))
             or exists (select from bulk_job_item o join bulk_job oj on oj.id = o.job_id
                         where o.group_id = i.group_id and o.sending_until > clock_timestamp() and o.job_id <> j.id
                           and oj.account_id = j.account_id) as "inFeed"
      from bulk_job_item i join bulk_job j on j.id = i.job_id left join group_state s on s.group_id = i.group_id
     where i.job_id = ${jobId} and i.state = 'waiting'
     order by i.line limit ${mostCandidates}`.execute(db)
  return rows
}

/** A feed that is planned. */
export interface PlannedFeed {
  id: string
  connectionId: string
  purpose: FeedPurpose
  jobId: string | null
  wantedItems: number
  deadlineMs: number
  epoch: number
}

/** Stores a feed's intent. A stock feed names the marketplaces of the connection's accounts, a slice the one of its job. */
export async function insertFeed(tx: Transaction<ChannelDb>, feed: PlannedFeed): Promise<void> {
  await sql`
    insert into feed (id, connection_id, account_id, job_id, purpose, marketplace_ids, wanted_items, deadline_at, is_kept, epoch)
    select ${feed.id}, ${feed.connectionId}, j.account_id, j.id, ${feed.purpose},
           array(select a.marketplace_id from account a
                  where a.connection_id = ${feed.connectionId} and (j.id is null or a.id = j.account_id) and a.enabled
                  order by a.id limit 25),
           ${feed.wantedItems}, clock_timestamp() + make_interval(secs => ${feed.deadlineMs / 1000}),
           coalesce(j.had_cancelled, false) or (${feed.purpose} = 'stock' and exists (
             select from feed o where o.connection_id = ${feed.connectionId} and o.purpose = 'stock' and o.state = 'cancelled'
                and o.ended_at > clock_timestamp() - interval '1 hour')),
           ${feed.epoch}
      from (select 1) one left join bulk_job j on j.id = ${feed.jobId}`.execute(tx)
}

/** Puts waiting lines of a job into its feed. Answers how many still waited. */
export async function fillFeed(
  tx: Transaction<ChannelDb>,
  feed: { id: string; jobId: string },
  lines: readonly number[],
): Promise<number> {
  const { rows } = await sql<{ items: number }>`
    with taken as (
      update bulk_job_item set state = 'in_feed', feed_id = ${feed.id}, state_at = clock_timestamp()
       where job_id = ${feed.jobId} and line = any(${[...lines]}::integer[]) and state = 'waiting'
      returning line, channel_sku, group_id, change
    ), messages as (
      insert into feed_item (feed_id, message_id, channel_sku, group_id, product_type, job_id, line, change)
      select ${feed.id}, row_number() over (order by t.line), t.channel_sku, t.group_id, coalesce(s.product_type, 'PRODUCT'),
             ${feed.jobId}, t.line, t.change
        from taken t left join group_state s on s.group_id = t.group_id
      returning message_id
    ), counted as (
      update feed set items = (select count(*) from messages) where id = ${feed.id}
    )
    select count(*)::integer as items from messages`.execute(tx)
  return rows[0]?.items ?? 0
}

/** Hands waiting lines of a job to single patches. */
export async function handToPatches(
  tx: Transaction<ChannelDb>,
  jobId: string,
  lines: readonly number[],
): Promise<void> {
  if (lines.length === 0) return
  await sql`
    update bulk_job_item set state = 'patching', not_before = null, state_at = clock_timestamp()
     where job_id = ${jobId} and line = any(${[...lines]}::integer[]) and state = 'waiting'`.execute(tx)
  await sql`update bulk_job set next_at = clock_timestamp() where id = ${jobId} and state = 'running'`.execute(tx)
}

/** Says why a job does not go on, or that it does. */
export async function saveJobDetail(tx: Transaction<ChannelDb>, jobId: string, detail: string): Promise<void> {
  await sql`
    update bulk_job set detail = ${detail} where id = ${jobId} and state = 'running' and detail <> ${detail}`.execute(
    tx,
  )
}

/** Ends the jobs of a connection that have nothing left to do. Answers their ids. */
export async function finishJobs(tx: Transaction<ChannelDb>, connectionId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update bulk_job j set state = 'done', detail = '', state_at = clock_timestamp(), next_at = null
     where j.connection_id = ${connectionId} and j.state = 'running'
       and not exists (select from bulk_job_item i where i.job_id = j.id and i.state in ('waiting', 'in_feed', 'patching'))
    returning j.id`.execute(tx)
  return rows.map((row) => row.id)
}

/** Has a feed looked at now. */
export async function lookAtFeed(tx: Transaction<ChannelDb>, feedId: string): Promise<void> {
  await sql`update feed set next_at = clock_timestamp() where id = ${feedId} and ended_at is null`.execute(tx)
}
