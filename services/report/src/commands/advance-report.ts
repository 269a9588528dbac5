import type { Readable } from 'node:stream'

import type { Clock } from '@lockstep/contracts/clock'
import type { Ids } from '@lockstep/contracts/ids'
import { failpoint } from '@lockstep/postgres/failpoint'
import type { ReportDocument } from '@lockstep/sp-api/reports'
import type { Kysely } from 'kysely'

import { UnknownCharsetError } from '../amazon/download.ts'
import type { ReportCalls, ReportReply } from '../amazon/report-calls.ts'
import { parseRows, UnknownLayoutError } from '../domain/parse-rows.ts'
import { GIVE_UP_MS, nextCheckMs, type Report, reportTypes } from '../domain/report.ts'
import { announce } from '../events/report-events.ts'
import { countReport } from '../metrics.ts'
import type { ReportDb } from '../store/database.ts'
import { addRows, clearRows } from '../store/report-rows.ts'
import { changeReport, findReport, type ReportChange } from '../store/reports.ts'

/** What bringing a report in works with. */
export interface AdvanceDeps extends ReportCalls {
  readonly db: Kysely<ReportDb>
  readonly clock: Clock
  readonly ids: Ids
  readonly shortestCheckMs: number
  /** Called after something was announced, so that it leaves at once. */
  readonly announced: () => void
  openDocument(place: ReportDocument, signal: AbortSignal): Promise<Readable>
}

const PIECE_ROWS = 1000

/**
 * Takes a report one step further: asks Amazon for it, looks whether it is there, or fetches it. Each step is committed, so a killed process's report
 * goes on where it was. A request whose outcome is unknown is made again: a second report changes nothing at Amazon.
 */
export async function advanceReport(deps: AdvanceDeps, reportId: string, signal: AbortSignal): Promise<void> {
  const report = await findReport(deps.db, reportId)
  if (!report || report.state === 'processed' || report.state === 'failed') return
  if (deps.clock.now().getTime() - report.requestedAt.getTime() > GIVE_UP_MS) {
    return fail(deps, report, 'Amazon has not made it in 6 hours: request it again')
  }
  if (report.state === 'available') return fetchReport(deps, report, signal)
  if (report.channelReportId === '') return submit(deps, report, signal)
  return look(deps, report, signal)
}

async function submit(deps: AdvanceDeps, report: Report, signal: AbortSignal): Promise<void> {
  const reply = await deps.createReport(report, signal)
  failpoint('report.after-create')
  if (reply.kind !== 'done') return settle(deps, report, reply)
  await changeReport(deps.db, report.id, {
    channel_report_id: reply.value,
    next_check_at: after(deps, deps.shortestCheckMs),
    reason: '',
  })
  failpoint('report.after-submitted')
}

async function look(deps: AdvanceDeps, report: Report, signal: AbortSignal): Promise<void> {
  const reply = await deps.getReport(report, signal)
  if (reply.kind !== 'done') return settle(deps, report, reply)
  const progress = reply.value
  switch (progress.kind) {
    case 'made':
      return become(deps, report, {
        state: 'available',
        document_id: progress.documentId,
        next_check_at: deps.clock.now(),
        reason: '',
      })
    case 'cancelled':
      return fail(deps, report, 'Amazon cancelled it, which also means that there is no data for it')
    case 'fatal':
      return fail(deps, report, 'Amazon could not make it (FATAL): request it again')
    case 'being_made':
      return putOff(deps, report, '')
    default:
      return progress satisfies never
  }
}

async function fetchReport(deps: AdvanceDeps, report: Report, signal: AbortSignal): Promise<void> {
  const reply = await deps.getDocument(report, signal)
  if (reply.kind !== 'done') return settle(deps, report, reply)
  try {
    await takeIn(deps, report, await deps.openDocument(reply.value, signal))
  } catch (error) {
    if (error instanceof UnknownLayoutError || error instanceof UnknownCharsetError) {
      await clearRows(deps.db, report.id)
      return fail(deps, report, `${error.message}; nothing of it was taken in`)
    }
    signal.throwIfAborted()
    // A download that broke off is begun again with a fresh address.
    return putOff(deps, report, `the download broke off: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Stores the rows in pieces and ends in one transaction; an attempt that was cut short is begun again from nothing. */
async function takeIn(deps: AdvanceDeps, report: Report, document: Readable): Promise<void> {
  const { keyColumn } = reportTypes[report.reportType] ?? { keyColumn: '' }
  await clearRows(deps.db, report.id)
  let columns: readonly string[] = []
  let rows = 0
  let lost = 0
  for await (const piece of parseRows(document, { keyColumn, pieceRows: PIECE_ROWS })) {
    await addRows(deps.db, { reportId: report.id, first: rows + 1, rows: piece.rows })
    columns = piece.columns
    rows += piece.rows.length
    lost += piece.rows.filter((row) => row.lostCharacters).length
    failpoint('report.after-piece')
  }
  await become(deps, report, {
    state: 'processed',
    columns: [...columns],
    row_count: rows,
    lost_row_count: lost,
    next_check_at: null,
    reason: '',
  })
  failpoint('report.after-processed')
}

async function settle(
  deps: AdvanceDeps,
  report: Report,
  reply: Exclude<ReportReply<unknown>, { kind: 'done' }>,
): Promise<void> {
  if (reply.kind === 'refused') return fail(deps, report, reply.detail)
  if (!reply.retryAt) return putOff(deps, report, reply.detail)
  await changeReport(deps.db, report.id, { next_check_at: reply.retryAt, reason: reply.detail })
}

async function putOff(deps: AdvanceDeps, report: Report, reason: string): Promise<void> {
  const wait = nextCheckMs(report.checks, deps.shortestCheckMs)
  await changeReport(deps.db, report.id, { checks: report.checks + 1, next_check_at: after(deps, wait), reason })
}

const fail = (deps: AdvanceDeps, report: Report, reason: string): Promise<void> =>
  become(deps, report, { state: 'failed', reason, next_check_at: null })

async function become(
  deps: AdvanceDeps,
  report: Report,
  change: ReportChange & { state: 'available' | 'processed' | 'failed' },
): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const changed = await changeReport(tx, report.id, { ...change, state_at: deps.clock.now() })
    await announce(tx, deps.ids, { verb: change.state, report: changed })
  })
  countReport(change.state)
  deps.announced()
}

const after = ({ clock }: AdvanceDeps, waitMs: number): Date => new Date(clock.now().getTime() + waitMs)
