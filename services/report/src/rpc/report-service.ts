import { generalReasons, reportReasons } from '@lockstep/contracts/reasons'
import {
  type GetReportResponse,
  type ListReportsRequest,
  type ListReportsResponse,
  ReportServiceService,
  RequestReportRequest,
  type RequestReportResponse,
  type StreamRowsRequest,
  type StreamRowsResponse,
} from '@lockstep/contracts/generated/lockstep/report/v1/report_service.ts'
import { serverStream, unary } from '@lockstep/rpc/handler'
import { refusal } from '@lockstep/rpc/refusal'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'

import { requestReport, type RequestReportDeps } from '../commands/request-report.ts'
import type { Report } from '../domain/report.ts'
import { reportMessage } from '../events/report-events.ts'
import { PeerUnavailableError } from '../peers/channel-peer.ts'
import { readPage, tokenAfter } from '../queries/page.ts'
import { readColumns, readRows } from '../store/report-rows.ts'
import { findReport, listReports } from '../store/reports.ts'

const reasons = { ...generalReasons, ...reportReasons }

/** What the handlers work with. */
export interface HandlerDeps extends RequestReportDeps {
  /** Called after a report was asked for, so that Amazon is asked at once. */
  readonly requested: () => void
}

/** Binds the contract to the commands and queries of this service. */
export function reportServiceBinding(deps: HandlerDeps): ServiceBinding {
  return serviceBinding(ReportServiceService, {
    requestReport: unary((request) => handleRequestReport(deps, request)),
    getReport: unary((request) => handleGetReport(deps, request.reportId)),
    listReports: unary((request) => handleListReports(deps, request)),
    streamRows: serverStream((request) => handleStreamRows(deps, request)),
  })
}

async function handleRequestReport(deps: HandlerDeps, request: RequestReportRequest): Promise<RequestReportResponse> {
  const result = await requestReport(deps, {
    idempotencyKey: request.idempotencyKey,
    request: RequestReportRequest.encode(request).finish(),
    accountId: request.accountId,
    reportType: request.reportType,
  }).catch(unavailable)
  if (result.kind === 'refused') throw refusal(reasons, result.reason, result)
  deps.requested()
  return { report: reportMessage(result.report), alreadyUnderWay: result.alreadyUnderWay }
}

function unavailable(error: unknown): never {
  if (!(error instanceof PeerUnavailableError)) throw error
  throw refusal(reasons, 'PEER_UNAVAILABLE', { message: `${error.message}, so nothing was requested` })
}

async function reportOrRefuse(deps: HandlerDeps, reportId: string): Promise<Report> {
  const report = await findReport(deps.db, reportId)
  if (report) return report
  throw refusal(reasons, 'REPORT_UNKNOWN', {
    message: `there is no report "${reportId}"`,
    field: 'report_id',
    value: reportId,
  })
}

async function handleGetReport(deps: HandlerDeps, reportId: string): Promise<GetReportResponse> {
  return { report: reportMessage(await reportOrRefuse(deps, reportId)) }
}

async function handleListReports({ db }: HandlerDeps, request: ListReportsRequest): Promise<ListReportsResponse> {
  const page = readPage(request.page)
  if (!page)
    throw refusal(reasons, 'PAGE_INVALID', {
      message: 'the page cannot be read',
      field: 'page',
      value: request.page?.token ?? '',
    })
  const { accountId, reportType } = request
  const found = await listReports(db, { accountId, reportType, ...page, limit: page.limit + 1 })
  const shown = found.slice(0, page.limit)
  const last = shown.at(-1)
  return { reports: shown.map(reportMessage), nextPageToken: found.length > page.limit && last ? tokenAfter(last) : '' }
}

const PIECE_ROWS = 500

async function* handleStreamRows(deps: HandlerDeps, request: StreamRowsRequest): AsyncGenerator<StreamRowsResponse> {
  const report = await reportOrRefuse(deps, request.reportId)
  if (report.state !== 'processed') {
    throw refusal(reasons, 'REPORT_NOT_READY', {
      message: `report ${report.id} is ${report.state}`,
      field: 'report_id',
      value: report.id,
    })
  }
  yield { columns: [...(await readColumns(deps.db, report.id))], rows: [] }
  let after = Number(request.afterRow)
  for (;;) {
    const rows = await readRows(deps.db, { reportId: report.id, after, limit: PIECE_ROWS })
    if (rows.length === 0) return
    yield { columns: [], rows: rows.map((row) => ({ ...row, number: BigInt(row.number), cells: [...row.cells] })) }
    after = rows.at(-1)?.number ?? after
  }
}
