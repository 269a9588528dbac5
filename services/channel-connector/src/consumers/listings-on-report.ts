import { type Consumer, UnprocessableMessageError } from '@lockstep/bus/consumer'
import { ReportEvent } from '@lockstep/contracts/generated/lockstep/report/v1/report_events.ts'
import type { Report } from '@lockstep/contracts/generated/lockstep/report/v1/report_service.ts'
import { subjects } from '@lockstep/contracts/subjects'
import {
  ReportUnreadableError,
  type ReportPiece,
  takeInListings,
  type TakeInListingsDeps,
} from '../commands/take-in-listings.ts'
import { listingsReportType } from '../domain/report-state.ts'
import { countReportRows } from '../metrics.ts'
import { reportStateWord } from '../peers/report-state-word.ts'
import { findAccount } from '../store/accounts.ts'
import { saveListingsReportState } from '../store/listings-reports.ts'

/** What hearing of reports needs. */
export interface ListingsOnReportDeps extends TakeInListingsDeps {
  /** The rows of a processed report, in order. */
  streamRows(reportId: string, context: { signal: AbortSignal }): AsyncIterable<ReportPiece>
}

/** Keeps each account's listings and the words about its report in step with the reports that come in. */
export function listingsOnReport(deps: ListingsOnReportDeps): Consumer<ReportEvent> {
  return {
    durable: 'channel-connector-listings-on-report',
    filter: subjects.report.all,
    decode: (data) => ReportEvent.decode(data),
    // A catalogue of a hundred thousand listings takes half a minute.
    handlerTimeoutMs: 300_000,
    handle: async ({ report }, context) => {
      if (!report) throw new UnprocessableMessageError('the event names no report')
      if (report.reportType === listingsReportType) await takeInReport(deps, report, context)
    },
  }
}

async function takeInReport(
  deps: ListingsOnReportDeps,
  report: Report,
  context: { signal: AbortSignal },
): Promise<void> {
  const state = reportStateWord(report.state)
  const account = await findAccount(deps.db, report.accountId)
  if (state === undefined || !account)
    throw new UnprocessableMessageError('a report of an account or state not known here')
  const at = report.stateAt ?? report.requestedAt ?? new Date()
  if (state !== 'Processed') return saveListingsReportState(deps.db, { accountId: account.id, state, at })

  try {
    const requestedAt = report.requestedAt ?? at
    const pieces = deps.streamRows(report.id, context)
    const { taken, skippedLost } = await takeInListings(deps, { reportId: report.id, account, requestedAt, pieces })
    countReportRows('taken', taken)
    countReportRows('lost', skippedLost)
    deps.log.info(
      { account_id: account.id, report_id: report.id, taken, skipped: skippedLost },
      'listings report taken in',
    )
  } catch (error) {
    if (!(error instanceof ReportUnreadableError)) throw error
    await saveListingsReportState(deps.db, { accountId: account.id, state: 'Failed', at })
    throw new UnprocessableMessageError(error.message, { cause: error })
  }
  return saveListingsReportState(deps.db, { accountId: account.id, state, at })
}
