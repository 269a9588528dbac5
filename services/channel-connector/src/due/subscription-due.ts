import { type ClaimLoop, startClaimLoop } from '@lockstep/postgres/claim-loop'
import type { Logger } from '@lockstep/telemetry/logger'
import { keepSubscribed, type KeepSubscribedDeps } from '../commands/keep-subscribed.ts'
import { findConnection } from '../store/connections.ts'
import { type ClaimedSubscription, endSubscriptionCheck } from '../store/notification-subscriptions.ts'

const dayMs = 86_400_000
/** What will not mend by itself is looked at again by then: a role may have been granted. */
const againMs = 3_600_000
const soonMs = 60_000

/** Keeps every connection subscribed: checked when it is new, when its token or the queue changed, and once a day. */
export function startSubscriptionDue(deps: KeepSubscribedDeps & { log: Logger }): ClaimLoop {
  return startClaimLoop<ClaimedSubscription>({
    db: deps.db,
    log: deps.log,
    name: 'notification-subscription',
    table: 'notification_subscription',
    idColumn: 'connection_id',
    concurrency: 4,
    pollMs: 1_000,
    run: (claimed, signal) => checkOnce(deps, claimed, signal),
  })
}

async function checkOnce(
  deps: KeepSubscribedDeps & { log: Logger },
  claimed: ClaimedSubscription,
  signal: AbortSignal,
): Promise<void> {
  const connection = await findConnection(deps.db, claimed.connection_id)
  if (!connection?.token) return
  const { state, detail, passes } = await keepSubscribed(deps, connection, signal)
  const nextInMs = state === 'subscribed' ? dayMs : passes ? soonMs : againMs
  const { queueArn } = deps
  await endSubscriptionCheck(deps.db, claimed, {
    state,
    detail,
    queueArn,
    tokenVersion: connection.tokenVersion,
    nextInMs,
  })
  const facts = { connection_id: connection.id, state, next_in_ms: nextInMs }
  if (state === 'subscribed') deps.log.info(facts, 'notifications are subscribed to')
  else deps.log.warn({ ...facts, reason: detail }, 'notifications are missing; polling goes on')
}
