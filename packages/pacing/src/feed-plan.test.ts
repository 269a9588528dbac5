import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { crossover } from './crossover.ts'
import { assumedEstimate } from './estimate.ts'
import { planFeeds } from './feed-plan.ts'
import { FEED_LIMITS } from './feed-queue.ts'
import type { FeedAction, FeedsView, FeedView, JobView } from './feed-view.ts'

const now = Date.parse('2026-01-10T23:00:00Z')
const minute = 60_000
const night = { fromMinute: 22 * 60, toMinute: 6 * 60, timeZone: 'Europe/London' }

const job = (more: Partial<JobView> = {}): JobView => ({
  id: 'job',
  kind: 'content',
  waiting: 20_000,
  sliceable: 20_000,
  bytes: 20_000 * 300,
  patching: 0,
  quietHours: null,
  paused: false,
  createdAt: now,
  ...more,
})
const feed = (more: Partial<FeedView> = {}): FeedView => ({
  id: 'feed',
  purpose: 'content',
  state: 'in_progress',
  items: 10_000,
  firstInLineAt: now - minute,
  deadlineAt: now + 60 * minute,
  stuck: false,
  cancelAsked: false,
  cancelledBefore: false,
  zeroInside: false,
  ...more,
})
const view = (more: Partial<FeedsView> = {}): FeedsView => ({
  patch: { rate: 5, tokens: 3, stockRate: 0 },
  estimate: { ...assumedEstimate, buildMs: 0 },
  backlog: { urgent: 0, increases: 0 },
  jobs: [],
  feeds: [],
  createFeed: { tokens: 14, nextTokenAt: now },
  lastBulkAt: null,
  nextPeakAt: null,
  ...more,
})
const raises = (increases: number) => view({ backlog: { urgent: 0, increases } })
const whileQueued = (more: Partial<FeedView>) => planFeeds(view({ feeds: [feed({ state: 'in_queue', ...more })] }), now)
const besideStock = (more: Partial<JobView>) =>
  planFeeds(view({ jobs: [job(more)], feeds: [feed()], patch: { rate: 5, tokens: 3, stockRate: 2 } }), now)
const slices = (actions: FeedAction[]) => actions.filter((action) => action.kind === 'slice')
const waits = (actions: FeedAction[]) => actions.filter((action) => action.kind === 'wait')

test('stock goes by patch up to N*, and by feed beside the patches above it', () => {
  const nStar = crossover({ tokens: 3, patchRate: 5, leadMs: 300_000, itemsPerSecond: 20 })

  expect(planFeeds(raises(Math.floor(nStar)), now)).toEqual([])
  expect(slices(planFeeds(raises(Math.floor(nStar) + 100), now))).toMatchObject([{ purpose: 'stock', jobId: null }])
})

test('however many urgent items wait, none of them goes by feed', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(100_000), (urgent, increases) => {
      const actions = planFeeds(view({ backlog: { urgent, increases } }), now)

      for (const slice of slices(actions)) expect(slice.maxItems).toBeLessThanOrEqual(increases)
      if (increases === 0) expect(actions).toEqual([])
    }),
  )
})

test('a stock feed is bound late: behind another it goes out when that is about to end', () => {
  const backlog = { urgent: 0, increases: 40_000 }
  const behind = (items: number) => planFeeds(view({ backlog, feeds: [feed({ items, purpose: 'stock' })] }), now)

  expect(behind(25_000)).toEqual([
    { kind: 'wait', jobId: null, until: now + 1_550_000 - 2 * minute, reason: 'FEED_IN_FLIGHT' },
  ])
  expect(slices(behind(0))).toEqual([])
  const ending = [feed({ items: 25_000, firstInLineAt: now - 1_500_000, purpose: 'stock' })]
  expect(slices(planFeeds(view({ backlog, feeds: ending }), now))).toHaveLength(1)
})

test('[T-50] no slice of a job while stock wants a feed, nor behind any feed', () => {
  const wanting = planFeeds(view({ jobs: [job()], backlog: { urgent: 0, increases: 30_000 } }), now)
  const behind = planFeeds(view({ jobs: [job()], feeds: [feed()] }), now)

  expect(slices(wanting).map(({ purpose }) => purpose)).toEqual(['stock'])
  expect(waits(wanting)).toMatchObject([{ jobId: 'job', reason: 'STOCK_FIRST' }])
  expect(slices(behind)).toEqual([])
  expect(waits(behind)).toMatchObject([{ jobId: 'job', reason: 'FEED_IN_FLIGHT' }])
})

test('outside of its quiet hours a job does nothing, and says until when', () => {
  const noon = Date.parse('2026-01-10T12:00:00Z')

  const actions = planFeeds(view({ jobs: [job({ quietHours: night })] }), noon)

  expect(actions).toEqual([
    { kind: 'wait', jobId: 'job', until: Date.parse('2026-01-10T22:00:00Z'), reason: 'QUIET_HOURS' },
  ])
})

test('a slice is small enough to end before the quiet hours or the next peak do', () => {
  const ends = (actions: FeedAction[]) => 300_000 + ((slices(actions)[0]?.maxItems ?? 0) / 20) * 1_000
  const late = Date.parse('2026-01-11T05:45:00Z')

  const beforeEnd = planFeeds(view({ jobs: [job({ quietHours: night })] }), late)
  const beforePeak = planFeeds(view({ jobs: [job()], nextPeakAt: now + 10 * minute }), now)

  expect(slices(beforeEnd)).toHaveLength(1)
  expect(ends(beforeEnd)).toBeLessThanOrEqual(15 * minute)
  expect(slices(beforePeak)).toHaveLength(1)
  expect(ends(beforePeak)).toBeLessThanOrEqual(10 * minute)
})

test('when the time is too short for a feed, the job goes on by single patches', () => {
  const actions = planFeeds(view({ jobs: [job()], nextPeakAt: now + 5 * minute }), now)

  expect(actions).toMatchObject([
    { kind: 'wait', jobId: 'job', reason: 'WINDOW_TOO_SHORT' },
    { kind: 'patch', jobId: 'job', maxItems: 1_500 },
  ])
})

test('a job of few items goes by single patches', () => {
  const actions = planFeeds(view({ jobs: [job({ waiting: 500, sliceable: 500, bytes: 150_000 })] }), now)

  expect(actions).toMatchObject([
    { kind: 'wait', reason: 'BY_PATCH' },
    { kind: 'patch', maxItems: 500 },
  ])
})

test('two slices of jobs are twenty minutes apart', () => {
  const actions = planFeeds(view({ jobs: [job()], lastBulkAt: now - 19 * minute }), now)

  expect(waits(actions)).toMatchObject([{ reason: 'SPACING', until: now + minute }])
  expect(slices(planFeeds(view({ jobs: [job()], lastBulkAt: now - 20 * minute }), now))).toHaveLength(1)
})

test('prices go before content, the older job first, and a job that cannot go blocks no other', () => {
  const jobs = [
    job({ id: 'content', createdAt: now - 9 }),
    job({ id: 'price', kind: 'price', createdAt: now - 5 }),
    job({ id: 'paused', kind: 'price', createdAt: now - 8, paused: true }),
    job({ id: 'asleep', kind: 'price', createdAt: now - 7, quietHours: { ...night, fromMinute: 60 } }),
  ]

  const actions = planFeeds(view({ jobs }), now)

  expect(slices(actions)).toMatchObject([{ jobId: 'price', purpose: 'price' }])
  expect(waits(actions)).toMatchObject([
    { jobId: 'paused', reason: 'PAUSED', until: null },
    { jobId: 'asleep', reason: 'QUIET_HOURS' },
    { jobId: 'content', reason: 'FEED_IN_FLIGHT' },
  ])
})

test('the last createFeed tokens are kept for stock', () => {
  const createFeed = { tokens: 1, nextTokenAt: now + minute }

  expect(waits(planFeeds(view({ jobs: [job()], createFeed }), now))).toMatchObject([{ reason: 'NO_FEED_TOKEN' }])
  expect(slices(planFeeds(view({ backlog: { urgent: 0, increases: 9_000 }, createFeed }), now))).toHaveLength(1)
})

test('[T-52] past its deadline a feed is cancelled while it is in the queue, else it is stuck; nothing is stacked behind it', () => {
  const overdue = { deadlineAt: now - 1 }
  const queued = feed({ ...overdue, state: 'in_queue' })
  const backlog = { urgent: 0, increases: 40_000 }

  const cancelled = planFeeds(view({ feeds: [queued], backlog, jobs: [job()] }), now)
  const stuck = planFeeds(view({ feeds: [feed(overdue)], backlog, jobs: [job()] }), now)
  const known = planFeeds(view({ feeds: [feed({ ...overdue, stuck: true })], backlog, jobs: [job()] }), now)

  expect(cancelled[0]).toEqual({ kind: 'cancel', feedId: 'feed', reason: 'PAST_DEADLINE' })
  expect(stuck[0]).toEqual({ kind: 'stuck', feedId: 'feed' })
  expect(known.filter(({ kind }) => kind === 'stuck' || kind === 'cancel')).toEqual([])
  for (const actions of [cancelled, stuck, known]) {
    expect(slices(actions)).toEqual([])
    expect(waits(actions).map(({ reason }) => reason)).toEqual(['STUCK_FEED', 'STUCK_FEED'])
    expect(actions).toContainEqual({ kind: 'patch', jobId: 'job', maxItems: 1_500 })
  }
})

test('[T-52] a feed whose cancellation does not come through is stuck', () => {
  const asked = feed({ state: 'in_queue', cancelAsked: true, deadlineAt: now })

  expect(planFeeds(view({ feeds: [asked] }), now)).toEqual([{ kind: 'stuck', feedId: 'feed' }])
})

test('only a to-zero cancels a feed that waits in the queue, once', () => {
  expect(whileQueued({ zeroInside: true })).toEqual([{ kind: 'cancel', feedId: 'feed', reason: 'TO_ZERO_INSIDE' }])
  expect(whileQueued({ zeroInside: false })).toEqual([])
  expect(whileQueued({ zeroInside: true, cancelAsked: true })).toEqual([])
  expect(whileQueued({ zeroInside: true, cancelledBefore: true })).toEqual([])
  expect(whileQueued({ zeroInside: true, state: 'in_progress' })).toEqual([])
})

test('[T-55] no slice is larger than a feed may be, by count or by bytes', () => {
  const heavy = planFeeds(view({ jobs: [job({ bytes: 20_000 * 4_000 })] }), now)

  expect((slices(heavy)[0]?.maxItems ?? 0) * 4_000).toBeLessThanOrEqual(FEED_LIMITS.maxBytes)
})

test('a job hands no more to patches than they can do in five minutes beside stock', () => {
  expect(besideStock({})).toContainEqual({ kind: 'patch', jobId: 'job', maxItems: 900 })
  expect(besideStock({ patching: 880 })).toContainEqual({ kind: 'patch', jobId: 'job', maxItems: 20 })
  expect(besideStock({ patching: 900 }).filter(({ kind }) => kind === 'patch')).toEqual([])
})
