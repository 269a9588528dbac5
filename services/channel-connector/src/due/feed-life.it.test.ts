import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import type { DescribedCall } from '@lockstep/sp-api/call'
import {
  createFeedCall,
  createFeedDocumentCall,
  LISTINGS_FEED,
  LISTINGS_FEED_CONTENT_TYPE,
  readFeedUpload,
} from '@lockstep/sp-api/feeds'
import { sql } from 'kysely'

import { feedStage, type FeedStage } from '../../test/feed-stage.ts'
import { hoursNotNow } from '../../test/feed-timings.ts'
import type { Account } from '../store/accounts.ts'

let stage: FeedStage

beforeAll(async () => {
  stage = await feedStage()
  await stage.startFeeds()
}, 60_000)

afterEach(async () => {
  await stage.sim.clearFaults()
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

let made = 0

/** A seller with so many listings, and a job that gives each a new title. */
async function givenTitles(count: number): Promise<{ account: Account; skus: string[]; jobId: string }> {
  const { UK: account } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!account) throw new Error('no account')
  made += 1
  const skus = Array.from({ length: count }, (_, i) => `F${made}-${i}`)
  await stage.givenOffers(account, skus)
  const lines = skus.map((channelSku) => ({ channelSku, title: `new ${channelSku}` }))
  const jobId = await stage.givenJob(account, lines, hoursNotNow())
  return { account, skus, jobId }
}

async function titleOf(account: Account, sku: string): Promise<string | undefined> {
  const { offers } = await stage.sim.listing(account.sellerId, sku)
  return offers.find(({ marketplaceId }) => marketplaceId === account.marketplaceId)?.title
}

async function ended(feedId: string, state: string): Promise<void> {
  await eventually(
    async () => {
      expect(await stage.feed(feedId)).toMatchObject({ state })
      expect((await stage.feed(feedId)).ended_at).not.toBeNull()
    },
    { withinMs: 30_000 },
  )
}

test('[T-56] a feed is done when its report has told what became of each line', async () => {
  const { account, skus, jobId } = await givenTitles(5)

  const feedId = await stage.givenSlice(jobId)
  await ended(feedId, 'done')

  expect(await stage.feed(feedId)).toMatchObject({ items: 5, accepted: 5, refused: 0, missing: 0 })
  await eventually(async () => {
    expect(await titleOf(account, skus[4] ?? '')).toBe(`new ${skus[4]}`)
    expect(await stage.job(jobId)).toMatchObject({ state: 'done', lines: { accepted: 5 } })
  })
  expect(await stage.calls(account, 'createFeed')).toHaveLength(1)
})

test('[T-31] a line that the report does not speak of is no success: it goes out by patch', async () => {
  const { account, skus, jobId } = await givenTitles(12)
  await stage.sim.addFault({
    match: { operation: 'createFeed', sellerId: account.sellerId },
    action: 'feed-skip',
    count: 1,
  })

  const feedId = await stage.givenSlice(jobId)
  await ended(feedId, 'done')

  const feed = await stage.feed(feedId)
  expect(feed.missing).toBeGreaterThan(0)
  await eventually(async () => expect(await stage.job(jobId)).toMatchObject({ state: 'done', lines: { accepted: 12 } }))
  await eventually(async () => expect(await titleOf(account, skus[0] ?? '')).toBe(`new ${skus[0]}`))
  expect((await stage.calls(account, 'patchListingsItem')).length).toBeGreaterThanOrEqual(feed.missing)
})

test('[T-54] a feed refused as a whole is read back, only what differs goes out by patch, and no more of its kind are made', async () => {
  const { account, skus, jobId } = await givenTitles(10)
  await stage.sim.addFault({
    match: { operation: 'createFeed', sellerId: account.sellerId },
    action: 'feed-fatal',
    count: 1,
  })

  const feedId = await stage.givenSlice(jobId)
  await ended(feedId, 'fatal')

  await eventually(async () => expect(await stage.job(jobId)).toMatchObject({ state: 'done', lines: { accepted: 10 } }))
  await eventually(async () => {
    for (const sku of skus) expect(await titleOf(account, sku)).toBe(`new ${sku}`)
  })
  // The simulator works half of such a feed off: those lines show the new title already.
  const patches = await stage.calls(account, 'patchListingsItem')
  expect(patches.length).toBeGreaterThan(0)
  expect(patches.length).toBeLessThan(10)
  const { rows } = await sql`select purpose from feed_stop where connection_id = ${account.connectionId}`.execute(
    stage.db,
  )
  expect(rows).toEqual([{ purpose: 'content' }])
})

test.each(['timeout-after', 'drop', 'timeout-before'] as const)(
  'a createFeed that ends in %s never makes a second feed',
  async (action) => {
    const { account, jobId } = await givenTitles(3)
    await stage.stopFeeds()
    await stage.startFeeds({ requestTimeoutMs: 1_000 })
    await stage.sim.addFault({ match: { operation: 'createFeed', sellerId: account.sellerId }, action, count: 1 })

    const feedId = await stage.givenSlice(jobId)
    await ended(feedId, 'done')

    expect(await stage.sim.feeds(account.sellerId)).toHaveLength(1)
    expect(await stage.feed(feedId)).toMatchObject({ accepted: 3 })
    expect((await stage.calls(account, 'getFeeds')).length).toBeGreaterThan(0)
  },
  60_000,
)

test('a feed that waits in the queue is taken out of it when its job is cancelled', async () => {
  await stage.sim.changeSettings({ feedFixedMs: 60_000 })
  const { account, skus, jobId } = await givenTitles(3)
  const feedId = await stage.givenSlice(jobId)
  await eventually(async () => expect(await stage.feed(feedId)).toMatchObject({ state: 'in_queue' }))

  const { cancelBulkJob } = await import('../commands/change-bulk-job.ts')
  await stage.db.transaction().execute((tx) => cancelBulkJob(tx, jobId))
  await ended(feedId, 'cancelled')

  expect(await stage.job(jobId)).toMatchObject({ state: 'cancelled', lines: { skipped: 3 } })
  expect((await stage.sim.feeds(account.sellerId))[0]?.status).toBe('CANCELLED')
  expect(await titleOf(account, skus[0] ?? '')).toBe(`old ${skus[0]}`)
  await stage.sim.changeSettings({ feedFixedMs: 600 })
})

test('[T-52] past its deadline a feed that waits is cancelled, one in progress is stuck and its lines go out by patch', async () => {
  const { account, skus, jobId } = await givenTitles(3)
  await stage.sim.addFault({
    match: { operation: 'createFeed', sellerId: account.sellerId },
    action: 'feed-stuck',
    count: 1,
  })

  const feedId = await stage.givenSlice(jobId, { deadlineMs: 2_500 })
  await eventually(async () => expect(await stage.feed(feedId)).toMatchObject({ state: 'stuck', ended_at: null }), {
    withinMs: 45_000,
  })

  await eventually(async () => expect(await stage.job(jobId)).toMatchObject({ state: 'done', lines: { accepted: 3 } }))
  await eventually(async () => expect(await titleOf(account, skus[0] ?? '')).toBe(`new ${skus[0]}`))
  expect((await stage.feedItems(feedId)).every((item) => item.is_open)).toBe(true)
})

/** Another application of the seller submits a feed of its own. */
async function givenStrangersFeed({ connectionId, marketplaceId }: Account): Promise<void> {
  const call = (described: DescribedCall) =>
    stage.callAmazon({
      ...described,
      connectionId,
      notAfter: new Date(Date.now() + 10_000),
      signal: AbortSignal.timeout(10_000),
    })
  const reply = await call(createFeedDocumentCall(LISTINGS_FEED_CONTENT_TYPE))
  const { documentId: inputDocumentId = '', url = '' } = readFeedUpload(reply.body) ?? {}
  await fetch(url, { method: 'PUT', headers: { 'content-type': LISTINGS_FEED_CONTENT_TYPE }, body: '{}' })
  await call(createFeedCall({ feedType: LISTINGS_FEED, marketplaceIds: [marketplaceId], inputDocumentId }))
}

test('[T-52] a feed that cannot be told from another one is never repeated; past its deadline its lines go by patch', async () => {
  const { account, jobId } = await givenTitles(3)
  await givenStrangersFeed(account)
  await stage.stopFeeds()
  await stage.startFeeds({ requestTimeoutMs: 1_000 })
  const match = { operation: 'createFeed', sellerId: account.sellerId }
  await stage.sim.addFault({ match, action: 'timeout-after', count: 1 })

  const feedId = await stage.givenSlice(jobId, { deadlineMs: 6_000 })
  await eventually(async () => expect(await stage.feed(feedId)).toMatchObject({ state: 'unknown' }), {
    withinMs: 45_000,
  })
  await eventually(async () => expect(await stage.feed(feedId)).toMatchObject({ state: 'stuck', ended_at: null }), {
    withinMs: 45_000,
  })

  expect((await stage.feed(feedId)).detail).toMatch(/^Amazon shows 2 feeds that could be this one; /)
  await eventually(async () => expect(await stage.job(jobId)).toMatchObject({ state: 'done', lines: { accepted: 3 } }))
  expect(await stage.sim.feeds(account.sellerId)).toHaveLength(2)
}, 60_000)
