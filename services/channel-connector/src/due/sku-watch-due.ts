import { type ClaimLoop, startClaimLoop } from '@lockstep/postgres/claim-loop'
import type { Logger } from '@lockstep/telemetry/logger'

import { type WatchDeps, watchSkus } from '../commands/watch-skus.ts'
import type { ClaimedWatch } from '../store/sku-watches.ts'

/** Watches the most exposed SKUs, each connection by one process at a time. */
export function startSkuWatchDue(deps: WatchDeps & { log: Logger }): ClaimLoop {
  return startClaimLoop<ClaimedWatch>({
    db: deps.db,
    log: deps.log,
    name: 'sku-watch',
    table: 'sku_watch',
    idColumn: 'connection_id',
    concurrency: 4,
    pollMs: 500,
    run: (watch, signal) => watchSkus(deps, watch, signal),
  })
}
