import { z } from 'zod'

import { type DescribedCall, describeCall, jsonOf } from './call.ts'
import { readReport, type ReportProgress } from './reports.ts'

// Source of every shape here: SP-API, Reports 2021-06-30.

/** Which reports to list; Amazon lists those of the last 90 days. */
export interface ReportsSearch {
  /** At most 10. */
  readonly reportTypes: readonly string[]
  /** At most 10; all when absent. */
  readonly marketplaceIds?: readonly string[]
  readonly createdSince: Date
}

/** One report as Amazon lists it. */
export interface ListedReport {
  readonly reportId: string
  readonly reportType: string
  readonly createdAt: Date
  readonly progress: ReportProgress
}

/** A page of reports, newest first. */
export interface ReportsPage {
  readonly reports: readonly ListedReport[]
  readonly nextToken: string | null
}

/** Lists reports: what to ask after a request whose outcome is unknown. */
export function getReportsCall({ reportTypes, marketplaceIds, createdSince }: ReportsSearch): DescribedCall {
  const query = { reportTypes, marketplaceIds, pageSize: '100', createdSince: createdSince.toISOString() }
  return describeCall('getReports', { query })
}

/** [T-64] The next page. Its token travels alone: it holds the first page's parameters. */
export function nextReportsCall(nextToken: string): DescribedCall {
  return describeCall('getReports', { query: { nextToken } })
}

/** Takes a report out of the queue. Refused as soon as it has been begun. */
export function cancelReportCall(reportId: string): DescribedCall {
  return describeCall('cancelReport', { path: { reportId } })
}

const ListedShape = z.object({
  reportId: z.string().min(1),
  reportType: z.string(),
  createdTime: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
})
const PageShape = z.object({ reports: z.array(z.unknown()), nextToken: z.string().nullish() })

/** A page of reports, or undefined for a body that is none. */
export function readReportsPage(body: Uint8Array): ReportsPage | undefined {
  const page = PageShape.safeParse(jsonOf(body))
  if (!page.success) return undefined
  const reports: ListedReport[] = []
  for (const raw of page.data.reports) {
    const listed = ListedShape.safeParse(raw)
    const progress = readReport(new TextEncoder().encode(JSON.stringify(raw)))
    if (!listed.success || !progress) return undefined
    const { reportId, reportType, createdTime: createdAt } = listed.data
    reports.push({ reportId, reportType, createdAt, progress })
  }
  return { reports, nextToken: page.data.nextToken || null }
}

/** How often Amazon can make a report by itself. */
export const schedulePeriods = [
  'PT5M',
  'PT15M',
  'PT30M',
  'PT1H',
  'PT2H',
  'PT4H',
  'PT8H',
  'PT12H',
  'P1D',
  'P2D',
  'P3D',
  'PT84H',
  'P7D',
  'P14D',
  'P15D',
  'P18D',
  'P30D',
  'P1M',
] as const

/** A report that Amazon makes again and again. A new one takes the place of one of the same type and marketplaces. */
export interface ReportSchedule {
  readonly reportType: string
  readonly marketplaceIds: readonly string[]
  readonly period: (typeof schedulePeriods)[number]
  readonly nextAt?: Date
}

/** Schedules a report. Repeating it ends in one schedule. */
export function createReportScheduleCall({
  reportType,
  marketplaceIds,
  period,
  nextAt,
}: ReportSchedule): DescribedCall {
  return describeCall('createReportSchedule', {
    json: { reportType, marketplaceIds, period, nextReportCreationTime: nextAt?.toISOString() },
  })
}

/** Ends a schedule. */
export function cancelReportScheduleCall(reportScheduleId: string): DescribedCall {
  return describeCall('cancelReportSchedule', { path: { reportScheduleId } })
}

/** The id of the schedule that was made, or undefined for a body that is no such reply. */
export function readCreatedSchedule(body: Uint8Array): string | undefined {
  const read = z.object({ reportScheduleId: z.string().min(1) }).safeParse(jsonOf(body))
  return read.success ? read.data.reportScheduleId : undefined
}
