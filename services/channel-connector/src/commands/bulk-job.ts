import type { Ids } from '@lockstep/contracts/ids'
import type { RefusalError } from '@lockstep/rpc/refusal'
import { findMarketplace } from '@lockstep/sp-api/marketplaces'
import type { Kysely, Transaction } from 'kysely'

import { type BulkLine, readBulkLine, shownValue } from '../domain/bulk-change.ts'
import { type QuietHours, readQuietHours } from '../domain/quiet-hours.ts'
import {
  type BulkJob,
  countOpenJobs,
  findBulkJob,
  insertBulkJob,
  keepLines,
  listBadLines,
  lockBulkJob,
  takeOnJob,
} from '../store/bulk-jobs.ts'
import type { ChannelDb } from '../store/database.ts'
import { makePlanningDue } from '../store/feed-leaders.ts'
import { getAccount } from './get-account.ts'
import { refusal } from './refuse.ts'

/** The most lines of one job, and of one page of them. */
const mostLines = 100_000
const mostLinesAtOnce = 1_000
const mostOpenJobs = 50
const mostNoteCharacters = 500
const mostBadLines = 100

/** Begins a job; nothing is sent before it is submitted. */
export async function openBulkJob(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  command: { account: string; quietHours: string; note: string; actor: string },
): Promise<BulkJob> {
  const account = await getAccount(tx, command.account)
  if (!account.enabled) throw refusal('ACCOUNT_DISABLED', { message: `${account.name} is off` })
  const quietHours = checkedQuietHours(command.quietHours)
  if (Array.from(command.note).length > mostNoteCharacters || command.note.includes('\u0000')) {
    const message = `a note has at most ${mostNoteCharacters} characters`
    throw refusal('FIELD_INVALID', { message, field: 'note', value: shownValue(command.note) })
  }
  if ((await countOpenJobs(tx, account.id)) >= mostOpenJobs) {
    const message = `${account.name} has ${mostOpenJobs} jobs that are not over`
    throw refusal('BULK_JOBS_TOO_MANY', { message, field: 'account', value: account.name })
  }
  const id = deps.ids.next('job')
  const { id: accountId, connectionId } = account
  await insertBulkJob(tx, { id, accountId, connectionId, actor: command.actor, note: command.note, quietHours })
  return getBulkJob(tx, id)
}

/** Hours as given; empty is none. */
export function checkedQuietHours(text: string): QuietHours | null {
  if (text === '') return null
  const hours = readQuietHours(text)
  if (hours) return hours
  const message = `"${shownValue(text)}" are no hours: give them as 22:00-06:00, in the marketplace's time`
  throw refusal('FIELD_INVALID', { message, field: 'quiet_hours', value: shownValue(text) })
}

/** Keeps lines of a job that is being prepared. What is wrong with them is said when the job is submitted. Answers how many there are. */
export async function addBulkLines(
  tx: Transaction<ChannelDb>,
  { jobId, lines }: { jobId: string; lines: readonly BulkLine[] },
): Promise<number> {
  if (lines.length === 0 || lines.length > mostLinesAtOnce) {
    const message = `${lines.length} lines at once: give 1 to ${mostLinesAtOnce}`
    throw refusal('FIELD_INVALID', { message, field: 'lines', value: String(lines.length) })
  }
  const job = await lockPreparing(tx, jobId)
  const places = new Set(lines.map(({ line }) => line))
  const misplaced = lines.find(({ line }) => !Number.isInteger(line) || line < 1 || line > mostLines)
  if (misplaced || places.size < lines.length) {
    const message = `line numbers run from 1 to ${mostLines}, each once`
    throw refusal('FIELD_INVALID', { message, field: 'lines', value: misplaced ? String(misplaced.line) : 'twice' })
  }
  const money = findMarketplace(job.marketplace) ?? { currency: '', currencyDigits: 2 }
  return keepLines(
    tx,
    jobId,
    lines.map((given) => {
      const read = readBulkLine(given, money)
      const kept = { line: given.line, channelSku: read.kind === 'good' ? given.channelSku : read.bad.item }
      return read.kind === 'good' ? { ...kept, change: read.change } : { ...kept, bad: read.bad }
    }),
  )
}

/** Takes a job on, all of it or nothing. */
export async function submitBulkJob(
  tx: Transaction<ChannelDb>,
  { jobId, total }: { jobId: string; total: number },
): Promise<BulkJob> {
  const job = await lockPreparing(tx, jobId)
  if (job.total === 0 || job.total !== total) {
    const message = `${job.total} lines have arrived, ${total} were announced`
    const nextStep = 'send every line, 1 to 100,000 of them, then submit'
    throw refusal('FIELD_INVALID', { message, field: 'total', value: String(total), nextStep })
  }
  const { bad, count } = await listBadLines(tx, jobId, mostBadLines)
  if (count > 0) throw linesRefused(bad, { count, total })
  // The leader's row first: a plan locks it before jobs and their lines.
  await makePlanningDue(tx, job.connectionId)
  await takeOnJob(tx, jobId)
  return getBulkJob(tx, jobId)
}

function linesRefused(
  bad: Awaited<ReturnType<typeof listBadLines>>['bad'],
  { count, total }: { count: number; total: number },
): RefusalError {
  const [first] = bad
  const message = `${count} of ${total} lines refused, nothing was taken on; line ${first?.line}: ${first?.message}`
  const lines = bad.map(({ line, ...problem }) => ({ index: line - 1, ...problem }))
  return refusal('BULK_LINES_REFUSED', { message, field: 'lines', value: String(count), lines })
}

async function lockPreparing(tx: Transaction<ChannelDb>, jobId: string): Promise<BulkJob> {
  const state = await lockBulkJob(tx, checkedId(jobId))
  if (state !== undefined && state !== 'preparing') {
    const message = `${jobId} is ${state}: its lines are fixed`
    throw refusal('BULK_JOB_STATE', { message, field: 'job_id', value: jobId })
  }
  return getBulkJob(tx, jobId)
}

/** A job by its id; refuses an unknown one. */
export async function getBulkJob(db: Kysely<ChannelDb>, jobId: string): Promise<BulkJob> {
  const job = await findBulkJob(db, checkedId(jobId))
  if (job) return job
  throw refusal('BULK_JOB_UNKNOWN', {
    message: `there is no job "${shownValue(jobId)}"`,
    field: 'job_id',
    value: shownValue(jobId),
  })
}

/** Postgres takes no text with a NUL in it. */
function checkedId(id: string): string {
  return id.replaceAll('\u0000', '')
}
