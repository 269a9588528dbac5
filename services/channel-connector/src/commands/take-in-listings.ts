import type { Logger } from '@lockstep/telemetry/logger'
import { findMarketplace } from '@lockstep/sp-api/marketplaces'
import { findColumns, readRow, type ReportedListing, type RowRules } from '../domain/listings-report.ts'
import type { Account } from '../store/accounts.ts'
import { saveListings, type SaveListingsDeps, skuProblemOf } from './save-listings.ts'

/** A piece of a report's rows, as the report service hands them over. */
export interface ReportPiece {
  /** Only in the first piece. */
  columns: readonly string[]
  rows: readonly { cells: readonly string[] }[]
}

/** A processed listings report. */
export interface ListingsReport {
  reportId: string
  account: Account
  /** When it was asked for: an older report changes nothing that a newer one said. */
  requestedAt: Date
  pieces: AsyncIterable<ReportPiece>
}

/** What taking a report in needs. */
export interface TakeInListingsDeps extends SaveListingsDeps {
  log: Logger
}

/** What became of the rows. */
export interface TakenIn {
  taken: number
  /** SKUs that lost characters on their way: nobody can tell which listing they name. */
  skippedLost: number
}

/** The report has no columns that tell its listings apart. */
export class ReportUnreadableError extends Error {
  override name = 'ReportUnreadableError'
}

const sliceRows = 500

/**
 * Brings the account's listings up to date with a report, slice by slice, each in a transaction of its own. Safe to repeat and to break off.
 * What a report leaves out stays as it is: absence never unlinks and never zeroes.
 */
export async function takeInListings(deps: TakeInListingsDeps, report: ListingsReport): Promise<TakenIn> {
  const counts: TakenIn = { taken: 0, skippedLost: 0 }
  const source = { account: report.account, reference: report.reportId, reportedAt: report.requestedAt }
  let rules: RowRules | undefined
  for await (const piece of report.pieces) {
    rules ??= rulesFor(report, piece.columns)
    for (let first = 0; first < piece.rows.length; first += sliceRows) {
      const listings = readSlice(piece.rows.slice(first, first + sliceRows), rules, counts)
      await saveListings(deps, source, listings)
    }
  }
  if (counts.skippedLost > 0) {
    const facts = { account_id: report.account.id, report_id: report.reportId, rows: counts.skippedLost }
    deps.log.warn(facts, 'rows of a listings report skipped: their SKU lost characters')
  }
  return counts
}

function rulesFor({ reportId, account }: ListingsReport, header: readonly string[]): RowRules {
  const columns = findColumns(header)
  if (!columns) throw new ReportUnreadableError(`report ${reportId} has no seller-sku or no fulfillment-channel column`)
  const digits = findMarketplace(account.marketplaceId)?.currencyDigits ?? 2
  return { columns, currencyDigits: digits, skuProblemOf }
}

/** The listings of a slice, each SKU once: the last row of a SKU counts. */
function readSlice(rows: readonly { cells: readonly string[] }[], rules: RowRules, counts: TakenIn): ReportedListing[] {
  const listings = new Map<string, ReportedListing>()
  for (const { cells } of rows) {
    const listing = readRow(cells, rules)
    if (listing === 'lost') counts.skippedLost += 1
    else if (listing !== 'empty') listings.set(listing.channelSku, listing)
  }
  counts.taken += listings.size
  return [...listings.values()]
}
