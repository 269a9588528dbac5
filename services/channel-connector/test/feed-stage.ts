import { expect } from '@jest/globals'
import type { JournalEntry } from '@lockstep/amazon-simulator/core/records'
import { systemIds } from '@lockstep/contracts/ids'
import { type FeedEstimate } from '@lockstep/pacing/estimate'
import { sql } from 'kysely'
import { pino } from 'pino'

import { addBulkLines, getBulkJob, openBulkJob, submitBulkJob } from '../src/commands/bulk-job.ts'
import { hintFeedFinished } from '../src/commands/hint-feed-finished.ts'
import { callAmazon, type AmazonCall } from '../src/commands/call-amazon.ts'
import type { FeedTimings } from '../src/commands/feed-work.ts'
import type { BulkLine } from '../src/domain/bulk-change.ts'
import { type Feeds, startFeeds } from '../src/feeds.ts'
import type { Account } from '../src/store/accounts.ts'
import type { BulkJob } from '../src/store/bulk-jobs.ts'
import type { FeedItem, FeedRow } from '../src/store/feed-rows.ts'
import { saveFeedEstimate } from '../src/store/feeds.ts'
import { fillFeed, insertFeed } from '../src/store/plan-writes.ts'
import { quickTimings } from './feed-timings.ts'
import { pushStage, type PushStage } from './push-stage.ts'

/** The push with bulk jobs and feeds beside it. */
export interface FeedStage extends PushStage {
  /** Starts feeds of one more process; `stopFeeds` ends all. */
  startFeeds(options?: { requestTimeoutMs?: number; timings?: FeedTimings }): Promise<Feeds>
  stopFeeds(): Promise<void>
  /** Listings of an account, known here without being linked to an item. */
  givenOffers(account: Account, skus: readonly string[]): Promise<void>
  /** A job that was taken on. */
  givenJob(account: Account, lines: readonly Omit<BulkLine, 'line'>[], quietHours?: string): Promise<string>
  /** All waiting lines of a job in one feed, as a plan would have it. */
  givenSlice(jobId: string, more?: { deadlineMs?: number }): Promise<string>
  /** A stock feed that is to carry so many of the waiting increases, as a plan would have it. */
  givenStockFeed(account: Account, wantedItems: number, more?: { deadlineMs?: number }): Promise<string>
  /** Has a feed looked at now, as a notification does. */
  lookAt(feedId: string): Promise<void>
  /** What feeds of the account's connection are taken to need. */
  givenEstimate(account: Account, estimate: Pick<FeedEstimate, 'fixedMs' | 'itemsPerSecond'>): Promise<void>
  job(jobId: string): Promise<BulkJob>
  feed(feedId: string): Promise<FeedRow>
  feedItems(feedId: string): Promise<FeedItem[]>
  /** Calls of this operation that reached Amazon. */
  calls(account: Account, operation: string): Promise<JournalEntry[]>
}

/** Starts a simulator that works feeds off quickly, and a database. */
export async function feedStage(): Promise<FeedStage> {
  const stage = await pushStage()
  await stage.sim.changeSettings({ feedFixedMs: 600, feedItemsPerSecond: 2_000, propagationMs: 100 })
  const running: Feeds[] = []
  const stopFeeds = async (): Promise<void> => {
    await Promise.all(running.splice(0).map((feeds) => feeds[Symbol.asyncDispose]()))
  }
  return {
    ...stage,
    stopFeeds,
    ...jobSteps(stage),
    ...feedSteps(stage),
    async startFeeds({ timings = quickTimings, ...options } = {}) {
      const gateway = stage.openGateway(options)
      const call = (wanted: AmazonCall) => callAmazon(gateway, wanted)
      const log = pino({ level: 'silent' })
      const { db } = stage
      const poke = (): void => stage.poke()
      const feeds = await startFeeds({ db, ids: systemIds, log, callAmazon: call, timings, poke })
      running.push(feeds)
      return feeds
    },
    async [Symbol.asyncDispose]() {
      await stopFeeds()
      await stage[Symbol.asyncDispose]()
    },
  }
}

function jobSteps({ db, sim }: PushStage): Pick<FeedStage, 'givenOffers' | 'givenJob' | 'job'> {
  return {
    async givenOffers(account, skus) {
      const { id, sellerId, marketplaceId, connectionId } = account
      for (const sku of skus) {
        await sim.putListing({ sellerId, sku, marketplaceId, asin: 'B000000001', title: `old ${sku}`, quantity: 1 })
      }
      const ids = skus.map((sku) => [`grp_${connectionId}_${Buffer.from(sku).toString('hex')}`, sku] as const)
      await sql`
        insert into sku_group (id, connection_id, channel_sku)
        select id, ${connectionId}, sku from unnest(${ids.map(([group]) => group)}::text[], ${[...skus]}::text[]) as g (id, sku)
        on conflict do nothing`.execute(db)
      await sql`
        insert into listing (id, account_id, group_id, marketplace_id, channel_sku)
        select 'lst_' || sku || ${id}, ${id}, id, ${marketplaceId}, sku
          from unnest(${ids.map(([group]) => group)}::text[], ${[...skus]}::text[]) as g (id, sku)
        on conflict do nothing`.execute(db)
    },
    async givenJob(account, lines, quietHours = '') {
      const numbered = lines.map((line, i) => ({ ...line, line: i + 1 }))
      return db.transaction().execute(async (tx) => {
        const command = { account: account.id, quietHours, note: '', actor: 'test' }
        const { id: jobId } = await openBulkJob(tx, { ids: systemIds }, command)
        for (let from = 0; from < numbered.length; from += 1_000) {
          await addBulkLines(tx, { jobId, lines: numbered.slice(from, from + 1_000) })
        }
        await submitBulkJob(tx, { jobId, total: numbered.length })
        return jobId
      })
    },
    job: (jobId) => getBulkJob(db, jobId),
  }
}

function feedSteps(
  stage: PushStage,
): Pick<FeedStage, 'givenSlice' | 'givenStockFeed' | 'lookAt' | 'givenEstimate' | 'feed' | 'feedItems' | 'calls'> {
  const { db, sim } = stage
  return {
    async givenSlice(jobId, { deadlineMs = 600_000 } = {}) {
      const { connectionId, kind } = await getBulkJob(db, jobId)
      const id = systemIds.next('fed')
      await db.transaction().execute(async (tx) => {
        await insertFeed(tx, { id, connectionId, purpose: kind, jobId, wantedItems: 0, deadlineMs, epoch: 1 })
        const { rows } = await sql<{ line: number }>`
          select line from bulk_job_item where job_id = ${jobId} and state = 'waiting'`.execute(tx)
        await fillFeed(
          tx,
          { id, jobId },
          rows.map(({ line }) => line),
        )
      })
      return id
    },
    async givenStockFeed({ connectionId }, wantedItems, { deadlineMs = 600_000 } = {}) {
      const id = systemIds.next('fed')
      const planned = { id, connectionId, jobId: null, purpose: 'stock' as const, wantedItems }
      await db.transaction().execute((tx) => insertFeed(tx, { ...planned, deadlineMs, epoch: 1 }))
      return id
    },
    async lookAt(feedId) {
      const feed = await db.selectFrom('feed').selectAll().where('id', '=', feedId).executeTakeFirstOrThrow()
      const hint = { connectionId: feed.connection_id, channelFeedId: feed.channel_feed_id ?? '' }
      expect(await hintFeedFinished(db, hint)).toBe(true)
    },
    givenEstimate: ({ connectionId }, estimate) =>
      saveFeedEstimate(db, connectionId, { ...estimate, buildMs: 100, samples: [] }),
    feed: (feedId) => db.selectFrom('feed').selectAll().where('id', '=', feedId).executeTakeFirstOrThrow(),
    feedItems: (feedId) =>
      db.selectFrom('feed_item').selectAll().where('feed_id', '=', feedId).orderBy('message_id').execute(),
    async calls({ sellerId }, operation) {
      return (await sim.journal({ operation, sellerId, limit: 1_000 })).entries
    },
  }
}
