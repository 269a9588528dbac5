import { type ClaimLoop, startClaimLoop } from '@lockstep/postgres/claim-loop'
import type { Logger } from '@lockstep/telemetry/logger'
import { lookThroughListings, type LookDeps } from '../commands/look-through-listings.ts'
import { findAccount } from '../store/accounts.ts'
import { type ClaimedLook, setNextLook } from '../store/listing-looks.ts'

/** What the looks through listings need. */
export interface ListingLookDueDeps extends LookDeps {
  log: Logger
}

/** Looks through the listings of accounts that are new or were asked for afresh. */
export function startListingLookDue(deps: ListingLookDueDeps): ClaimLoop {
  return startClaimLoop<ClaimedLook>({
    db: deps.db,
    log: deps.log,
    name: 'listing-look',
    table: 'listing_look',
    idColumn: 'account_id',
    concurrency: 4,
    pollMs: 1_000,
    run: (look, signal) => lookOnce(deps, look, signal),
  })
}

async function lookOnce(deps: ListingLookDueDeps, look: ClaimedLook, signal: AbortSignal): Promise<void> {
  const account = await findAccount(deps.db, look.account_id)
  if (!account?.enabled || account.connectionState === 'no_credentials') return setNextLook(deps.db, look, null)
  const end = await lookThroughListings(deps, account, signal)
  if (end.kind === 'again') {
    deps.log.info({ account_id: account.id, pause_ms: end.afterMs }, 'listings not seen yet')
    return setNextLook(deps.db, look, end.afterMs)
  }
  deps.log.info({ account_id: account.id, listings: end.listings }, 'listings seen')
  return setNextLook(deps.db, look, null)
}
