import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { assumedEstimate, deadlineMs, type FeedEstimate, onFeedDone, onFeedLate } from '../estimate.ts'
import { planFeeds } from '../feed-plan.ts'
import type { FeedAction, FeedsView, FeedView } from '../feed-view.ts'
import { type QuietHours, quietWindow } from '../quiet-hours.ts'
import { routeOf, type SliceItem, takePatches, takeSlice, writeInFeed } from '../slice-rules.ts'
import { seeded } from './virtual-clock.ts'

/*
 * Days of a content job on a coarse clock: stock changes go out first and take what they need of the patches, feeds take the time they take
 * or never end, to-zeros cancel what still waits. Whatever the account is like, the job ends.
 */

type Account = {
  items: number
  patchRate: number
  /** Stock changes a second, each of a random SKU of the job. */
  stockRate: number
  zeroShare: number
  fixedMs: number
  itemsPerSecond: number
  /** The feeds, by their number, that Amazon never works on. */
  stuck: number[]
  quietHours: QuietHours | null
  seed: number
}

type OpenFeed = { view: FeedView; skus: Set<string>; submittedAt: number; number: number }

const stepMs = 60_000
const startedAt = Date.parse('2026-03-27T12:00:00Z')
const mostDays = 12

function runJob(account: Account) {
  const chance = seeded(account.seed)
  const sights = new Map<string, SliceItem>()
  for (let i = 0; i < account.items; i++) {
    sights.set(`s${i}`, { sku: `s${i}`, bytes: 300, writeOpen: false, stockChangedAt: null, inFeed: false })
  }
  const job = { waiting: new Set(sights.keys()), patching: [] as { sku: string; since: number }[], done: 0 }
  const cancelled = new Set<string>()
  const seen = {
    slices: [] as { at: number; items: number; others: number; restless: number }[],
    cancels: 0,
    repeats: 0,
  }
  let feeds: OpenFeed[] = []
  let feedCount = 0
  let estimate: FeedEstimate = assumedEstimate
  let lastBulkAt: number | null = null
  let stockWaiting = 0
  let now = startedAt

  const waitingItems = () => [...job.waiting].flatMap((sku) => sights.get(sku) ?? [])

  function viewNow(items: SliceItem[]): FeedsView {
    return {
      patch: { rate: account.patchRate, tokens: 3, stockRate: account.stockRate },
      estimate,
      backlog: { urgent: Math.round(stockWaiting), increases: 0 },
      jobs: [
        {
          id: 'job',
          kind: 'content',
          waiting: items.length,
          sliceable: items.filter((item) => routeOf(item, now) === 'slice').length,
          bytes: items.length * 300,
          patching: job.patching.length,
          quietHours: account.quietHours,
          paused: false,
          createdAt: startedAt,
        },
      ],
      feeds: feeds.map(({ view }) => view),
      createFeed: { tokens: 14, nextTokenAt: now },
      lastBulkAt,
      nextPeakAt: null,
    }
  }

  function changeStock(): void {
    const changes = Math.floor((account.stockRate * stepMs) / 1_000 + chance())
    stockWaiting += changes
    for (let i = 0; i < changes; i++) {
      const sight = sights.get(`s${Math.floor(chance() * account.items)}`)
      if (!sight) continue
      sight.stockChangedAt = now
      const feed = feeds.find(({ skus }) => sight.inFeed && skus.has(sight.sku))
      if (feed && chance() < account.zeroShare) feed.view.zeroInside ||= writeInFeed('to_zero', feed.view).cancel
    }
  }

  /** Stock first; a fifth of the turns is open to what has waited half an hour. */
  function sendPatches(): void {
    const tokens = (account.patchRate * stepMs) / 1_000
    const isOld = (job.patching[0]?.since ?? now) <= now - 1_800_000
    const forStock = Math.min(stockWaiting, isOld ? tokens * 0.8 : tokens)
    stockWaiting -= forStock
    job.done += job.patching.splice(0, Math.floor(tokens - forStock)).length
  }

  function perform(action: FeedAction, items: SliceItem[]): void {
    if (action.kind === 'slice') {
      const slice = takeSlice(items, { ...action, headerBytes: 200, now })
      const restless = slice.filter((item) => routeOf(item, now) !== 'slice').length
      seen.slices.push({ at: now, items: slice.length, others: feeds.length, restless })
      lastBulkAt = now
      submit(slice)
    }
    if (action.kind === 'patch') {
      const free = items.filter(({ sku }) => job.waiting.has(sku))
      for (const { sku } of takePatches(free, { maxItems: action.maxItems, now })) {
        job.waiting.delete(sku)
        job.patching.push({ sku, since: now })
      }
    }
    const feed = 'feedId' in action ? feeds.find(({ view }) => view.id === action.feedId) : undefined
    if (action.kind === 'stuck' && feed) {
      feed.view.stuck = true
      const tookMs = now - feed.submittedAt
      estimate = onFeedLate(estimate, { items: feed.view.items, tookMs, at: now })
      // Its items go by patch; Amazon may never let go of the feed itself.
      for (const sku of feed.skus) {
        Object.assign(sights.get(sku) ?? {}, { inFeed: false })
        job.patching.push({ sku, since: now })
      }
      feed.skus.clear()
      if (chance() < 0.5) feeds = feeds.filter((one) => one !== feed)
    }
    if (action.kind === 'cancel' && feed) cancel(feed)
  }

  function submit(slice: SliceItem[]): void {
    const items = slice.length
    for (const item of slice) {
      item.inFeed = true
      job.waiting.delete(item.sku)
    }
    const view: FeedView = {
      id: `feed_${++feedCount}`,
      purpose: 'content',
      state: 'in_queue',
      items,
      firstInLineAt: now,
      deadlineAt: now + deadlineMs(estimate, items),
      stuck: false,
      cancelAsked: false,
      cancelledBefore: slice.some(({ sku }) => cancelled.has(sku)),
      zeroInside: false,
    }
    feeds.push({ view, skus: new Set(slice.map(({ sku }) => sku)), submittedAt: now, number: feedCount })
  }

  function cancel(feed: OpenFeed): void {
    seen.cancels += 1
    // Past its deadline a feed that waits is cancelled whatever it holds; only a to-zero has but one go.
    if (now < feed.view.deadlineAt) seen.repeats += [...feed.skus].filter((sku) => cancelled.has(sku)).length
    leave(feed)
    lastBulkAt = null
    for (const sku of feed.skus) {
      job.waiting.add(sku)
      if (feed.view.zeroInside) cancelled.add(sku)
    }
  }

  function end(feed: OpenFeed): void {
    leave(feed)
    job.done += feed.skus.size
  }

  function leave(feed: OpenFeed): void {
    feeds = feeds.filter((one) => one !== feed)
    for (const sku of feed.skus) Object.assign(sights.get(sku) ?? {}, { inFeed: false })
  }

  function workFeeds(): void {
    for (const feed of feeds) {
      if (account.stuck.includes(feed.number)) {
        feed.view.state = feed.number % 2 === 0 ? 'in_queue' : 'in_progress'
        continue
      }
      const elapsed = now - feed.submittedAt
      if (elapsed > 0.2 * account.fixedMs) feed.view.state = 'in_progress'
      if (elapsed < account.fixedMs + (feed.view.items / account.itemsPerSecond) * 1_000) continue
      estimate = onFeedDone(estimate, { items: feed.view.items, tookMs: elapsed, at: now })
      end(feed)
    }
  }

  while (job.done < account.items && now < startedAt + mostDays * 86_400_000) {
    now += stepMs
    changeStock()
    sendPatches()
    workFeeds()
    const items = waitingItems()
    for (const action of planFeeds(viewNow(items), now)) perform(action, items)
  }
  return { tookMs: now - startedAt, done: job.done, seen }
}

const account: Account = {
  items: 4_000,
  patchRate: 5,
  stockRate: 2,
  zeroShare: 0.05,
  fixedMs: 300_000,
  itemsPerSecond: 20,
  stuck: [],
  quietHours: null,
  seed: 1,
}

test('a job under constant stock changes ends about as fast as patches and a feed can work', () => {
  const { tookMs, done } = runJob(account)

  expect(done).toBe(account.items)
  expect(tookMs).toBeLessThan(1_200_000)
})

test('[T-52] a job ends though its feeds hang, and nothing is stacked behind one that does', () => {
  const { done, seen } = runJob({ ...account, stuck: [1, 2, 3] })

  expect(done).toBe(account.items)
  expect(seen.slices.every(({ others }) => others === 0)).toBe(true)
})

test('no livelock: whatever the account is like, a job ends; its slices keep to the rules on the way', () => {
  const accounts = fc.record({
    items: fc.integer({ min: 1, max: 2_500 }),
    patchRate: fc.constantFrom(1, 5),
    stockRate: fc.double({ min: 0, max: 0.9, noNaN: true }),
    zeroShare: fc.constantFrom(0, 0.05, 1),
    fixedMs: fc.integer({ min: 0, max: 7_200_000 }),
    itemsPerSecond: fc.double({ min: 0.5, max: 200, noNaN: true }),
    stuck: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }),
    quietHours: fc.option(
      fc.record({
        fromMinute: fc.integer({ min: 0, max: 1_439 }),
        toMinute: fc.integer({ min: 0, max: 1_439 }),
        timeZone: fc.constantFrom('Europe/London', 'America/Los_Angeles'),
      }),
    ),
    seed: fc.nat(1_000),
  })
  fc.assert(
    fc.property(accounts, (any) => {
      // Two hours of quiet a day are needed for 2,500 single patches beside stock.
      const { quietHours } = any
      const lengthMs = quietHours ? lengthOf(quietHours) : Infinity
      fc.pre(lengthMs >= 7_200_000)

      const { done, seen } = runJob({ ...any, stockRate: any.stockRate * any.patchRate })

      expect(done).toBe(any.items)
      expect(seen.repeats).toBe(0)
      for (const { at, others, restless, items } of seen.slices) {
        expect(others).toBe(0)
        expect(restless).toBe(0)
        expect(items).toBeGreaterThan(0)
        if (quietHours) expect(quietWindow(quietHours, at).startsAt).toBeLessThanOrEqual(at)
      }
    }),
    {
      numRuns: 20,
      // A to-zero takes a feed out of the queue; the next one hangs, and the one behind it passes its deadline there.
      examples: [
        [
          {
            items: 323,
            patchRate: 1,
            stockRate: 0.8236931642437364,
            zeroShare: 0.05,
            fixedMs: 300_000,
            itemsPerSecond: 0.5,
            stuck: [2],
            quietHours: null,
            seed: 165,
          },
        ],
      ],
    },
  )
})

function lengthOf(hours: QuietHours): number {
  const { startsAt, endsAt } = quietWindow(hours, startedAt)
  return endsAt - startsAt
}
