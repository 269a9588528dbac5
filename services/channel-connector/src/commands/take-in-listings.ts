import type { Ids } from '@lockstep/contracts/ids'
import type { Logger } from '@lockstep/telemetry/logger'
import { findMarketplace } from '@lockstep/sp-api/marketplaces'
import { checkChannelSku } from '@lockstep/sp-api/sku-encoding'
import type { Kysely } from 'kysely'
import { findColumns, readRow, type ReportedListing, type RowRules } from '../domain/listings-report.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { queueRecompute } from '../store/recompute.ts'
import { saveReportSlice } from '../store/report-rows.ts'

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
export interface TakeInListingsDeps {
  db: Kysely<ChannelDb>
  ids: Ids
  log: Logger
  /** Wakes the pipeline after a change was committed. */
  poke(): void
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
  let rules: RowRules | undefined
  for await (const piece of report.pieces) {
    rules ??= rulesFor(report, piece.columns)
    for (let first = 0; first < piece.rows.length; first += sliceRows) {
      const listings = readSlice(piece.rows.slice(first, first + sliceRows), rules, counts)
      if (listings.length > 0) await saveSlice(deps, report, listings)
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

function skuProblemOf(sku: string): string | null {
  const check = checkChannelSku(sku)
  return check.kind === 'good' ? null : check.detail
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

async function saveSlice(
  deps: TakeInListingsDeps,
  { account, reportId, requestedAt }: ListingsReport,
  listings: readonly ReportedListing[],
): Promise<void> {
  const touched = await deps.db.transaction().execute(async (tx) => {
    const groups = await saveReportSlice(tx, {
      accountId: account.id,
      connectionId: account.connectionId,
      marketplaceId: account.marketplaceId,
      currency: findMarketplace(account.marketplaceId)?.currency ?? '',
      reportedAt: requestedAt,
      rows: listings.map((row) => ({ ...row, listingId: deps.ids.next('lst'), groupId: deps.ids.next('grp') })),
    })
    await queueRecompute(tx, groups, { kind: 'listings_reported', reference: reportId, actor: 'system', note: '' })
    return groups.length
  })
  if (touched > 0) deps.poke()
}
