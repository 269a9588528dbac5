import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'

import { feedStage, type FeedStage } from '../../test/feed-stage.ts'
import type { Account } from '../store/accounts.ts'

const entry = join(import.meta.dirname, '../../test/push-process.ts')

let stage: FeedStage

beforeAll(async () => {
  stage = await feedStage()
}, 60_000)

afterEach(async () => {
  await stage.stopFeeds()
  await stage.stopPush()
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

let made = 0

async function givenSkus(count: number): Promise<{ account: Account; skus: string[] }> {
  const { UK: account } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!account) throw new Error('no account')
  made += 1
  return { account, skus: Array.from({ length: count }, (_, i) => `K${made}-${i}`) }
}

async function givenTitles(account: Account, skus: readonly string[]): Promise<string> {
  await stage.givenOffers(account, skus)
  return stage.givenJob(
    account,
    skus.map((channelSku) => ({ channelSku, title: `new ${channelSku}` })),
  )
}

/** Runs feeds in a process of its own until it kills itself at the crash point; then the time of its leases passes. */
async function dieAt(failpoint: string): Promise<void> {
  const argument = JSON.stringify({ ...stage.elsewhere, failpoint, feeds: true })
  const child = spawn(process.execPath, [entry, argument], { stdio: 'ignore' })
  const killed = AbortSignal.timeout(25_000)
  killed.addEventListener('abort', () => child.kill('SIGTERM'))
  await once(child, 'exit')
  expect(child.signalCode).toBe('SIGKILL')
  for (const table of ['feed', 'feed_leader', 'bulk_job']) {
    await sql`update ${sql.table(table)} set claimed_until = clock_timestamp() where claimed_until is not null`.execute(
      stage.db,
    )
  }
}

async function untilAccepted(jobId: string, accepted: number): Promise<void> {
  await eventually(async () => expect(await stage.job(jobId)).toMatchObject({ state: 'done', lines: { accepted } }), {
    withinMs: 30_000,
  })
}

async function expectTitles({ sellerId }: Account, skus: readonly string[]): Promise<void> {
  await eventually(async () => {
    for (const sku of skus) expect((await stage.sim.listing(sellerId, sku)).offers[0]?.title).toBe(`new ${sku}`)
  })
}

test.each([
  'feed:before-document',
  'feed:after-document',
  'feed:after-upload',
  'feed:after-create-intent',
  'feed:after-create',
  'feed:after-create-commit',
  'feed:before-report',
  'feed:mid-outcomes',
  'feed:after-end',
])(
  '[R05] killed at %s, a content feed is taken over: one feed at Amazon, every line with its outcome',
  async (failpoint) => {
    const { account, skus } = await givenSkus(4)
    const jobId = await givenTitles(account, skus)
    const feedId = await stage.givenSlice(jobId)

    await dieAt(failpoint)
    await stage.startFeeds()
    await untilAccepted(jobId, 4)

    await eventually(async () =>
      expect(await stage.feed(feedId)).toMatchObject({ state: 'done', accepted: 4, missing: 0 }),
    )
    expect(await stage.sim.feeds(account.sellerId)).toHaveLength(1)
    expect(await stage.calls(account, 'patchListingsItem')).toEqual([])
    await expectTitles(account, skus)
  },
  60_000,
)

test.each(['feed:after-gather', 'feed:after-create-intent', 'feed:after-create', 'feed:mid-outcomes'])(
  '[R05] killed at %s, a stock feed is taken over: one feed at Amazon, every number accepted once and live',
  async (failpoint) => {
    const { account, skus } = await givenSkus(25)
    await stage.givenListings(skus.map((sku) => ({ account, sku, live: 1 })))
    for (const sku of skus) await stage.announce(`itm_${sku}`, 9)
    const feedId = await stage.givenStockFeed(account, 25)

    await dieAt(failpoint)
    await stage.startFeeds()
    stage.startPush()

    await eventually(
      async () => {
        for (const sku of skus) expect((await stage.why(account, sku)).chain.accepted).toMatchObject({ quantity: 9 })
      },
      { withinMs: 40_000 },
    )
    await eventually(async () => expect((await stage.feed(feedId)).ended_at).not.toBeNull())
    expect(await stage.sim.feeds(account.sellerId)).toHaveLength(1)
    await eventually(async () => {
      for (const sku of skus) expect((await stage.sim.listing(account.sellerId, sku)).live.quantity).toBe(9)
    })
  },
  60_000,
)

test.each(['plan:before-commit', 'plan:after-commit', 'bulk:before-patch', 'bulk:after-patch', 'bulk:after-patches'])(
  '[R05] killed at %s, a small job goes on: every line is accepted, and at most the one under way is sent again',
  async (failpoint) => {
    const { account, skus } = await givenSkus(3)
    const jobId = await givenTitles(account, skus)

    await dieAt(failpoint)
    await stage.startFeeds()
    await untilAccepted(jobId, 3)

    const sent = await stage.calls(account, 'patchListingsItem')
    expect(new Set(sent.map(({ sku }) => sku))).toEqual(new Set(skus))
    expect(sent.length).toBeLessThanOrEqual(skus.length * 2)
    await expectTitles(account, skus)
  },
  60_000,
)
