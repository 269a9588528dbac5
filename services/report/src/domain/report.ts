/** Where a report stands, in the words its users see. */
export type ReportState = 'submitted' | 'available' | 'processed' | 'failed'

/** A report that was asked for. */
export interface Report {
  readonly id: string
  readonly accountId: string
  readonly reportType: string
  readonly marketplaceId: string
  readonly state: ReportState
  readonly requestedAt: Date
  readonly stateAt: Date
  readonly rows: number
  readonly rowsWithLostCharacters: number
  /** Why it failed and the next step; empty otherwise. */
  readonly reason: string
  /** Amazon's id; empty before Amazon gave one. */
  readonly channelReportId: string
  /** Amazon's document; empty before the report is done. */
  readonly documentId: string
  readonly nextCheckAt: Date | undefined
  /** Looks at Amazon since it was asked for; sets the pace of the next. */
  readonly checks: number
}

/** The report types that are read, with the column that must be there. Source: SP-API, Reports 2021-06-30, report type values. */
export const reportTypes: Readonly<Record<string, { readonly keyColumn: string }>> = {
  GET_MERCHANT_LISTINGS_ALL_DATA: { keyColumn: 'seller-sku' },
}

const MINUTE_MS = 60_000

/** A report that Amazon has not made within this time will not come. */
export const GIVE_UP_MS = 6 * 60 * MINUTE_MS

/**
 * How long until Amazon is asked again: short at first, longer with every look. Amazon usually needs 10 to 15 minutes; a small shop's
 * report is there within one.
 */
export function nextCheckMs(checks: number, shortestMs: number): number {
  return Math.min(shortestMs * 2 ** Math.max(0, Math.floor(checks / 4)), 2 * MINUTE_MS)
}
