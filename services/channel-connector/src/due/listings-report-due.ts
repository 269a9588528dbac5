import { type ClaimLoop, startClaimLoop } from '@lockstep/postgres/claim-loop'
import type { Logger } from '@lockstep/telemetry/logger'
import { refusalOf } from '@lockstep/rpc/refusal'
import { type RefreshListingsDeps, requestListingsReport } from '../commands/refresh-listings.ts'
import { postponeListingsReport } from '../store/listings-reports.ts'

/** The columns of an account's row that a claim needs. */
interface DueAccount {
  id: string
  listings_report_due_at: Date
}

/** What the daily listings reports need. */
export interface ListingsReportDueDeps extends Omit<RefreshListingsDeps, 'poke'> {
  log: Logger
  listingsReportEveryMs: number
}

const afterRefusalMs = 15 * 60_000

/** Asks for a listings report of every account that is on and has credentials: once when it is new, then once a day. */
export function startListingsReportDue(deps: ListingsReportDueDeps): ClaimLoop {
  return startClaimLoop<DueAccount>({
    db: deps.db,
    log: deps.log,
    name: 'listings-report',
    table: 'account',
    dueColumn: 'listings_report_due_at',
    concurrency: 2,
    pollMs: 1_000,
    run: (account, signal) => askForReport(deps, account, signal),
  })
}

async function askForReport(deps: ListingsReportDueDeps, account: DueAccount, signal: AbortSignal): Promise<void> {
  // One key per due time: a worker that takes over asks for the same report, not for a second one.
  const idempotencyKey = `listings-${account.id}-${account.listings_report_due_at.getTime()}`
  try {
    await requestListingsReport(deps, { accountId: account.id, idempotencyKey }, { signal })
  } catch (error) {
    const no = refusalOf(error)
    if (!no) throw error
    deps.log.info({ account_id: account.id, reason: no.reason }, 'listings report refused')
    await postponeListingsReport(deps.db, account.id, afterRefusalMs)
    return
  }
  await postponeListingsReport(deps.db, account.id, spread(deps.listingsReportEveryMs))
}

/** ±10 %, so that the accounts of one connection do not all ask at once. */
function spread(ms: number): number {
  return ms * (0.9 + 0.2 * Math.random())
}
