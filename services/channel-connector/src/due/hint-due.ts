import { type ClaimLoop, startClaimLoop } from '@lockstep/postgres/claim-loop'
import type { Logger } from '@lockstep/telemetry/logger'
import { followHint, type FollowHintDeps } from '../commands/follow-hint.ts'
import type { ClaimedHint } from '../store/notification-hints.ts'

const atOnce = 8

/** Follows hints that are due, any number of replicas side by side. */
export function startHintDue(deps: FollowHintDeps & { log: Logger }): ClaimLoop {
  return startClaimLoop<ClaimedHint>({
    db: deps.db,
    log: deps.log,
    name: 'notification-hint',
    table: 'notification_hint',
    concurrency: atOnce,
    pollMs: 1_000,
    run: (hint, signal) => followHint(deps, hint, signal),
  })
}
