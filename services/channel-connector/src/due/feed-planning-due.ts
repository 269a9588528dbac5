import { type ClaimLoop, startClaimLoop } from '@lockstep/postgres/claim-loop'
import type { Logger } from '@lockstep/telemetry/logger'

import { type PlanDeps, planTurn } from '../commands/plan-feeds.ts'
import { beginTerm, TermOverError } from '../store/feed-leaders.ts'

const connectionsAtOnce = 2

/** What planning in turns works with. */
export interface PlanningDeps extends PlanDeps {
  log: Logger
  /** Something may be due: feeds, patches, numbers. */
  poke(): void
}

/** Plans feeds: one leader per connection, whoever claims its row. [R20] A leader that was paused past its lease writes nothing. */
export function startFeedPlanningDue(deps: PlanningDeps): ClaimLoop {
  return startClaimLoop<{ connection_id: string; claimed_by: string | null }>({
    db: deps.db,
    log: deps.log,
    name: 'feed-planning',
    table: 'feed_leader',
    idColumn: 'connection_id',
    concurrency: connectionsAtOnce,
    pollMs: Math.min(1_000, deps.planMs),
    async run({ connection_id: connectionId, claimed_by: token }) {
      try {
        const actions = await planTurn(deps, await beginTerm(deps.db, connectionId, token ?? ''))
        if (actions.some(({ kind }) => kind !== 'wait')) deps.poke()
      } catch (error) {
        if (!(error instanceof TermOverError)) throw error
        deps.log.warn({ connection_id: connectionId }, 'another replica plans by now')
      }
    },
  })
}
