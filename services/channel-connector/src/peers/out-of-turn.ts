import type { OrderRefreshServiceClient } from '@lockstep/contracts/generated/lockstep/orders/v1/order_refresh_service.ts'
import type { ReportCheckServiceClient } from '@lockstep/contracts/generated/lockstep/report/v1/report_check_service.ts'
import { call } from '@lockstep/rpc/client'
import type { LookEnd } from '../commands/follow-hint.ts'

/** A read at Amazon waits for a token and an answer. */
const timeoutMs = 25_000

/** Has order-download read one order now. */
export async function refreshOrder(
  client: OrderRefreshServiceClient,
  order: { connectionId: string; channelOrderId: string; changedAt: Date },
  signal: AbortSignal,
): Promise<LookEnd> {
  const { result, retryAt } = await call(client, 'refreshOrder', order, { timeoutMs, signal, readOnly: true })
  return { result, ...(retryAt && { retryAfterMs: retryAt.getTime() - Date.now() }) }
}

/** Has the report service look at one report now. */
export async function checkReport(
  client: ReportCheckServiceClient,
  report: { channelReportId: string; accountIds: string[] },
  signal: AbortSignal,
): Promise<LookEnd> {
  const { isKnown } = await call(client, 'checkReport', report, { timeoutMs, signal, readOnly: true })
  return { result: isKnown ? 'asked' : 'unknown' }
}
