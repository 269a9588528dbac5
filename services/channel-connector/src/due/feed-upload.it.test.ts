import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import type { ClaimLoop } from '@lockstep/postgres/claim-loop'
import { getDocument, openDocumentAgent, putDocument } from '@lockstep/sp-api/documents'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'
import { pino } from 'pino'

import { feedStage, type FeedStage } from '../../test/feed-stage.ts'
import { quickTimings } from '../../test/feed-timings.ts'
import type { FeedDocuments } from '../commands/feed-work.ts'
import type { Account } from '../store/accounts.ts'
import { startFeedDue } from './feed-due.ts'

let cleanUp: AsyncDisposableStack
let stage: FeedStage
let account: Account

beforeEach(async () => {
  cleanUp = new AsyncDisposableStack()
  stage = cleanUp.use(await feedStage())
  const { UK } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!UK) throw new Error('no account')
  account = UK
}, 60_000)
afterEach(() => cleanUp.disposeAsync())

const nothing = (): void => undefined

/** Works feeds off without planning any. The address of an upload passes through `address` on its way to Amazon's storage. */
function startFeedsOnly(address = (url: string) => url): ClaimLoop {
  const agent = cleanUp.adopt(openDocumentAgent(), (open) => open.close())
  const documents: FeedDocuments = {
    put: (upload) => putDocument(agent, { ...upload, url: address(upload.url), timeoutMs: 10_000 }),
    get: (download) => getDocument(agent, { ...download, timeoutMs: 10_000, maxBytes: 50_000_000 }),
  }
  const { db, callAmazon } = stage
  const log = pino({ level: 'silent' })
  return cleanUp.use(
    startFeedDue({ db, ids: systemIds, log, callAmazon, documents, timings: quickTimings, poke: nothing }),
  )
}

/** A job of new titles, with all its lines in one feed. */
async function givenTitles(skus: readonly string[]): Promise<{ jobId: string; feedId: string }> {
  await stage.givenOffers(account, skus)
  const lines = skus.map((channelSku) => ({ channelSku, title: `new ${channelSku}` }))
  const jobId = await stage.givenJob(account, lines)
  return { jobId, feedId: await stage.givenSlice(jobId) }
}

async function done(feedId: string): Promise<void> {
  await eventually(async () => expect(await stage.feed(feedId)).toMatchObject({ state: 'done' }), { withinMs: 45_000 })
}

test('[T-58] an upload address that has run out is replaced by a new document; no feed is made of an empty one', async () => {
  const addresses: string[] = []
  const ranOut = (url: string): string => {
    addresses.push(url)
    if (addresses.length > 1) return url
    const old = new URL(url)
    old.searchParams.set('expires', '1000')
    return old.toString()
  }
  startFeedsOnly(ranOut)

  const { feedId } = await givenTitles(['U-1', 'U-2'])
  await done(feedId)

  const uploads = await stage.calls(account, 'uploadDocument')
  expect(uploads.map(({ status }) => status)).toEqual([403, 200])
  expect(new Set(addresses.map((url) => new URL(url).pathname)).size).toBe(2)
  expect(await stage.calls(account, 'createFeedDocument')).toHaveLength(2)
  const created = await stage.calls(account, 'createFeed')
  expect(created.map(({ status, body }) => [status, body])).toEqual([
    [202, expect.objectContaining({ inputFeedDocumentId: (await stage.feed(feedId)).document_id })],
  ])
  expect(await stage.feed(feedId)).toMatchObject({ accepted: 2 })
})

test('[T-58] storage that fails an upload gets a new document later; the feed says why it waits', async () => {
  await stage.sim.addFault({ match: { operation: 'uploadDocument' }, action: 'server-error', count: 1 })
  startFeedsOnly()

  const { feedId } = await givenTitles(['V-1'])
  await eventually(async () => expect((await stage.feed(feedId)).detail).toContain('500'))
  expect(await stage.feed(feedId)).toMatchObject({ state: 'uploading', document_id: null })
  expect(await stage.calls(account, 'createFeed')).toEqual([])
  await done(feedId)

  expect(await stage.calls(account, 'createFeedDocument')).toHaveLength(2)
  expect(await stage.calls(account, 'createFeed')).toHaveLength(1)
})

test('[T-55] messages that a feed has no room for go back to their job and go on; one that fits into no feed is refused', async () => {
  const skus = ['B-1', 'B-2', 'B-3', 'B-4']
  const { jobId, feedId } = await givenTitles(skus)
  // 4 MiB each, so that two fill a feed; the third finds no room. The last is larger than a feed may be.
  await sql`
    update feed_item set change = change || jsonb_build_object('description', repeat('x', case message_id when 4 then 11 else 4 end * 1048576))
     where feed_id = ${feedId}`.execute(stage.db)

  const only = startFeedsOnly()
  await done(feedId)
  await only[Symbol.asyncDispose]()

  const feed = await stage.feed(feedId)
  expect(feed).toMatchObject({ items: 2, refused: 1 })
  expect(feed.bytes).toBeLessThanOrEqual(10 * 1024 * 1024)
  expect((await stage.job(jobId)).lines).toMatchObject({ waiting: 1, refused: 1 })

  await stage.startFeeds()
  await eventually(async () => expect(await stage.job(jobId)).toMatchObject({ state: 'done', lines: { refused: 1 } }))
  await eventually(async () => {
    const { offers } = await stage.sim.listing(account.sellerId, 'B-3')
    expect(offers[0]?.title).toBe('new B-3')
  })
})
