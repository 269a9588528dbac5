import type { Kysely } from 'kysely'
import { countLook } from '../notification-metrics.ts'
import type { ChannelDb } from '../store/database.ts'
import { askForLook } from '../store/group-looks.ts'
import { type ClaimedHint, endHint, putHintOff } from '../store/notification-hints.ts'

/** How an attempt to look ended, and when another one is worth it. */
export interface LookEnd {
  result: string
  retryAfterMs?: number
}

/** Who looks at what. Each may be asked any number of times; a throw is tried again. */
export interface FollowHintDeps {
  db: Kysely<ChannelDb>
  /** Has one order read from Amazon and taken in. */
  refreshOrder(
    order: { connectionId: string; channelOrderId: string; changedAt: Date },
    signal: AbortSignal,
  ): Promise<LookEnd>
  /** Has a report looked at that is waited for. */
  checkReport(report: { connectionId: string; channelReportId: string }, signal: AbortSignal): Promise<LookEnd>
  /** Has a feed looked at that is waited for. */
  checkFeed(feed: { connectionId: string; channelFeedId: string }): Promise<LookEnd>
  /** Wakes the push: a look is due. */
  poke(): void
}

/** Past this the polls and schedules have it anyway. */
const giveUpAfterMs = 15 * 60_000

/** Follows one hint: has whoever owns the thing look at it now. Nothing is decided by what the notification said. */
export async function followHint(deps: FollowHintDeps, hint: ClaimedHint, signal: AbortSignal): Promise<void> {
  const end = await lookAt(deps, hint, signal)
  const isOld = Date.now() - hint.heard_at.getTime() > giveUpAfterMs
  if (end.retryAfterMs !== undefined && !isOld) {
    return putHintOff(deps.db, hint, { result: end.result, afterMs: Math.max(250, end.retryAfterMs) })
  }
  await endHint(deps.db, hint, end.result)
  countLook(hint.kind, end.result)
}

/** A look that cannot be asked for passes in time; past that time it is not waited for. */
async function lookAt(deps: FollowHintDeps, hint: ClaimedHint, signal: AbortSignal): Promise<LookEnd> {
  const { connection_id: connectionId, subject } = hint
  switch (hint.kind) {
    case 'order':
      return deps.refreshOrder({ connectionId, channelOrderId: subject, changedAt: hint.event_at }, signal)
    case 'report':
      return deps.checkReport({ connectionId, channelReportId: subject }, signal)
    case 'feed':
      return deps.checkFeed({ connectionId, channelFeedId: subject })
    case 'quantity':
      return lookAtQuantity(deps, { connectionId, channelSku: subject })
    default:
      return hint.kind satisfies never
  }
}

async function lookAtQuantity(
  deps: FollowHintDeps,
  sku: { connectionId: string; channelSku: string },
): Promise<LookEnd> {
  const asked = await askForLook(deps.db, sku)
  if (asked.kind === 'too_soon') return { result: 'read_a_moment_ago', retryAfterMs: asked.afterMs }
  if (asked.kind === 'asked') deps.poke()
  return { result: asked.kind }
}
