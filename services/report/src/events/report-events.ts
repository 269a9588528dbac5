import type { Ids } from '@lockstep/contracts/ids'
import { subjects } from '@lockstep/contracts/subjects'
import { ReportEvent } from '@lockstep/contracts/generated/lockstep/report/v1/report_events.ts'
import {
  Report as ReportMessage,
  ReportState as StateMessage,
} from '@lockstep/contracts/generated/lockstep/report/v1/report_service.ts'
import { enqueue } from '@lockstep/postgres/outbox'
import type { Transaction } from 'kysely'

import type { Report, ReportState } from '../domain/report.ts'
import type { ReportDb } from '../store/database.ts'

const states: Readonly<Record<ReportState, StateMessage>> = {
  submitted: StateMessage.SUBMITTED,
  available: StateMessage.AVAILABLE,
  processed: StateMessage.PROCESSED,
  failed: StateMessage.FAILED,
}

/** A report as the contract shows it. */
export function reportMessage(report: Report): ReportMessage {
  return ReportMessage.fromPartial({
    id: report.id,
    accountId: report.accountId,
    reportType: report.reportType,
    state: states[report.state],
    requestedAt: report.requestedAt,
    stateAt: report.stateAt,
    rows: BigInt(report.rows),
    rowsWithLostCharacters: BigInt(report.rowsWithLostCharacters),
    reason: report.reason,
    channelReportId: report.channelReportId,
    ...(report.nextCheckAt && { nextCheckAt: report.nextCheckAt }),
  })
}

/** Announces that a report got to a new state, with the transaction that brought it there. */
export async function announce(
  tx: Transaction<ReportDb>,
  ids: Ids,
  { verb, report }: { verb: Exclude<ReportState, 'submitted'>; report: Report },
): Promise<void> {
  const event = ReportEvent.fromPartial({ report: reportMessage(report), at: report.stateAt })
  const subject = subjects.report[verb](report.accountId, report.id)
  await enqueue(tx, { id: ids.next('evt'), subject, payload: ReportEvent.toJSON(event) })
}
