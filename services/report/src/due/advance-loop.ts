import { type ClaimLoop, startClaimLoop } from '@lockstep/postgres/claim-loop'
import type { Logger } from 'pino'

import { advanceReport, type AdvanceDeps } from '../commands/advance-report.ts'

const AT_ONCE = 2
const POLL_MS = 500

/** Works through reports that are due; a killed worker's report is taken over within the lease and goes on at its step. */
export function startAdvanceLoop(deps: AdvanceDeps & { log: Logger }): ClaimLoop {
  return startClaimLoop<{ id: string }>({
    db: deps.db,
    log: deps.log,
    name: 'advance-report',
    table: 'report',
    dueColumn: 'next_check_at',
    claimColumns: { owner: 'claimed_by', until: 'claimed_until', attempts: 'claim_attempts' },
    concurrency: AT_ONCE,
    pollMs: POLL_MS,
    run: (row, signal) => advanceReport(deps, row.id, signal),
  })
}
