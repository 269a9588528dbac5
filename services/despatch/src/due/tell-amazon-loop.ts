import { type ClaimLoop, startClaimLoop } from '@lockstep/postgres/claim-loop'
import type { Logger } from 'pino'

import { tellAmazon, type TellAmazonDeps } from '../commands/tell-amazon.ts'

const AT_ONCE = 4
const POLL_MS = 1_000

/** Works through despatches that are due. A killed worker's despatch is taken over within the lease, and asked about first. */
export function startTellAmazonLoop(deps: TellAmazonDeps & { log: Logger }): ClaimLoop {
  return startClaimLoop<{ id: string }>({
    db: deps.db,
    log: deps.log,
    name: 'tell-amazon',
    table: 'despatch',
    dueColumn: 'next_attempt_at',
    claimColumns: { owner: 'claimed_by', until: 'claimed_until', attempts: 'claim_attempts' },
    concurrency: AT_ONCE,
    pollMs: POLL_MS,
    run: (row, signal) => tellAmazon(deps, row.id, signal),
  })
}
