import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { patchListingCall } from '@lockstep/sp-api/listings'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'

import { claimedTerm } from '../../test/claimed-term.ts'
import { feedStage, type FeedStage } from '../../test/feed-stage.ts'
import { listingChanges } from '../domain/listing-changes.ts'
import type { Account } from '../store/accounts.ts'
import { dropOutOfFeed } from '../store/bulk-items.ts'
import { listJobLines } from '../store/bulk-jobs.ts'
import { savePriceChange, savePrices } from '../store/price-changes.ts'
import { addBulkLines, openBulkJob, submitBulkJob } from './bulk-job.ts'
import { callAmazon } from './call-amazon.ts'
import { cancelBulkJob, pauseBulkJob, resumeBulkJob } from './change-bulk-job.ts'
import { handOnPrices } from './hand-on-prices.ts'
import { patchLines } from './patch-lines.ts'
import { planTurn } from './plan-feeds.ts'
import type { CallAmazon } from './read-live.ts'

let stage: FeedStage

beforeAll(async () => {
  stage = await feedStage()
}, 60_000)

afterEach(async () => {
  await stage.stopFeeds()
  await stage.sim.clearFaults()
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

let made = 0

async function givenSku(): Promise<{ account: Account; sku: string }> {
  const { UK: account } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!account) throw new Error('no account')
  made += 1
  const sku = `N-${made}`
  await stage.givenOffers(account, [sku])
  return { account, sku }
}

async function plan({ connectionId }: Account): Promise<void> {
  await planTurn({ db: stage.db, ids: systemIds, planMs: 100 }, await claimedTerm(stage.db, connectionId, 'test'))
}

const patch = (jobId: string, call: CallAmazon = stage.callAmazon) =>
  patchLines({ db: stage.db, callAmazon: call }, jobId, new AbortController().signal)

/** Calls that are held on their way until they are let go. */
function heldCalls(): { call: CallAmazon; waiting(): number; letGo(): void } {
  const gate = Promise.withResolvers<undefined>()
  let waiting = 0
  return {
    waiting: () => waiting,
    letGo: () => gate.resolve(undefined),
    async call(wanted) {
      waiting += 1
      await gate.promise
      return stage.callAmazon(wanted)
    },
  }
}

const linesOf = async (jobId: string) => (await stage.job(jobId)).lines

/** Plans and patches until the job has ended. */
async function finish(account: Account, jobId: string): Promise<void> {
  await eventually(async () => {
    await plan(account)
    await patch(jobId)
    expect(await stage.job(jobId)).toMatchObject({ state: 'done' })
  })
}

async function shown({ sellerId, marketplaceId }: Account, sku: string) {
  const { offers } = await stage.sim.listing(sellerId, sku)
  return offers.find((offer) => offer.marketplaceId === marketplaceId)
}

test('a newer job takes the place of a line that an older one patches and that has not left', async () => {
  const { account, sku } = await givenSku()
  const older = await stage.givenJob(account, [{ channelSku: sku, price: '5.00' }])
  await plan(account)
  expect(await linesOf(older)).toEqual({ patching: 1 })

  const newer = await stage.givenJob(account, [{ channelSku: sku, price: '7.00' }])
  await plan(account)
  await Promise.all([patch(older), patch(newer)])

  expect(await linesOf(older)).toEqual({ skipped: 1 })
  expect(await linesOf(newer)).toEqual({ accepted: 1 })
  expect(await stage.calls(account, 'patchListingsItem')).toHaveLength(1)
  await eventually(async () => expect(await shown(account, sku)).toMatchObject({ price: { amount: '7.00' } }))
})

test('a line that was listed for its patch is looked up again just before: the newer one alone is sent', async () => {
  const { account } = await givenSku()
  const skus = Array.from({ length: 12 }, (_, i) => `N-${made}-${i}`)
  const last = skus.at(-1) ?? ''
  await stage.givenOffers(account, skus)
  const older = await stage.givenJob(
    account,
    skus.map((channelSku) => ({ channelSku, price: '5.00' })),
  )
  await plan(account)
  const held = heldCalls()
  const patching = patch(older, held.call)
  // As many as go side by side; the last line is listed behind them.
  await eventually(() => expect(held.waiting()).toBe(8))

  const newer = await stage.givenJob(account, [{ channelSku: last, price: '7.00' }])
  await plan(account)
  await patch(newer)
  held.letGo()
  await patching

  expect(await linesOf(older)).toEqual({ accepted: 11, skipped: 1 })
  expect(await stage.writes(account, last)).toHaveLength(1)
  await eventually(async () => expect(await shown(account, last)).toMatchObject({ price: { amount: '7.00' } }))
})

test.each(['running', 'paused', 'cancelled'])(
  'a call under way for a line of a %s job ends before the newer value leaves, and does not revive the line',
  async (state) => {
    const { account, sku } = await givenSku()
    const older = await stage.givenJob(account, [{ channelSku: sku, price: '5.00' }])
    await plan(account)
    const held = heldCalls()
    const patching = patch(older, held.call)
    await eventually(() => expect(held.waiting()).toBe(1))
    if (state === 'paused') await stage.db.transaction().execute((tx) => pauseBulkJob(tx, older))
    if (state === 'cancelled') await stage.db.transaction().execute((tx) => cancelBulkJob(tx, older))

    const newer = await stage.givenJob(account, [{ channelSku: sku, price: '7.00' }])
    await plan(account)
    expect(await linesOf(newer)).toEqual({ waiting: 1 })
    held.letGo()
    await patching
    expect(await linesOf(older)).toEqual({ skipped: 1 })
    await finish(account, newer)

    const writes = (await stage.writes(account, sku)).map(({ body }) => JSON.stringify(body))
    expect(writes).toEqual([expect.stringContaining('_tax":5}'), expect.stringContaining('_tax":7}')])
    await eventually(async () => expect(await shown(account, sku)).toMatchObject({ price: { amount: '7.00' } }))
  },
)

test('after a call without an answer the newer value waits until it cannot land any more', async () => {
  const { account, sku } = await givenSku()
  const older = await stage.givenJob(account, [{ channelSku: sku, price: '5.00' }])
  await plan(account)
  await stage.sim.addFault({
    match: { operation: 'patchListingsItem', sellerId: account.sellerId },
    action: 'timeout-after',
    count: 1,
  })
  const gateway = stage.openGateway({ requestTimeoutMs: 300 })
  await patch(older, (call) => callAmazon(gateway, call))

  const newer = await stage.givenJob(account, [{ channelSku: sku, price: '7.00' }])
  await plan(account)
  expect(await linesOf(older)).toEqual({ skipped: 1 })
  expect(await linesOf(newer)).toEqual({ waiting: 1 })

  const { rows } = await sql<{ left: number }>`
    update bulk_job_item set sending_until = clock_timestamp() where job_id = ${older}
    returning (select extract(epoch from old.sending_until - clock_timestamp())::float8
                 from bulk_job_item old where old.job_id = ${older}) as left`.execute(stage.db)
  expect(rows[0]?.left).toBeGreaterThan(20)
  expect(rows[0]?.left).toBeLessThan(36)
  await finish(account, newer)
  await eventually(async () => expect(await shown(account, sku)).toMatchObject({ price: { amount: '7.00' } }))
})

test('of a paused older line only what the newer does not say is left, and neither waits for the other', async () => {
  const { account, sku } = await givenSku()
  const older = await stage.givenJob(account, [{ channelSku: sku, title: 'the older title', price: '5.00' }])
  await plan(account)
  await stage.db.transaction().execute((tx) => pauseBulkJob(tx, older))

  const newer = await stage.givenJob(account, [{ channelSku: sku, price: '7.00' }])
  await finish(account, newer)
  await stage.db.transaction().execute((tx) => resumeBulkJob(tx, older))
  await finish(account, older)

  await eventually(async () =>
    expect(await shown(account, sku)).toMatchObject({ title: 'the older title', price: { amount: '7.00' } }),
  )
  const [line] = await listJobLines(stage.db, { jobId: older, state: null, after: 0, limit: 1 })
  expect(line).toMatchObject({
    state: 'accepted',
    change: { title: 'the older title' },
    issue: `price: ${newer} says something newer`,
  })
})

test('a newer line waits while a feed carries the older one, and takes its place when it falls out', async () => {
  const { account, sku } = await givenSku()
  const older = await stage.givenJob(account, [{ channelSku: sku, price: '5.00' }])
  const feedId = await stage.givenSlice(older)
  const newer = await stage.givenJob(account, [{ channelSku: sku, price: '7.00' }])
  await plan(account)
  expect([await linesOf(older), await linesOf(newer)]).toEqual([{ in_feed: 1 }, { waiting: 1 }])

  await stage.db.transaction().execute(async (tx) => {
    await dropOutOfFeed(tx, feedId)
    await sql`update feed_item set is_open = false where feed_id = ${feedId}`.execute(tx)
  })
  expect(await linesOf(older)).toEqual({ skipped: 1 })
  await finish(account, newer)

  expect(await stage.writes(account, sku)).toHaveLength(1)
})

test('[T-52] what a stuck feed may have overwritten when it ended after all is looked up and sent again', async () => {
  const { account, sku } = await givenSku()
  const { sellerId, connectionId, marketplaceId } = account
  const older = await stage.givenJob(account, [{ channelSku: sku, title: 'older', price: '5.00' }])
  const feedId = await stage.givenSlice(older)
  await stage.db.transaction().execute(async (tx) => {
    await sql`update feed set state = 'stuck', next_at = null where id = ${feedId}`.execute(tx)
    await dropOutOfFeed(tx, feedId)
  })
  const titled = await stage.givenJob(account, [{ channelSku: sku, title: 'newer', price: '6.00' }])
  await finish(account, titled)
  const priced = await stage.givenJob(account, [{ channelSku: sku, price: '7.00' }])
  await finish(account, priced)

  const change = { title: 'older', price: { minor: 500, currency: 'GBP' } }
  const changes = listingChanges(change, marketplaceId)
  const late = patchListingCall({ sellerId, sku, marketplaceId, productType: 'PRODUCT', changes })
  const signal = AbortSignal.timeout(10_000)
  await stage.callAmazon({ ...late, connectionId, notAfter: new Date(Date.now() + 10_000), signal })
  await eventually(async () => expect(await shown(account, sku)).toMatchObject({ title: 'older' }))
  await sql`
    update feed set next_at = clock_timestamp(), deadline_at = clock_timestamp() - interval '4 days' where id = ${feedId}`.execute(
    stage.db,
  )
  await stage.startFeeds()

  await eventually(
    async () => {
      expect(await stage.feed(feedId)).toMatchObject({ state: 'stuck', ended_at: expect.any(Date) })
      expect(await shown(account, sku)).toMatchObject({ title: 'newer', price: { amount: '7.00' } })
    },
    { withinMs: 20_000 },
  )
  await stage.stopFeeds()
  for (const jobId of [titled, priced]) {
    await finish(account, jobId)
    expect(await linesOf(jobId)).toEqual({ accepted: 1 })
  }
})

test('the job that was taken on last is the newer one, whenever it was begun', async () => {
  const { account, sku } = await givenSku()
  const begunFirst = await stage.db.transaction().execute(async (tx) => {
    const job = await openBulkJob(tx, { ids: systemIds }, { account: account.id, quietHours: '', note: '', actor: 'a' })
    await addBulkLines(tx, { jobId: job.id, lines: [{ line: 1, channelSku: sku, price: '7.00' }] })
    return job.id
  })
  const takenOnFirst = await stage.givenJob(account, [{ channelSku: sku, price: '5.00' }])
  await plan(account)

  await stage.db.transaction().execute((tx) => submitBulkJob(tx, { jobId: begunFirst, total: 1 }))
  await finish(account, begunFirst)

  expect(await linesOf(takenOnFirst)).toEqual({ skipped: 1 })
  await eventually(async () => expect(await shown(account, sku)).toMatchObject({ price: { amount: '7.00' } }))
})

test('[S004-56] a channel price takes the place of an older one in a paused job', async () => {
  const { account, sku } = await givenSku()
  await sql`
    update listing set item_id = ${`itm_${sku}`}, item_sku = ${sku}, linked_at = clock_timestamp()
     where account_id = ${account.id}`.execute(stage.db)
  const older = await stage.givenJob(account, [{ channelSku: sku, price: '5.00' }])
  await plan(account)
  await stage.db.transaction().execute(async (tx) => {
    await pauseBulkJob(tx, older)
    await savePriceChange(tx, account.id, true)
    const price = { minor: 700, currency: 'GBP' }
    await savePrices(tx, [{ accountId: account.id, itemId: `itm_${sku}`, itemSku: sku, version: 1, price }])
  })

  expect(await handOnPrices({ db: stage.db, ids: systemIds })).toBe(1)

  expect(await linesOf(older)).toEqual({ skipped: 1 })
  const { rows } = await sql<{ id: string }>`
    select job_id as id from price_change where account_id = ${account.id}`.execute(stage.db)
  await finish(account, rows[0]?.id ?? '')
  await eventually(async () => expect(await shown(account, sku)).toMatchObject({ price: { amount: '7.00' } }))
})
