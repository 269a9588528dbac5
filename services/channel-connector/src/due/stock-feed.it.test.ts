import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'

import { feedStage, type FeedStage } from '../../test/feed-stage.ts'
import type { Account } from '../store/accounts.ts'

let stage: FeedStage

beforeAll(async () => {
  stage = await feedStage()
  await stage.startFeeds()
}, 60_000)

afterEach(async () => {
  await stage.stopPush()
  await stage.sim.clearFaults()
  await stage.sim.changeSettings({ feedFixedMs: 600, patchDuringFeed: 'waits' })
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

let made = 0

/** Listings that show 1 on Amazon and wait for 9, while nothing is pushed. */
async function givenIncreases(count: number): Promise<{ account: Account; skus: string[] }> {
  const { UK: account } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!account) throw new Error('no account')
  made += 1
  const skus = Array.from({ length: count }, (_, i) => `S${made}-${i}`)
  await stage.givenListings(skus.map((sku) => ({ account, sku, live: 1 })))
  for (const sku of skus) await stage.announce(`itm_${sku}`, 9)
  return { account, skus }
}

const live = async (account: Account, sku = '') => (await stage.sim.listing(account.sellerId, sku)).live.quantity

async function inQueue(feedId: string): Promise<void> {
  await eventually(async () => expect(await stage.feed(feedId)).toMatchObject({ state: 'in_queue' }))
}

async function over(feedId: string, state: string): Promise<void> {
  await eventually(async () => expect((await stage.feed(feedId)).ended_at).not.toBeNull(), { withinMs: 30_000 })
  expect(await stage.feed(feedId)).toMatchObject({ state })
}

test('a stock feed carries waiting increases: each is accepted under its version, then seen', async () => {
  const { account, skus } = await givenIncreases(45)

  const feedId = await stage.givenStockFeed(account, 45)
  await inQueue(feedId)
  const why = await stage.why(account, skus[0] ?? '')
  await over(feedId, 'done')
  stage.startPush()

  expect(why).toMatchObject({ state: 'in_flight', chain: { submitted: { quantity: 9, submissionId: feedId } } })
  expect(await stage.feed(feedId)).toMatchObject({ items: 45, accepted: 45 })
  expect(await stage.writes(account)).toEqual([])
  await eventually(
    async () => {
      for (const sku of skus) expect((await stage.why(account, sku)).chain.seen).toMatchObject({ quantity: 9 })
    },
    { withinMs: 40_000 },
  )
}, 90_000)

test('[T-37] a decrease of a number that a feed carries goes out at once and again after the feed', async () => {
  await stage.sim.changeSettings({ feedFixedMs: 4_000, patchDuringFeed: 'overtakes' })
  const { account, skus } = await givenIncreases(5)
  const [sku = ''] = skus
  const feedId = await stage.givenStockFeed(account, 5)
  await inQueue(feedId)
  stage.startPush()

  await stage.announce(`itm_${sku}`, 4)
  await eventually(async () => expect(await live(account, sku)).toBe(4))
  expect((await stage.feed(feedId)).ended_at).toBeNull()
  await over(feedId, 'done')

  await eventually(async () => {
    expect((await stage.writes(account, sku)).length).toBe(2)
    expect(await live(account, sku)).toBe(4)
  })
  expect(await stage.feed(feedId)).toMatchObject({ accepted: 4, superseded: 1 })
}, 60_000)

test('[T-37] an increase of a number that a feed carries waits for the feed, and says so', async () => {
  await stage.sim.changeSettings({ feedFixedMs: 3_000 })
  const { account, skus } = await givenIncreases(3)
  const [sku = ''] = skus
  const feedId = await stage.givenStockFeed(account, 3)
  await inQueue(feedId)
  stage.startPush()

  await stage.announce(`itm_${sku}`, 12)
  const why = await stage.why(account, sku)
  await over(feedId, 'done')

  expect(why).toMatchObject({ chain: { scheduled: { blockedBy: 'BARRIER' } }, next: { reason: 'BEHIND_FEED' } })
  await eventually(async () => expect(await live(account, sku)).toBe(12))
  expect(await stage.writes(account, sku)).toHaveLength(1)
}, 60_000)

test('a number to zero takes a waiting feed out of the queue once; what it carried goes out by patch', async () => {
  await stage.sim.changeSettings({ feedFixedMs: 30_000 })
  const { account, skus } = await givenIncreases(6)
  const [sku = '', other = ''] = skus
  const feedId = await stage.givenStockFeed(account, 6)
  await inQueue(feedId)
  stage.startPush()

  await stage.announce(`itm_${sku}`, 0)
  await over(feedId, 'cancelled')

  await eventually(
    async () => {
      expect(await live(account, sku)).toBe(0)
      expect(await live(account, other)).toBe(9)
    },
    { withinMs: 30_000 },
  )
  const again = await stage.givenStockFeed(account, 6)
  expect(await stage.feed(again)).toMatchObject({ is_kept: true })
}, 60_000)

test('[T-31] numbers that the report does not speak of are sent again by patch', async () => {
  const { account, skus } = await givenIncreases(12)
  await stage.sim.addFault({
    match: { operation: 'createFeed', sellerId: account.sellerId },
    action: 'feed-skip',
    count: 1,
  })

  const feedId = await stage.givenStockFeed(account, 12)
  await over(feedId, 'done')
  stage.startPush()

  const { missing } = await stage.feed(feedId)
  expect(missing).toBeGreaterThan(0)
  await eventually(async () => {
    for (const sku of skus) expect(await live(account, sku)).toBe(9)
  })
}, 60_000)

test('[T-54] numbers of a feed that failed are read back, and what differs goes out by patch', async () => {
  // Longer than a guard read is good for: what the feed has done is read anew.
  await stage.sim.changeSettings({ feedFixedMs: 7_000 })
  const { account, skus } = await givenIncreases(8)
  await stage.sim.addFault({
    match: { operation: 'createFeed', sellerId: account.sellerId },
    action: 'feed-fatal',
    count: 1,
  })

  const feedId = await stage.givenStockFeed(account, 8)
  await over(feedId, 'fatal')
  stage.startPush()

  await eventually(async () => {
    for (const sku of skus) expect(await live(account, sku)).toBe(9)
  })
  const written = new Set((await stage.writes(account)).map((entry) => entry.sku))
  expect(written.size).toBeGreaterThan(0)
  expect(written.size).toBeLessThan(8)
}, 60_000)

test('[T-50] [T-52] numbers in a feed past its deadline go out by patch, and again when it ends after all', async () => {
  await stage.sim.changeSettings({ patchDuringFeed: 'overtakes' })
  const { account, skus } = await givenIncreases(4)
  await stage.sim.addFault({
    match: { operation: 'createFeed', sellerId: account.sellerId },
    action: 'feed-stuck',
    count: 1,
  })
  const feedId = await stage.givenStockFeed(account, 4, { deadlineMs: 8_000 })
  await eventually(async () => expect((await stage.feed(feedId)).channel_feed_id).not.toBeNull())
  stage.startPush()

  await eventually(async () => expect(await stage.feed(feedId)).toMatchObject({ state: 'stuck' }), { withinMs: 30_000 })
  await eventually(
    async () => {
      for (const sku of skus) expect(await live(account, sku)).toBe(9)
    },
    { withinMs: 30_000 },
  )
  await stage.announce(`itm_${skus[0]}`, 3)
  await eventually(async () => expect(await live(account, skus[0])).toBe(3))
  const [atAmazon] = await stage.sim.feeds(account.sellerId)
  await stage.sim.resumeFeed(atAmazon?.feedId ?? '')
  await eventually(async () => expect((await stage.sim.feeds(account.sellerId))[0]?.status).toBe('DONE'))
  await stage.lookAt(feedId)
  await over(feedId, 'done')

  await eventually(async () => expect(await live(account, skus[0])).toBe(3), { withinMs: 30_000 })
  expect((await stage.feedItems(feedId)).every((item) => item.outcome === 'superseded')).toBe(true)
}, 120_000)
