import type {
  GetOrderSyncRequest,
  GetOrderSyncResponse,
} from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import type { Kysely } from 'kysely'
import { getOrderSync } from '../queries/get-order-sync.ts'
import type { OrderDownloadDb } from '../store/tables.ts'
import type { FindAccount } from './find-account.ts'

/** Answers how an account's download stands. */
export async function handleGetOrderSync(
  deps: { db: Kysely<OrderDownloadDb>; findAccount: FindAccount },
  request: GetOrderSyncRequest,
): Promise<GetOrderSyncResponse> {
  const sync = await getOrderSync(deps.db, await deps.findAccount(request.accountId))
  return {
    coveredUntil: sync.coveredUntil ?? undefined,
    goLiveAt: sync.goLiveAt ?? undefined,
    lastPollAt: sync.lastPollAt ?? undefined,
    lastPollResult: sync.lastPollResult ?? '',
    lastPollOrders: sync.lastPollOrders,
    nextPollAt: sync.nextPollAt ?? undefined,
    detail: sync.detail,
  }
}
