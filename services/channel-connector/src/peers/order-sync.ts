import type { OrderServiceClient } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { call } from '@lockstep/rpc/client'

/** Whether the account's first order run has ended. */
export async function hasGoneLive(
  client: OrderServiceClient,
  accountId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { goLiveAt } = await call(client, 'getOrderSync', { accountId }, { timeoutMs: 5_000, signal, readOnly: true })
  return goLiveAt !== undefined
}
