import { feedShare, feedThreshold, type Pace } from './crossover.ts'
import { ESTIMATE } from './estimate.ts'
import { aheadMs, FEED_LIMITS, isBlocked } from './feed-queue.ts'
import type { FeedAction, FeedsView, JobView, WaitReason } from './feed-view.ts'
import { quietWindow } from './quiet-hours.ts'

/*
 * Prices and content in bulk: how much of a job goes as a feed slice now, and how much by single patches beside it.
 * Both ends are worked at, so that the job ends when the slice does; what may not be in a slice goes by patch.
 */

export const JOB_LIMITS = {
  /** A slice is planned to take this share of the time there is, because feeds take longer than expected now and then. */
  windowShare: 0.8,
  /** A SKU sits in a slice no longer than this, or than this many times the fixed time where that is long. */
  longestSliceMs: 1_200_000,
  longestSliceFixedTimes: 3,
  /** A job hands no more to patches than they can do in this time, so that a slice can still take it. */
  patchAheadMs: 300_000,
  /** Of the patch rate, what a job may count on when stock takes everything. */
  leastSpareShare: 0.1,
} as const

type Situation = { stockWantsFeed: boolean; now: number }

/** Prices before content, the oldest job first; at most one slice, for the first job that may have it. */
export function planJobs(view: FeedsView, situation: Situation): FeedAction[] {
  const actions: FeedAction[] = []
  const ordered = view.jobs.toSorted((a, b) => rank(a) - rank(b) || a.createdAt - b.createdAt || compare(a.id, b.id))
  let patching = view.jobs.reduce((sum, job) => sum + job.patching, 0)
  for (const job of ordered) {
    const planned = planJob(view, { ...situation, job, patching, sliceTaken: actions.some((a) => a.kind === 'slice') })
    for (const action of planned) if (action.kind === 'patch') patching += action.maxItems
    actions.push(...planned)
  }
  return actions
}

type JobSituation = Situation & { job: JobView; patching: number; sliceTaken: boolean }

function planJob(view: FeedsView, situation: JobSituation): FeedAction[] {
  const { job, now } = situation
  const wait = (reason: WaitReason, until: number | null): FeedAction => ({
    kind: 'wait',
    jobId: job.id,
    until,
    reason,
  })
  if (job.waiting === 0) return []
  if (job.paused) return [wait('PAUSED', null)]
  const window = windowOf(view, job, now)
  if (window.startsAt > now) return [wait('QUIET_HOURS', window.startsAt)]

  const slice = sliceOf(view, situation, window.endsAt - now)
  const sliceItems = slice.kind === 'slice' ? slice.maxItems : 0
  const patches = patchesOf(view, situation, job.waiting - sliceItems)
  return [slice.kind === 'slice' ? slice : wait(slice.reason, slice.until), ...patches]
}

/** The time that the job's feeds may take: from the start of its quiet hours to their end, or to the next peak. */
function windowOf(view: FeedsView, job: JobView, now: number): { startsAt: number; endsAt: number } {
  const { startsAt, endsAt } = job.quietHours ? quietWindow(job.quietHours, now) : { startsAt: now, endsAt: Infinity }
  const peakAt = view.nextPeakAt !== null && view.nextPeakAt > now ? view.nextPeakAt : Infinity
  return { startsAt, endsAt: Math.min(endsAt, peakAt) }
}

type Slice = Extract<FeedAction, { kind: 'slice' }>
type NoSlice = { kind: 'none'; reason: WaitReason; until: number | null }

function sliceOf(view: FeedsView, situation: JobSituation, windowMs: number): Slice | NoSlice {
  const { job, now } = situation
  const hindrance = hindranceOf(view, situation)
  if (hindrance) return hindrance

  const pace = paceOf(view, situation)
  const lookAgainAt = now + FEED_LIMITS.lookAgainMs
  if (job.waiting <= feedThreshold(pace)) return none('BY_PATCH', lookAgainAt)
  const roomFor = (ms: number) => Math.floor(((ms - pace.leadMs) / 1_000) * pace.itemsPerSecond)
  const longestMs = Math.max(JOB_LIMITS.longestSliceMs, JOB_LIMITS.longestSliceFixedTimes * view.estimate.fixedMs)
  const fitting = Math.min(roomFor(windowMs * JOB_LIMITS.windowShare), roomFor(longestMs))
  if (fitting < FEED_LIMITS.leastItems) return none('WINDOW_TOO_SHORT', lookAgainAt)
  const byBytes = Math.floor((FEED_LIMITS.maxBytes * job.waiting) / Math.max(1, job.bytes))
  const most = Math.min(job.sliceable, feedShare(job.waiting, pace), FEED_LIMITS.maxItems, Math.max(1, byBytes))
  if (most < FEED_LIMITS.leastItems) return none('BY_PATCH', lookAgainAt)
  const maxItems = Math.min(most, fitting)
  return { kind: 'slice', purpose: job.kind, jobId: job.id, maxItems, maxBytes: FEED_LIMITS.maxBytes }
}

function none(reason: WaitReason, until: number): NoSlice {
  return { kind: 'none', reason, until }
}

/** What keeps every slice of a job back for now. */
function hindranceOf(view: FeedsView, { stockWantsFeed, sliceTaken, now }: JobSituation): NoSlice | undefined {
  const lookAgainAt = now + FEED_LIMITS.lookAgainMs
  if (isBlocked(view, now)) return none('STUCK_FEED', lookAgainAt)
  // Behind another feed a slice would hold its SKUs without being worked on.
  if (view.feeds.length > 0 || sliceTaken) return none('FEED_IN_FLIGHT', lookAgainAt)
  if (stockWantsFeed) return none('STOCK_FIRST', lookAgainAt)
  const spacedAt = (view.lastBulkAt ?? -Infinity) + FEED_LIMITS.spacingMs
  if (now < spacedAt) return none('SPACING', spacedAt)
  if (view.createFeed.tokens < 1 + FEED_LIMITS.tokensForStock) return none('NO_FEED_TOKEN', lookAgainAt)
  return undefined
}

function paceOf(view: FeedsView, { patching, now }: JobSituation): Pace {
  return {
    // A job's patches take what stock leaves over; the ones handed out already come first.
    tokens: -patching,
    patchRate: spareRate(view),
    leadMs: aheadMs(view, now) + view.estimate.fixedMs + view.estimate.buildMs,
    itemsPerSecond: Math.max(view.estimate.itemsPerSecond, ESTIMATE.slowestItemsPerSecond),
  }
}

function spareRate({ patch }: FeedsView): number {
  return Math.max(patch.rate * JOB_LIMITS.leastSpareShare, patch.rate - patch.stockRate)
}

function patchesOf(view: FeedsView, { job, patching }: JobSituation, left: number): FeedAction[] {
  const room = Math.ceil((spareRate(view) * JOB_LIMITS.patchAheadMs) / 1_000) - patching
  const maxItems = Math.min(left, room)
  return maxItems > 0 ? [{ kind: 'patch', jobId: job.id, maxItems }] : []
}

function rank({ kind }: JobView): number {
  return kind === 'price' ? 0 : 1
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
