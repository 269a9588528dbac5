import type { Ids } from '@lockstep/contracts/ids'
import type { GroupEvent } from '@lockstep/pacing/group-events'
import { failpoint } from '@lockstep/postgres/failpoint'
import { backoffMs } from '@lockstep/postgres/wakeup'
import { patchQuantityCall, readSubmission, type Submission } from '@lockstep/sp-api/listings'
import { withRemoteParent } from '@lockstep/telemetry/trace'
import type { Kysely } from 'kysely'

import type { AmazonReply } from '../domain/amazon-reply.ts'
import { observeSent } from '../pipeline-metrics.ts'
import type { ChannelDb } from '../store/database.ts'
import { touchInventorySync } from '../store/due-groups.ts'
import { type GroupRow, lockGroups } from '../store/group-rows.ts'
import type { SendOrder } from './begin-sending.ts'
import { letGo } from './claim-groups.ts'
import { beginTurn, tell } from './group-turn.ts'
import type { CallAmazon } from './read-live.ts'
import { saveTurns } from './save-turns.ts'

/** What sending works with. */
export interface SendDeps {
  db: Kysely<ChannelDb>
  ids: Ids
  callAmazon: CallAmazon
}

/** On whose behalf a number is sent, under which claim. */
export interface SendContext {
  connectionId: string
  sellerId: string
  token: string
  skewMs: number
  signal: AbortSignal
}

/** How long a write may wait for a token: the rest of its lease belongs to the request. */
const tokenWaitMs = 4_000

/** Sends one number that was let go, and stores what came of it, as part of the trace that the change came by. Answers Amazon's reply. */
export async function sendNumber(deps: SendDeps, context: SendContext, order: SendOrder): Promise<AmazonReply> {
  return withRemoteParent(order.traceparent, 'send number', () => sendOnce(deps, context, order))
}

async function sendOnce(deps: SendDeps, context: SendContext, order: SendOrder): Promise<AmazonReply> {
  failpoint('push:before-call')
  const reply = await deps.callAmazon({
    ...patchQuantityCall({ ...order, sku: order.channelSku, sellerId: context.sellerId }),
    connectionId: context.connectionId,
    lane: order.lane,
    waitedMs: order.waitedMs + (performance.now() - order.begunMs),
    notAfter: new Date(Date.now() + tokenWaitMs),
    signal: context.signal,
  })
  failpoint('push:after-call')
  await storeOutcome(deps, context, { order, reply })
  failpoint('push:after-outcome-commit')
  if (reply.outcome === 'accepted') await touchInventorySync(deps.db, order.accountIds)
  observeSent({ lane: order.lane, outcome: reply.outcome, travelMs: travelMs(order, reply) })
  return reply
}

/** What is urgent comes back when the token does, a raise a little later: while a throttled bucket lets one call go at a time, it must not be a raise. */
const restShare: Readonly<Record<SendOrder['lane'], number>> = { to_zero: 1, decrease: 1, increase: 1.25 }

function travelMs(order: SendOrder, reply: AmazonReply): number | null {
  return reply.outcome === 'accepted' ? order.waitedMs + (performance.now() - order.begunMs) : null
}

async function storeOutcome(
  deps: SendDeps,
  context: SendContext,
  { order, reply }: { order: SendOrder; reply: AmazonReply },
): Promise<void> {
  const result = reply.outcome === 'accepted' ? readSubmission(reply.body) : undefined
  await deps.db.transaction().execute(async (tx) => {
    const { rows, now } = await lockGroups(tx, [order.groupId])
    const [row] = rows
    // Past the lease somebody else has set the outcome to unknown; this reply does not count any more.
    if (row?.claimedBy !== context.token) return
    const turn = beginTurn(row)
    const event = eventOf({ order, reply, result, acceptedAt: reply.amazonTime?.getTime() ?? now + context.skewMs })
    tell(turn, event, now)
    if (event.kind === 'not_sent') forgetSubmission(turn.row, order)
    row.attempts = event.kind === 'accepted' || event.kind === 'refused' ? 0 : row.attempts + 1
    const pauseMs = pauseAfter(reply, row.attempts)
    if (pauseMs !== null) {
      row.blockedBy = reply.throttledUntil ? 'NO_TOKEN' : null
      // The reply tells a time by this process's clock.
      const throttledMs = reply.throttledUntil && Math.max(0, reply.throttledUntil.getTime() - Date.now())
      row.notBefore = now + (throttledMs === undefined ? pauseMs : throttledMs * restShare[order.lane])
    }
    letGo(row)
    failpoint('push:before-outcome-commit')
    await saveTurns(tx, deps, { turns: [turn], now })
  })
}

/** What the planner is told about a reply. */
function eventOf(about: {
  order: SendOrder
  reply: AmazonReply
  result: Submission | undefined
  acceptedAt: number
}): GroupEvent {
  const { order, reply, result, acceptedAt } = about
  const write = { version: order.version, epoch: order.epoch }
  switch (reply.outcome) {
    case 'accepted':
      if (result?.kind === 'accepted') {
        return { kind: 'accepted', ...write, at: acceptedAt, submissionId: result.submissionId }
      }
      if (result?.kind === 'invalid') return { kind: 'refused', ...write, issue: result.issue }
      return { kind: 'outcome_unknown', ...write }
    case 'invalid_data':
    case 'not_found':
      return { kind: 'refused', ...write, issue: reply.detail }
    case 'throttled':
    case 'not_sent':
    case 'denied':
    case 'authorisation_revoked':
    case 'application_credentials':
    case 'wrong_region':
      return { kind: 'not_sent', ...write }
    case 'outage':
    case 'unknown':
      return { kind: 'outcome_unknown', ...write }
    default:
      return reply.outcome satisfies never
  }
}

/** Nothing left for Amazon, so the chain shows what it showed before. */
function forgetSubmission(row: GroupRow, order: SendOrder): void {
  row.state = { ...row.state, chain: { ...row.state.chain, submitted: order.submittedBefore } }
}

/** How long the group rests after this reply; null when its next step may follow at once. */
function pauseAfter(reply: AmazonReply, attempts: number): number | null {
  switch (reply.outcome) {
    case 'accepted':
    case 'invalid_data':
    case 'not_found':
      return null
    case 'throttled':
      return 1_000
    case 'unknown':
      // The newest number goes out at once; only a row of unknown outcomes slows down.
      return attempts > 1 ? backoffMs(attempts - 1) : null
    case 'not_sent':
    case 'outage':
      return backoffMs(attempts)
    case 'denied':
    case 'authorisation_revoked':
    case 'application_credentials':
    case 'wrong_region':
      return 60_000
    default:
      return reply.outcome satisfies never
  }
}
