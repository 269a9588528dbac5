import { startClaimLoop, type ClaimLoop } from '@lockstep/postgres/claim-loop'
import type { Logger } from 'pino'
import { resolveLines, type ResolveDeps } from '../commands/resolve-lines.ts'

/** Asks the connector again where lines belong that were stored without their place, until it has answered. */
export function startResolutionLoop(deps: ResolveDeps & { log: Logger }): ClaimLoop {
  return startClaimLoop<{ connection_id: string; claimed_by: string | null }>({
    db: deps.db,
    log: deps.log,
    name: 'resolution',
    table: 'resolution_due',
    idColumn: 'connection_id',
    concurrency: 2,
    pollMs: 1_000,
    run: (row, signal) => resolveLines(deps, row, signal),
  })
}
