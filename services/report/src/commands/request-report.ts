import type { Clock } from '@lockstep/contracts/clock'
import type { Ids } from '@lockstep/contracts/ids'
import type { ReportReason } from '@lockstep/contracts/reasons'
import { answerOnce } from '@lockstep/postgres/idempotency'
import type { Kysely, Transaction } from 'kysely'

import { type Report, reportTypes } from '../domain/report.ts'
import type { ReportDb } from '../store/database.ts'
import { findReport, findUnderWay, insertReport } from '../store/reports.ts'

/** What this service needs to know of an account. */
export interface AccountRead {
  readonly enabled: boolean
  readonly marketplaceId: string
}

/** What asking for a report works with. */
export interface RequestReportDeps {
  readonly db: Kysely<ReportDb>
  readonly clock: Clock
  readonly ids: Ids
  /** Reads the account now. Undefined when there is none. */
  readAccount(accountId: string): Promise<AccountRead | undefined>
}

/** The command. */
export interface RequestReport {
  readonly idempotencyKey: string
  readonly request: Uint8Array
  readonly accountId: string
  readonly reportType: string
}

/** The report, or why there is none. */
export type RequestResult =
  | { readonly kind: 'requested'; readonly report: Report; readonly alreadyUnderWay: boolean }
  | {
      readonly kind: 'refused'
      readonly reason: ReportReason
      readonly message: string
      readonly field: string
      readonly value: string
    }

/** Asks for a report. While one of the same type and account is under way, that one is the answer: a second would only cost tokens. */
export async function requestReport(deps: RequestReportDeps, command: RequestReport): Promise<RequestResult> {
  const { accountId, reportType } = command
  if (!Object.hasOwn(reportTypes, reportType)) {
    return refused('REPORT_TYPE_UNKNOWN', {
      message: `"${reportType}" is not a report type that is read`,
      field: 'report_type',
      value: reportType,
    })
  }
  const account = await deps.readAccount(accountId)
  if (!account)
    return refused('ACCOUNT_UNKNOWN', {
      message: `there is no account "${accountId}"`,
      field: 'account_id',
      value: accountId,
    })
  if (!account.enabled)
    return refused('ACCOUNT_DISABLED', {
      message: `account ${accountId} is off`,
      field: 'account_id',
      value: accountId,
    })
  const answer = await deps.db
    .transaction()
    .execute((tx) =>
      answerOnce(tx, { key: command.idempotencyKey, method: 'RequestReport', request: command.request }, () =>
        beginReport(tx, deps, { accountId, reportType, marketplaceId: account.marketplaceId }),
      ),
    )
  const report = await findReport(deps.db, answer.reportId)
  if (!report) throw new Error(`report ${answer.reportId} is gone`)
  return { kind: 'requested', report, alreadyUnderWay: answer.alreadyUnderWay }
}

type Wanted = Pick<Report, 'accountId' | 'reportType' | 'marketplaceId'>

async function beginReport(
  tx: Transaction<ReportDb>,
  { clock, ids }: RequestReportDeps,
  wanted: Wanted,
): Promise<{ reportId: string; alreadyUnderWay: boolean }> {
  const now = clock.now()
  const report: Report = {
    ...wanted,
    id: ids.next('rpt'),
    state: 'submitted',
    requestedAt: now,
    stateAt: now,
    rows: 0,
    rowsWithLostCharacters: 0,
    reason: '',
    channelReportId: '',
    documentId: '',
    nextCheckAt: now,
    checks: 0,
  }
  if (await insertReport(tx, report)) return { reportId: report.id, alreadyUnderWay: false }
  const underWay = await findUnderWay(tx, wanted.accountId, wanted.reportType)
  // The one that was in the way has just ended: asking again is the caller's choice.
  if (!underWay) throw new Error(`a report of ${wanted.reportType} ended at this moment`)
  return { reportId: underWay.id, alreadyUnderWay: true }
}

const refused = (reason: ReportReason, facts: { message: string; field: string; value: string }): RequestResult => ({
  kind: 'refused',
  reason,
  ...facts,
})
