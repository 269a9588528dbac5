import { type ClaimLoop, startClaimLoop } from '@lockstep/postgres/claim-loop'
import type { Logger } from '@lockstep/telemetry/logger'

import { type SweepDeps, sweepListings } from '../commands/sweep-listings.ts'
import type { ClaimedSweep } from '../store/listing-sweeps.ts'

/** Reads every linked listing in turn, each connection by one process at a time, with the read tokens that nobody else wants. */
export function startListingSweepDue(deps: SweepDeps & { log: Logger }): ClaimLoop {
  return startClaimLoop<ClaimedSweep>({
    db: deps.db,
    log: deps.log,
    name: 'listing-sweep',
    table: 'listing_sweep',
    idColumn: 'connection_id',
    concurrency: 4,
    pollMs: 1_000,
    run: (sweep, signal) => sweepListings(deps, sweep, signal),
  })
}
