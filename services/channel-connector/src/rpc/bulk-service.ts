import {
  AddBulkJobLinesRequest,
  AddBulkJobLinesResponse,
  AllowFeedsRequest,
  AllowFeedsResponse,
  BulkServiceService,
  CancelBulkJobRequest,
  CancelBulkJobResponse,
  type GetBulkJobRequest,
  type GetBulkJobResponse,
  type GetQuietHoursRequest,
  type GetQuietHoursResponse,
  type ListBulkJobsRequest,
  type ListBulkJobsResponse,
  type ListFeedsRequest,
  type ListFeedsResponse,
  OpenBulkJobRequest,
  OpenBulkJobResponse,
  PauseBulkJobRequest,
  PauseBulkJobResponse,
  ResumeBulkJobRequest,
  ResumeBulkJobResponse,
  SetQuietHoursRequest,
  SetQuietHoursResponse,
  SubmitBulkJobRequest,
  SubmitBulkJobResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/bulk_service.ts'
import type { Ids } from '@lockstep/contracts/ids'
import { unary } from '@lockstep/rpc/handler'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'
import type { Transaction } from 'kysely'

import { addBulkLines, checkedQuietHours, getBulkJob, openBulkJob, submitBulkJob } from '../commands/bulk-job.ts'
import { cancelBulkJob, pauseBulkJob, resumeBulkJob } from '../commands/change-bulk-job.ts'
import { getAccount } from '../commands/get-account.ts'
import { refusal } from '../commands/refuse.ts'
import type { BulkItemState } from '../domain/bulk-states.ts'
import { quietHoursText } from '../domain/quiet-hours.ts'
import {
  type BulkJob,
  findAccountQuietHours,
  listBulkJobs,
  listJobLines,
  saveAccountQuietHours,
} from '../store/bulk-jobs.ts'
import type { ChannelDb } from '../store/database.ts'
import { makePlanningDue } from '../store/feed-leaders.ts'
import { allowFeeds, readFeedEstimate, listFeeds, listFeedsOfJob, listFeedStops } from '../store/feeds.ts'
import { answerCommand, type CommandDeps, type CommandMethod } from './answer-command.ts'
import { bulkJobMessage, bulkLineMessage, feedMessage } from './bulk-message.ts'
import { cutPage, readPage } from './page.ts'

/** What the bulk service works with. */
export interface BulkServiceDeps extends CommandDeps {
  ids: Ids
}

/** Bulk jobs and feeds over gRPC. */
export function bulkServiceBinding(deps: BulkServiceDeps): ServiceBinding {
  return serviceBinding(BulkServiceService, {
    openBulkJob: unary((request: OpenBulkJobRequest, { actor }) =>
      answerJob(deps, { method: openMethod, request }, (tx) => openBulkJob(tx, deps, { ...request, actor })),
    ),
    addBulkJobLines: unary((request: AddBulkJobLinesRequest) => handleAddLines(deps, request)),
    submitBulkJob: unary((request: SubmitBulkJobRequest) =>
      answerJob(deps, { method: submitMethod, request }, (tx) => submitBulkJob(tx, request)),
    ),
    listBulkJobs: unary((request: ListBulkJobsRequest) => handleListJobs(deps, request)),
    getBulkJob: unary((request: GetBulkJobRequest) => handleGetJob(deps, request)),
    pauseBulkJob: unary((request: PauseBulkJobRequest) =>
      answerJob(deps, { method: pauseMethod, request }, (tx) => pauseBulkJob(tx, request.jobId)),
    ),
    resumeBulkJob: unary((request: ResumeBulkJobRequest) =>
      answerJob(deps, { method: resumeMethod, request }, (tx) => resumeBulkJob(tx, request.jobId)),
    ),
    cancelBulkJob: unary((request: CancelBulkJobRequest) =>
      answerJob(deps, { method: cancelMethod, request }, (tx) => cancelBulkJob(tx, request.jobId)),
    ),
    listFeeds: unary((request: ListFeedsRequest) => handleListFeeds(deps, request)),
    setQuietHours: unary((request: SetQuietHoursRequest) => handleSetQuietHours(deps, request)),
    getQuietHours: unary((request: GetQuietHoursRequest) => handleGetQuietHours(deps, request)),
    allowFeeds: unary((request: AllowFeedsRequest) => handleAllowFeeds(deps, request)),
  })
}

const openMethod = { name: 'BulkService/OpenBulkJob', request: OpenBulkJobRequest, response: OpenBulkJobResponse }
const submitMethod = {
  name: 'BulkService/SubmitBulkJob',
  request: SubmitBulkJobRequest,
  response: SubmitBulkJobResponse,
}
const pauseMethod = { name: 'BulkService/PauseBulkJob', request: PauseBulkJobRequest, response: PauseBulkJobResponse }
const resumeMethod = {
  name: 'BulkService/ResumeBulkJob',
  request: ResumeBulkJobRequest,
  response: ResumeBulkJobResponse,
}
const cancelMethod = {
  name: 'BulkService/CancelBulkJob',
  request: CancelBulkJobRequest,
  response: CancelBulkJobResponse,
}

/** Runs a command that answers with its job. */
function answerJob<Request extends { idempotencyKey: string }>(
  deps: BulkServiceDeps,
  asked: { method: CommandMethod<Request, OpenBulkJobResponse>; request: Request },
  run: (tx: Transaction<ChannelDb>) => Promise<BulkJob>,
): Promise<OpenBulkJobResponse> {
  return answerCommand(deps, asked, async (tx) => ({ job: bulkJobMessage(await run(tx)) }))
}

const addMethod = {
  name: 'BulkService/AddBulkJobLines',
  request: AddBulkJobLinesRequest,
  response: AddBulkJobLinesResponse,
}

function handleAddLines(deps: BulkServiceDeps, request: AddBulkJobLinesRequest): Promise<AddBulkJobLinesResponse> {
  return answerCommand(deps, { method: addMethod, request }, async (tx) => ({ total: await addBulkLines(tx, request) }))
}

async function handleListJobs(deps: BulkServiceDeps, request: ListBulkJobsRequest): Promise<ListBulkJobsResponse> {
  const accountId = request.account === '' ? null : (await getAccount(deps.db, request.account)).id
  const { limit, after } = readPage(request.page)
  const jobs = await listBulkJobs(deps.db, { accountId, before: after, limit: limit + 1 })
  const page = cutPage(jobs, limit, ({ id }) => id)
  return { jobs: page.entries.map(bulkJobMessage), nextPageToken: page.nextPageToken }
}

const mostFeedsShown = 100

async function handleGetJob(deps: BulkServiceDeps, request: GetBulkJobRequest): Promise<GetBulkJobResponse> {
  const job = await getBulkJob(deps.db, request.jobId)
  const { limit, after } = readPage(request.page)
  const state = readState(request.state)
  const lines = await listJobLines(deps.db, { jobId: job.id, state, after: readLine(after), limit: limit + 1 })
  const page = cutPage(lines, limit, ({ line }) => String(line))
  const feeds = await listFeedsOfJob(deps.db, job.id, mostFeedsShown)
  return {
    job: bulkJobMessage(job),
    lines: page.entries.map(bulkLineMessage),
    nextPageToken: page.nextPageToken,
    feeds: feeds.map(feedMessage),
  }
}

function readLine(after: string | null): number {
  const line = Number(after ?? '0')
  if (Number.isSafeInteger(line) && line >= 0) return line
  throw refusal('PAGE_INVALID', { message: 'the page token is not one of ours', field: 'page.token' })
}

const states: readonly BulkItemState[] = ['waiting', 'in_feed', 'patching', 'accepted', 'refused', 'skipped']

function readState(word: string): BulkItemState | null {
  const state = states.find((one) => one === word)
  if (state !== undefined || word === '') return state ?? null
  const message = `no line is "${word.slice(0, 60)}": ${states.join(', ')}`
  throw refusal('FIELD_INVALID', { message, field: 'state', value: word.slice(0, 60) })
}

async function handleListFeeds(deps: BulkServiceDeps, request: ListFeedsRequest): Promise<ListFeedsResponse> {
  const { connectionId } = await getAccount(deps.db, request.account)
  const { limit, after } = readPage(request.page)
  const feeds = await listFeeds(deps.db, { connectionId, before: after, limit: limit + 1 })
  const page = cutPage(feeds, limit, ({ id }) => id)
  const estimate = await readFeedEstimate(deps.db, connectionId)
  return {
    feeds: page.entries.map(feedMessage),
    stops: await listFeedStops(deps.db, connectionId),
    estimate: {
      fixedSeconds: estimate.fixedMs / 1000,
      itemsPerSecond: estimate.itemsPerSecond,
      samples: estimate.samples.length,
    },
    nextPageToken: page.nextPageToken,
  }
}

const quietMethod = {
  name: 'BulkService/SetQuietHours',
  request: SetQuietHoursRequest,
  response: SetQuietHoursResponse,
}

function handleSetQuietHours(deps: BulkServiceDeps, request: SetQuietHoursRequest): Promise<SetQuietHoursResponse> {
  return answerCommand(deps, { method: quietMethod, request }, async (tx) => {
    const account = await getAccount(tx, request.account)
    const before = await findAccountQuietHours(tx, account.id)
    await saveAccountQuietHours(tx, account.id, checkedQuietHours(request.quietHours))
    await makePlanningDue(tx, account.connectionId)
    const previousQuietHours = before ? quietHoursText(before) : ''
    return { accountId: account.id, quietHours: request.quietHours, previousQuietHours }
  })
}

async function handleGetQuietHours(
  { db }: BulkServiceDeps,
  request: GetQuietHoursRequest,
): Promise<GetQuietHoursResponse> {
  const account = await getAccount(db, request.account)
  const hours = await findAccountQuietHours(db, account.id)
  return { accountId: account.id, quietHours: hours ? quietHoursText(hours) : '' }
}

const allowMethod = { name: 'BulkService/AllowFeeds', request: AllowFeedsRequest, response: AllowFeedsResponse }

function handleAllowFeeds(deps: BulkServiceDeps, request: AllowFeedsRequest): Promise<AllowFeedsResponse> {
  return answerCommand(deps, { method: allowMethod, request }, async (tx) => {
    const { connectionId } = await getAccount(tx, request.account)
    const purposes = await allowFeeds(tx, connectionId)
    await makePlanningDue(tx, connectionId)
    return { purposes }
  })
}
