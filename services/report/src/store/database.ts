import type { PlatformTables } from '@lockstep/postgres/platform-tables'
import type { Generated } from 'kysely'

import type { ReportState } from '../domain/report.ts'

/** A report; the row is its own work order: due at next_check_at. */
export interface ReportTable {
  id: string
  account_id: string
  marketplace_id: string
  report_type: string
  state: ReportState
  requested_at: Date
  state_at: Date
  row_count: Generated<number>
  lost_row_count: Generated<number>
  reason: Generated<string>
  channel_report_id: Generated<string>
  document_id: Generated<string>
  columns: Generated<string[]>
  checks: Generated<number>
  next_check_at: Date | null
  claimed_by: string | null
  claimed_until: Date | null
  claim_attempts: Generated<number>
}

/** A parsed row. */
export interface ReportRowTable {
  report_id: string
  number: number
  cells: string[]
  lost_characters: boolean
}

/** The database of this service. */
export interface ReportDb extends PlatformTables {
  report: ReportTable
  report_row: ReportRowTable
}
