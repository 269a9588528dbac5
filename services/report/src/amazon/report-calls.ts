import {
  CallOutcome,
  type GatewayServiceClient,
} from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import { callThroughGateway, type GatewayReply } from '@lockstep/sp-api/gateway'
import type { DescribedCall } from '@lockstep/sp-api/call'
import {
  createReportCall,
  getReportCall,
  getReportDocumentCall,
  readCreatedReport,
  readReport,
  readReportDocument,
  type ReportDocument,
  type ReportProgress,
} from '@lockstep/sp-api/reports'

import type { Report } from '../domain/report.ts'

/** What came of one call about a report. */
export type ReportReply<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  /** Another try later may do; `retryAt` when it is known. */
  | { readonly kind: 'later'; readonly detail: string; readonly retryAt: Date | undefined }
  /** No later try will do. */
  | { readonly kind: 'refused'; readonly detail: string }

/** Amazon's report calls, each through the gateway. */
export interface ReportCalls {
  createReport(report: Report, signal: AbortSignal): Promise<ReportReply<string>>
  getReport(report: Report, signal: AbortSignal): Promise<ReportReply<ReportProgress>>
  getDocument(report: Report, signal: AbortSignal): Promise<ReportReply<ReportDocument>>
}

const TOKEN_WAIT_MS = 2_000

/** Ties the calls to the gateway. */
export function reportCalls(gateway: GatewayServiceClient): ReportCalls {
  const ask = (report: Report, call: DescribedCall, signal: AbortSignal): Promise<GatewayReply> =>
    callThroughGateway(gateway, {
      accountId: report.accountId,
      call,
      tokenWaitMs: TOKEN_WAIT_MS,
      readOnly: false,
      signal,
    })
  return {
    createReport: async (report, signal) => {
      const call = createReportCall({ reportType: report.reportType, marketplaceIds: [report.marketplaceId] })
      return readReply(await ask(report, call, signal), readCreatedReport)
    },
    getReport: async (report, signal) =>
      readReply(await ask(report, getReportCall(report.channelReportId), signal), readReport),
    getDocument: async (report, signal) =>
      readReply(await ask(report, getReportDocumentCall(report.documentId), signal), readReportDocument),
  }
}

const nothingElseWillDo = new Set<CallOutcome>([CallOutcome.INVALID_DATA, CallOutcome.NOT_FOUND, CallOutcome.DENIED])

/** What a reply means for the report; a body that cannot be read is asked for again. */
export function readReply<Value>(
  reply: GatewayReply,
  read: (body: Uint8Array) => Value | undefined,
): ReportReply<Value> {
  if (reply.kind !== 'answered') {
    return { kind: 'later', detail: reply.detail, retryAt: reply.kind === 'no_token' ? reply.retryAt : undefined }
  }
  const { outcome, body } = reply.answer
  if (nothingElseWillDo.has(outcome)) return { kind: 'refused', detail: reply.detail }
  if (outcome !== CallOutcome.ACCEPTED) return { kind: 'later', detail: reply.detail, retryAt: undefined }
  const value = read(body)
  if (value === undefined)
    return { kind: 'later', detail: 'Amazon answered with something that cannot be read', retryAt: undefined }
  return { kind: 'done', value }
}
