import type { Kysely } from 'kysely'
import { listingsReportType, refreshMessage, type ReportStateWord } from '../domain/report-state.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { makeLookDue } from '../store/listing-looks.ts'
import { saveListingsReportState } from '../store/listings-reports.ts'
import { refuseWithoutCredentials } from './account-credentials.ts'
import { getAccount } from './get-account.ts'
import { refusal } from './refuse.ts'

/** A report as the report service described it. */
export interface RequestedReport {
  reportId: string
  state: ReportStateWord
  stateAt: Date
  isUnderWay: boolean
}

/** What asking for a listings report needs. */
export interface RefreshListingsDeps {
  db: Kysely<ChannelDb>
  /** Wakes who looks through the listings. */
  poke(): void
  /** Asks the report service; a repeat with the same key is the same request. */
  requestReport(
    wanted: { accountId: string; reportType: string; idempotencyKey: string },
    context: { signal: AbortSignal },
  ): Promise<RequestedReport>
}

/** Asks Amazon for a fresh listings report of an account, or answers the one that is under way. */
export async function refreshListings(
  deps: RefreshListingsDeps,
  command: { account: string; idempotencyKey: string },
  context: { signal: AbortSignal },
): Promise<{ reportId: string; state: string; message: string }> {
  const account = await getAccount(deps.db, command.account)
  refuseWhenOff(account)
  refuseWithoutCredentials(account)
  const report = await requestListingsReport(deps, { accountId: account.id, ...command }, context)
  await makeLookDue(deps.db, account.id)
  deps.poke()
  return { reportId: report.reportId, state: report.state, message: refreshMessage(report.state, report.isUnderWay) }
}

/** Asks for the report and notes on the account how it stands. */
export async function requestListingsReport(
  deps: Omit<RefreshListingsDeps, 'poke'>,
  wanted: { accountId: string; idempotencyKey: string },
  context: { signal: AbortSignal },
): Promise<RequestedReport> {
  const { accountId, idempotencyKey } = wanted
  const report = await deps.requestReport({ accountId, idempotencyKey, reportType: listingsReportType }, context)
  await saveListingsReportState(deps.db, { accountId, state: report.state, at: report.stateAt })
  return report
}

function refuseWhenOff(account: Account): void {
  if (account.enabled) return
  const message = `${account.name} is switched off: nothing is fetched for it`
  throw refusal('ACCOUNT_DISABLED', { message, field: 'account', value: account.name })
}
