import type {
  DryRunResponse,
  GetSyncStatusResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/sync_service.ts'
import type { GetOrderSyncResponse } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { type Report, ReportState } from '@lockstep/contracts/generated/lockstep/report/v1/report_service.ts'

import { pausedShape } from './accounts.ts'
import { isoTime, jsonNumber, jsonNumberOrNull, textOrNull } from './values.ts'

const stateWords = ['in_step', 'waiting', 'in_flight', 'unverified', 'drift', 'gated', 'conflict', 'refused'] as const

/** `orders` of sync status. */
export const orderSyncShape = (sync: GetOrderSyncResponse) => ({
  covered_until: isoTime(sync.coveredUntil),
  last_poll: sync.lastPollAt
    ? { at: isoTime(sync.lastPollAt), result: sync.lastPollResult, orders: sync.lastPollOrders }
    : null,
  next_poll_at: isoTime(sync.nextPollAt),
  go_live_at: isoTime(sync.goLiveAt),
  detail: textOrNull(sync.detail),
})

/** sync status. `orders` is null when order-download is down. */
export function syncStatusShape(status: GetSyncStatusResponse, orders: GetOrderSyncResponse | undefined) {
  const { account, oldestWaiting, massZero } = status
  // Accepted but not yet seen counts as in flight: the chain is not closed.
  const counts = Object.fromEntries(stateWords.map((word) => [word, status.states[word] ?? 0]))
  const inFlight = (status.states['in_flight'] ?? 0) + (status.states['accepted'] ?? 0)
  return {
    account: account?.id ?? null,
    enabled: account?.settings?.enabled ?? false,
    update_inventory: account?.settings?.updateInventory ?? false,
    paused: pausedShape(account),
    inventory_sync_date: isoTime(account?.inventorySyncedAt),
    orders: orders ? orderSyncShape(orders) : null,
    listings: { linked: status.linked, ...counts, in_flight: inFlight },
    oldest_waiting: oldestWaiting
      ? {
          channel_sku: oldestWaiting.channelSku,
          since: isoTime(oldestWaiting.since),
          lane: textOrNull(oldestWaiting.lane),
          blocked_by: textOrNull(oldestWaiting.blockedBy),
          behind_feed: textOrNull(oldestWaiting.behindFeedId),
        }
      : null,
    mass_zero: massZero
      ? { count: massZero.count, since: isoTime(massZero.since), confirmation: massZero.confirmation }
      : null,
    unseen_open: status.unseenOpen,
    drifts: status.drifts,
    drifted: status.drifted.map(({ channelSku, kind, live, readAt }) => ({
      channel_sku: channelSku,
      kind,
      live: jsonNumberOrNull(live),
      read_at: isoTime(readAt),
    })),
  }
}

/** sync dry-run. */
export const dryRunShape = (run: DryRunResponse) => ({
  account: run.accountId,
  changes: run.changes,
  zeros: run.zeros,
  unchanged: run.unchanged,
  gated: run.gated,
  duration_seconds: run.durationSeconds,
  lines: run.lines.map((line) => ({
    channel_sku: line.channelSku,
    from: jsonNumberOrNull(line.from),
    to: jsonNumber(line.to),
  })),
  conflicts: run.conflicts,
  confirmation: run.confirmation,
  zeros_confirmation: textOrNull(run.zerosConfirmation),
})

const reportWords: Readonly<Record<string, string>> = {
  [ReportState.SUBMITTED]: 'Submitted',
  [ReportState.AVAILABLE]: 'Available',
  [ReportState.PROCESSED]: 'Processed',
  [ReportState.FAILED]: 'Failed',
}

/** A report of reports status. */
export const reportShape = (report: Report) => ({
  id: report.id,
  account: report.accountId,
  report_type: report.reportType,
  state: reportWords[report.state] ?? null,
  requested_at: isoTime(report.requestedAt),
  state_at: isoTime(report.stateAt),
  rows: jsonNumber(report.rows),
  rows_with_lost_characters: jsonNumber(report.rowsWithLostCharacters),
  reason: textOrNull(report.reason),
  next_check_at: isoTime(report.nextCheckAt),
})
