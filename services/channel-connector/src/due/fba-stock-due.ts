import { type ClaimLoop, startClaimLoop } from '@lockstep/postgres/claim-loop'
import { readFbaStock, type ReadFbaStockDeps } from '../commands/read-fba-stock.ts'
import type { ClaimedFbaRead } from '../store/fba-stock.ts'

/** Reads what Amazon keeps, each account by one process at a time. */
export function startFbaStockDue(deps: ReadFbaStockDeps): ClaimLoop {
  return startClaimLoop<ClaimedFbaRead>({
    db: deps.db,
    log: deps.log,
    name: 'fba-stock',
    table: 'fba_read',
    idColumn: 'account_id',
    concurrency: 2,
    pollMs: 1_000,
    run: (read, signal) => readFbaStock(deps, read, signal),
  })
}
