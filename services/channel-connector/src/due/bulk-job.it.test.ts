import { setTimeout as delay } from 'node:timers/promises'

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'

import { feedStage, type FeedStage } from '../../test/feed-stage.ts'
import { pauseBulkJob, resumeBulkJob } from '../commands/change-bulk-job.ts'
import type { Account } from '../store/accounts.ts'

let stage: FeedStage

beforeAll(async () => {
  stage = await feedStage()
}, 60_000)

afterEach(async () => {
  await stage.stopFeeds()
  await stage.stopPush()
  await stage.sim.clearFaults()
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

let made = 0

async function givenSkus(count: number): Promise<{ account: Account; skus: string[] }> {
  const { UK: account } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!account) throw new Error('no account')
  made += 1
  const skus = Array.from({ length: count }, (_, i) => `J${made}-${i}`)
  return { account, skus }
}

const titled = (skus: readonly string[]) => skus.map((channelSku) => ({ channelSku, title: `new ${channelSku}` }))

async function offerOf({ sellerId, marketplaceId }: Account, sku: string) {
  const { offers } = await stage.sim.listing(sellerId, sku)
  return offers.find((offer) => offer.marketplaceId === marketplaceId)
}

test('a small job goes out line by line: each has its submission, and a bad value its refusal', async () => {
  const { account, skus } = await givenSkus(3)
  await stage.givenOffers(account, skus)
  await stage.startFeeds()

  const jobId = await stage.givenJob(account, [
    ...titled(skus.slice(0, 2)),
    { channelSku: skus[2] ?? '', price: '12.50', description: 'A text' },
  ])

  await eventually(async () => expect(await stage.job(jobId)).toMatchObject({ state: 'done', lines: { accepted: 3 } }))
  expect(await offerOf(account, skus[0] ?? '')).toMatchObject({ title: `new ${skus[0]}` })
  expect(await offerOf(account, skus[2] ?? '')).toMatchObject({ price: { amount: '12.50', currency: 'GBP' } })
  expect(await stage.calls(account, 'createFeed')).toEqual([])
})

test('a paused job begins nothing, goes on where it was, and a crash in between loses nothing', async () => {
  const { account, skus } = await givenSkus(60)
  await stage.givenOffers(account, skus)
  const jobId = await stage.givenJob(account, titled(skus))
  await stage.startFeeds()
  await eventually(async () => expect((await stage.job(jobId)).lines.accepted ?? 0).toBeGreaterThan(3))

  await stage.db.transaction().execute((tx) => pauseBulkJob(tx, jobId))
  await stage.stopFeeds()
  const { lines } = await stage.job(jobId)
  expect(lines.accepted).toBeLessThan(60)
  await stage.startFeeds()
  const { account: other, skus: sentinel } = await givenSkus(1)
  await stage.givenOffers(other, sentinel)
  const after = await stage.givenJob(other, titled(sentinel))
  await eventually(async () => expect(await stage.job(after)).toMatchObject({ state: 'done' }))
  expect((await stage.job(jobId)).lines.accepted).toBe(lines.accepted)

  await stage.db.transaction().execute((tx) => resumeBulkJob(tx, jobId))
  await eventually(
    async () => expect(await stage.job(jobId)).toMatchObject({ state: 'done', lines: { accepted: 60 } }),
    {
      withinMs: 40_000,
    },
  )
}, 90_000)

test('a raise from 0 waits for a price of the same SKU that is on its way', async () => {
  const { account, skus } = await givenSkus(1)
  const [sku = ''] = skus
  await stage.givenListings([{ account, sku, live: 0 }])
  stage.startPush()
  await stage.announce(`itm_${sku}`, 0)
  const jobId = await stage.givenJob(account, [{ channelSku: sku, price: '5.00' }])

  await stage.announce(`itm_${sku}`, 4)
  await eventually(async () =>
    expect(await stage.why(account, sku)).toMatchObject({
      state: 'waiting',
      chain: { scheduled: { blockedBy: 'BARRIER' } },
      next: { action: 'wait', reason: 'PRICE_FIRST' },
    }),
  )
  const { scheduled } = (await stage.why(account, sku)).chain
  // Ten minutes, counted from when the price was noticed: a moment after the number was scheduled.
  expect((scheduled?.notBefore ?? 0) - (scheduled?.at ?? 0)).toBeLessThanOrEqual(660_000)
  const row = await stage.db
    .selectFrom('group_state')
    .select(['state', 'reason', 'blocked_by', 'not_before', 'next_at'])
    .where('channel_sku', '=', sku)
    .executeTakeFirstOrThrow()
  expect(row).toMatchObject({ state: 'waiting', reason: 'PRICE_FIRST', blocked_by: 'BARRIER', not_before: null })
  expect(row.next_at).not.toBeNull()
  expect((await stage.sim.listing(account.sellerId, sku)).live.quantity).toBe(0)
  await stage.startFeeds()

  await eventually(async () => expect(await stage.job(jobId)).toMatchObject({ state: 'done' }))
  await eventually(async () => expect((await stage.sim.listing(account.sellerId, sku)).live.quantity).toBe(4), {
    withinMs: 40_000,
  })
  const writes = (await stage.writes(account, sku)).map((entry) => JSON.stringify(entry.body))
  const price = writes.findIndex((body) => body.includes('purchasable_offer'))
  expect(price).toBeGreaterThanOrEqual(0)
  expect(writes.findIndex((body) => body.includes('"quantity":4'))).toBeGreaterThan(price)
}, 90_000)

test('a job of 2,000 SKUs under constant changes of stock ends, by slices and by patches', async () => {
  const { account, skus } = await givenSkus(2_000)
  await stage.givenOffers(account, skus.slice(5))
  await stage.givenEstimate(account, { fixedMs: 1_000, itemsPerSecond: 500 })
  const busy = skus.slice(0, 5)
  await stage.givenListings(busy.map((sku) => ({ account, sku, live: 1 })))
  for (const sku of busy) await stage.announce(`itm_${sku}`, 2)
  stage.startPush()
  await stage.startFeeds()
  const load = new AbortController()
  const changing = (async () => {
    for (let n = 0; !load.signal.aborted; n += 1) {
      await stage.announce(`itm_${busy[n % busy.length]}`, 2 + (n % 7))
      await delay(400)
    }
  })()

  const jobId = await stage.givenJob(account, titled(skus))
  await eventually(
    async () => expect(await stage.job(jobId)).toMatchObject({ state: 'done', lines: { accepted: 2_000 } }),
    { withinMs: 58_000 },
  )
  load.abort()
  await changing

  for (const sku of [...busy, skus[1_999] ?? ''])
    expect(await offerOf(account, sku)).toMatchObject({ title: `new ${sku}` })
  expect((await stage.calls(account, 'createFeed')).length).toBeGreaterThan(0)
  const fed = await stage.db
    .selectFrom('feed_item')
    .select('channel_sku')
    .where('channel_sku', 'in', busy)
    .where('job_id', '=', jobId)
    .execute()
  expect(fed).toEqual([])
}, 120_000)
