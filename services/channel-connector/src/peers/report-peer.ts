import {
  type ReportServiceClient,
  ReportState,
} from '@lockstep/contracts/generated/lockstep/report/v1/report_service.ts'
import { call, callStream } from '@lockstep/rpc/client'
import type { RequestedReport } from '../commands/refresh-listings.ts'
import type { ReportPiece } from '../commands/take-in-listings.ts'
import { reportStateWord } from './report-state-word.ts'

const requestTimeoutMs = 10_000
const streamTimeoutMs = 300_000

/** Asks the report service for a report; a repeat with the same key is the same request. */
export async function requestReport(
  client: ReportServiceClient,
  wanted: { accountId: string; reportType: string; idempotencyKey: string },
  { signal }: { signal: AbortSignal },
): Promise<RequestedReport> {
  const { report, alreadyUnderWay } = await call(client, 'requestReport', wanted, {
    timeoutMs: requestTimeoutMs,
    signal,
  })
  return {
    reportId: report?.id ?? '',
    state: reportStateWord(report?.state ?? ReportState.SUBMITTED) ?? 'Submitted',
    stateAt: report?.stateAt ?? report?.requestedAt ?? new Date(),
    isUnderWay: alreadyUnderWay,
  }
}

/** The rows of a processed report, in the document's order. */
export function streamRows(
  client: ReportServiceClient,
  reportId: string,
  { signal }: { signal: AbortSignal },
): AsyncIterable<ReportPiece> {
  const settings = { timeoutMs: streamTimeoutMs, signal, readOnly: true } as const
  return callStream(client, 'streamRows', { reportId, afterRow: 0n }, settings)
}
