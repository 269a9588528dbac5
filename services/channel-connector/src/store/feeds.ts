import { assumedEstimate, type FeedEstimate } from '@lockstep/pacing/estimate'
import { type Kysely, sql, type Transaction } from 'kysely'

import type { FeedPurpose, FeedState } from '../domain/bulk-states.ts'
import type { ChannelDb } from './database.ts'

/** A feed as it is shown. */
export interface Feed {
  id: string
  connectionId: string
  purpose: FeedPurpose
  state: FeedState
  detail: string
  channelFeedId: string | null
  jobId: string | null
  items: number
  bytes: number
  accepted: number
  refused: number
  missing: number
  superseded: number
  plannedAt: Date
  submittedAt: Date | null
  deadlineAt: Date
  endedAt: Date | null
  nextAt: Date | null
}

function selectFeeds(db: Kysely<ChannelDb>) {
  return db
    .selectFrom('feed')
    .select(['id', 'connection_id as connectionId', 'purpose', 'state', 'detail', 'channel_feed_id as channelFeedId'])
    .select(['job_id as jobId', 'items', 'bytes', 'accepted', 'refused', 'missing', 'superseded'])
    .select(['planned_at as plannedAt', 'submitted_at as submittedAt', 'deadline_at as deadlineAt'])
    .select(['ended_at as endedAt', 'next_at as nextAt'])
    .orderBy('id', 'desc')
}

/** Feeds of a connection, newest first, from before the given id. */
export async function listFeeds(
  db: Kysely<ChannelDb>,
  page: { connectionId: string; before: string | null; limit: number },
): Promise<Feed[]> {
  const feeds = selectFeeds(db).where('connection_id', '=', page.connectionId).limit(page.limit)
  return (page.before === null ? feeds : feeds.where('id', '<', page.before)).execute()
}

/** The newest feeds of a job. */
export async function listFeedsOfJob(db: Kysely<ChannelDb>, jobId: string, limit: number): Promise<Feed[]> {
  return selectFeeds(db).where('job_id', '=', jobId).limit(limit).execute()
}

/** Purposes whose feeds are not made on a connection, and why. */
export async function listFeedStops(
  db: Kysely<ChannelDb>,
  connectionId: string,
): Promise<{ purpose: FeedPurpose; since: Date; detail: string }[]> {
  return db
    .selectFrom('feed_stop')
    .select(['purpose', 'since', 'detail'])
    .where('connection_id', '=', connectionId)
    .orderBy('purpose')
    .execute()
}

/** Lets feeds of a connection be made again; answers the purposes that were stopped. */
export async function allowFeeds(tx: Transaction<ChannelDb>, connectionId: string): Promise<FeedPurpose[]> {
  const gone = await tx.deleteFrom('feed_stop').where('connection_id', '=', connectionId).returning('purpose').execute()
  return gone.map(({ purpose }) => purpose)
}

/** What a feed takes on a connection; what is assumed before any has ended. */
export async function readFeedEstimate(db: Kysely<ChannelDb>, connectionId: string): Promise<FeedEstimate> {
  const row = await db
    .selectFrom('feed_estimate')
    .select('estimate')
    .where('connection_id', '=', connectionId)
    .executeTakeFirst()
  return row?.estimate ?? assumedEstimate
}

/** Removes ended feeds and jobs after 90 days, and jobs that were not submitted within a day. Answers how many rows went. */
export async function pruneBulk(db: Kysely<ChannelDb>, slice: number): Promise<number> {
  const messages = await sql`
    delete from feed_item where ctid = any(array(
      select m.ctid from feed_item m join feed f on f.id = m.feed_id
       where f.ended_at < clock_timestamp() - interval '90 days' limit ${slice}))`.execute(db)
  const feeds = await sql`
    delete from feed f where f.id = any(array(
      select e.id from feed e where e.ended_at < clock_timestamp() - interval '90 days'
         and not exists (select from feed_item m where m.feed_id = e.id) limit ${slice}))`.execute(db)
  const over = sql`
    (j.state in ('done', 'cancelled') and j.state_at < clock_timestamp() - interval '90 days')
      or (j.state = 'preparing' and j.created_at < clock_timestamp() - interval '1 day')`
  const lines = await sql`
    delete from bulk_job_item where ctid = any(array(
      select i.ctid from bulk_job_item i join bulk_job j on j.id = i.job_id where ${over} limit ${slice}))`.execute(db)
  const jobs = await sql`
    delete from bulk_job d where d.id = any(array(
      select j.id from bulk_job j where (${over}) and not exists (select from bulk_job_item i where i.job_id = j.id)
         and not exists (select from feed f where f.job_id = j.id) limit ${slice}))`.execute(db)
  return [messages, feeds, lines, jobs].reduce((sum, result) => sum + Number(result.numAffectedRows ?? 0n), 0)
}

/** Stores what a feed takes on a connection. Two at once: the later one counts, which costs one observation. */
export async function saveFeedEstimate(
  db: Kysely<ChannelDb>,
  connectionId: string,
  estimate: FeedEstimate,
): Promise<void> {
  await sql`
    insert into feed_estimate (connection_id, estimate) values (${connectionId}, ${JSON.stringify(estimate)}::jsonb)
    on conflict (connection_id) do update set estimate = excluded.estimate, at = clock_timestamp()`.execute(db)
}

/** For how long Amazon has had no other feed of the connection before this one, and the time; milliseconds. */
export async function timeAtAmazon(
  db: Kysely<ChannelDb>,
  feed: { id: string; connection_id: string; submitted_at: Date | null; planned_at: Date },
): Promise<{ tookMs: number; now: number }> {
  const submittedAt = feed.submitted_at ?? feed.planned_at
  const { rows } = await sql<{ now: number; since: number }>`
    select (extract(epoch from clock_timestamp()) * 1000)::double precision as now,
           (extract(epoch from coalesce(max(ended_at), ${submittedAt})) * 1000)::double precision as since
      from feed
     where connection_id = ${feed.connection_id} and id <> ${feed.id} and submitted_at < ${submittedAt}
       and ended_at > ${submittedAt}`.execute(db)
  const { now = 0, since = now } = rows[0] ?? {}
  return { tookMs: now - since, now }
}

/** No feed of this purpose is made on the connection until a person allows it. */
export async function stopFeeds(
  tx: Transaction<ChannelDb>,
  feed: { connection_id: string; purpose: FeedPurpose },
  detail: string,
): Promise<void> {
  await tx
    .insertInto('feed_stop')
    .values({ connection_id: feed.connection_id, purpose: feed.purpose, detail })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** The feed that holds a group's SKU right now. */
export async function findHoldingFeed(
  db: Kysely<ChannelDb>,
  groupId: string,
): Promise<{ id: string; channelFeedId: string | null; state: FeedState } | undefined> {
  return db
    .selectFrom('feed_item')
    .innerJoin('feed', 'feed.id', 'feed_item.feed_id')
    .select(['feed.id', 'feed.channel_feed_id as channelFeedId', 'feed.state'])
    .where('feed_item.group_id', '=', groupId)
    .where('feed_item.is_open', '=', true)
    .orderBy('feed.id', 'desc')
    .limit(1)
    .executeTakeFirst()
}
