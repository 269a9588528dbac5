import { aheadMs } from '@lockstep/pacing/feed-queue'
import { deadlineMs } from '@lockstep/pacing/estimate'
import { planFeeds } from '@lockstep/pacing/feed-plan'
import type { FeedAction, FeedsView } from '@lockstep/pacing/feed-view'
import { takePatches, takeSlice } from '@lockstep/pacing/slice-rules'
import type { Ids } from '@lockstep/contracts/ids'
import { failpoint } from '@lockstep/postgres/failpoint'
import type { Kysely, Transaction } from 'kysely'

import { waitText } from '../domain/job-wait.ts'
import type { ChannelDb } from '../store/database.ts'
import { requestCancel } from '../store/feed-barriers.ts'
import { holdTerm, planAgainIn, type Term } from '../store/feed-leaders.ts'
import {
  countBacklog,
  findPeakHour,
  listFeedViews,
  listJobViews,
  readBulkClock,
  readFeedBuckets,
  readStockRate,
} from '../store/feed-views.ts'
import { readFeedEstimate } from '../store/feeds.ts'
import {
  fillFeed,
  finishJobs,
  handToPatches,
  insertFeed,
  listWaitingLines,
  lookAtFeed,
  saveJobDetail,
} from '../store/plan-writes.ts'

/** What planning works with. */
export interface PlanDeps {
  db: Kysely<ChannelDb>
  ids: Ids
  /** Between two plans of a connection that has work. */
  planMs: number
}

const idleMs = 15_000
const headerBytes = 500
/** What a stock feed has for reading its numbers before it leaves. */
const gatherMs = 300_000

/** One turn of a connection's leader: looks, plans, and carries the plan out under its term. Answers what it did. */
export async function planTurn(deps: PlanDeps, term: Term): Promise<FeedAction[]> {
  const { view, now } = await readView(deps.db, term.connectionId)
  const actions = planFeeds(view, now)
  failpoint('plan:before-commit')
  await deps.db.transaction().execute(async (tx) => {
    await holdTerm(tx, term)
    for (const action of actions) await carryOut(tx, deps, { action, term, view, now })
    const going = new Set(actions.flatMap((action) => ('jobId' in action ? (action.jobId ?? []) : [])))
    for (const job of view.jobs) if (!going.has(job.id)) await saveJobDetail(tx, job.id, '')
    await finishJobs(tx, term.connectionId)
    await planAgainIn(tx, term, hasWork(view) ? deps.planMs : idleMs)
  })
  failpoint('plan:after-commit')
  return actions
}

function hasWork({ jobs, feeds, backlog }: FeedsView): boolean {
  return jobs.length > 0 || feeds.length > 0 || backlog.increases > 0
}

async function readView(db: Kysely<ChannelDb>, connectionId: string): Promise<{ view: FeedsView; now: number }> {
  const { now, lastBulkAt } = await readBulkClock(db, connectionId)
  const jobs = await listJobViews(db, connectionId)
  const { patch, createFeed } = await readFeedBuckets(db, connectionId)
  const peakHour = jobs.length > 0 ? await findPeakHour(db, connectionId) : null
  const view: FeedsView = {
    patch: { ...patch, stockRate: await readStockRate(db, connectionId) },
    estimate: await readFeedEstimate(db, connectionId),
    backlog: await countBacklog(db, connectionId),
    jobs,
    feeds: await listFeedViews(db, connectionId),
    createFeed,
    lastBulkAt,
    nextPeakAt: peakHour === null ? null : nextHour(peakHour, now),
  }
  return { view, now }
}

const dayMs = 86_400_000
const hourMs = 3_600_000

/** The next time that this hour (UTC) begins. */
function nextHour(hour: number, now: number): number {
  const today = Math.floor(now / dayMs) * dayMs + hour * hourMs
  return today > now ? today : today + dayMs
}

interface Planned {
  action: FeedAction
  term: Term
  view: FeedsView
  now: number
}

async function carryOut(tx: Transaction<ChannelDb>, deps: PlanDeps, planned: Planned): Promise<void> {
  const { action } = planned
  switch (action.kind) {
    case 'slice':
      return makeSlice(tx, deps, { ...planned, action })
    case 'patch':
      return patchSome(tx, planned, action)
    case 'cancel':
      return requestCancel(tx, [action.feedId], 'past its deadline')
    case 'stuck':
      // Whoever follows the feed asks Amazon once more before it is called that.
      return lookAtFeed(tx, action.feedId)
    case 'wait':
      return action.jobId === null ? undefined : saveJobDetail(tx, action.jobId, waitText(action))
    default:
      return action satisfies never
  }
}

type Slice = Extract<FeedAction, { kind: 'slice' }>

async function makeSlice(
  tx: Transaction<ChannelDb>,
  deps: PlanDeps,
  { action, term, view, now }: Planned & { action: Slice },
): Promise<void> {
  const { purpose, jobId, maxItems, maxBytes } = action
  const feed = {
    id: deps.ids.next('fed'),
    connectionId: term.connectionId,
    purpose,
    jobId,
    epoch: term.epoch,
    wantedItems: maxItems,
    deadlineMs: aheadMs(view, now) + deadlineMs(view.estimate, maxItems) + (jobId === null ? gatherMs : 0),
  }
  if (jobId === null) return insertFeed(tx, feed)
  const lines = takeSlice(await listWaitingLines(tx, jobId), { maxItems, maxBytes, headerBytes, now })
  if (lines.length === 0) return
  await insertFeed(tx, feed)
  await fillFeed(
    tx,
    { id: feed.id, jobId },
    lines.map(({ line }) => line),
  )
  await saveJobDetail(tx, jobId, '')
}

async function patchSome(
  tx: Transaction<ChannelDb>,
  { now }: Planned,
  { jobId, maxItems }: Extract<FeedAction, { kind: 'patch' }>,
): Promise<void> {
  const lines = takePatches(await listWaitingLines(tx, jobId), { maxItems, now })
  await handToPatches(
    tx,
    jobId,
    lines.map(({ line }) => line),
  )
}
