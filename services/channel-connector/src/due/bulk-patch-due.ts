import { type ClaimLoop, startClaimLoop } from '@lockstep/postgres/claim-loop'
import type { Logger } from '@lockstep/telemetry/logger'

import { type PatchDeps, patchLines } from '../commands/patch-lines.ts'
import { setNextPatch } from '../store/patch-lines.ts'

const jobsAtOnce = 8

/** Patches what of running jobs goes out line by line; each job by one worker at a time across all replicas. */
export function startBulkPatchDue(deps: PatchDeps & { log: Logger }): ClaimLoop {
  return startClaimLoop<{ id: string; claimed_by: string | null }>({
    db: deps.db,
    log: deps.log,
    name: 'bulk-patch',
    table: 'bulk_job',
    concurrency: jobsAtOnce,
    pollMs: 1_000,
    async run({ id, claimed_by: token }, signal) {
      const nextAt = await patchLines(deps, id, signal)
      await setNextPatch(deps.db, id, { token, nextAt })
    },
  })
}
