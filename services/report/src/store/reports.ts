import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'

import type { Report } from '../domain/report.ts'
import type { ReportDb, ReportTable } from './database.ts'

/** Stores a new report unless one of its kind is under way; false then. */
export async function insertReport(tx: Transaction<ReportDb>, report: Report): Promise<boolean> {
  const result = await tx
    .insertInto('report')
    .values({
      id: report.id,
      account_id: report.accountId,
      marketplace_id: report.marketplaceId,
      report_type: report.reportType,
      state: report.state,
      requested_at: report.requestedAt,
      state_at: report.stateAt,
      next_check_at: report.nextCheckAt ?? null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** The report of this kind that is under way, or undefined. */
export async function findUnderWay(
  db: Kysely<ReportDb>,
  accountId: string,
  reportType: string,
): Promise<Report | undefined> {
  const row = await db
    .selectFrom('report')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('report_type', '=', reportType)
    .where('state', 'in', ['submitted', 'available'])
    .executeTakeFirst()
  return row && reportOf(row)
}

/** One report, or undefined. */
export async function findReport(db: Kysely<ReportDb>, id: string): Promise<Report | undefined> {
  const row = await db.selectFrom('report').selectAll().where('id', '=', id).executeTakeFirst()
  return row && reportOf(row)
}

/** Which reports, and after which one of the last page. */
export interface ReportPage {
  readonly accountId: string
  readonly reportType: string
  readonly limit: number
  readonly after: { readonly requestedAt: Date; readonly id: string } | undefined
}

/** Reports, newest first. */
export async function listReports(db: Kysely<ReportDb>, page: ReportPage): Promise<Report[]> {
  let query = db.selectFrom('report').selectAll()
  if (page.accountId !== '') query = query.where('account_id', '=', page.accountId)
  if (page.reportType !== '') query = query.where('report_type', '=', page.reportType)
  const { after } = page
  if (after) query = query.where(sql<boolean>`(requested_at, id) < (${after.requestedAt}, ${after.id})`)
  const rows = await query.orderBy('requested_at', 'desc').orderBy('id', 'desc').limit(page.limit).execute()
  return rows.map(reportOf)
}

/** What a step changes of a report; what is not named stays. */
export type ReportChange = Partial<
  Pick<
    Selectable<ReportTable>,
    | 'state'
    | 'state_at'
    | 'reason'
    | 'channel_report_id'
    | 'document_id'
    | 'columns'
    | 'checks'
    | 'next_check_at'
    | 'row_count'
    | 'lost_row_count'
  >
>

/** Writes a step's changes and returns the report as it stands. Throws when it is gone. */
export async function changeReport(db: Kysely<ReportDb>, id: string, change: ReportChange): Promise<Report> {
  const row = await db.updateTable('report').set(change).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
  return reportOf(row)
}

/** Makes a report that is being waited for due now, unless it is being looked at. Answers whether one of this id is waited for. */
export async function makeReportDue(
  db: Kysely<ReportDb>,
  which: { channelReportId: string; accountIds: readonly string[] },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('report')
    .set({ next_check_at: sql`least(next_check_at, clock_timestamp())` })
    .where('channel_report_id', '=', which.channelReportId)
    .where('account_id', 'in', [...which.accountIds])
    .where('state', '=', 'submitted')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

function reportOf(row: Selectable<ReportTable>): Report {
  return {
    id: row.id,
    accountId: row.account_id,
    reportType: row.report_type,
    marketplaceId: row.marketplace_id,
    state: row.state,
    requestedAt: row.requested_at,
    stateAt: row.state_at,
    rows: row.row_count,
    rowsWithLostCharacters: row.lost_row_count,
    reason: row.reason,
    channelReportId: row.channel_report_id,
    documentId: row.document_id,
    nextCheckAt: row.next_check_at ?? undefined,
    checks: row.checks,
  }
}
