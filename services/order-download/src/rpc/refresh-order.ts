import {
  OrderRefreshServiceService,
  type RefreshOrderRequest,
  type RefreshOrderResponse,
} from '@lockstep/contracts/generated/lockstep/orders/v1/order_refresh_service.ts'
import { unary, type CallContext } from '@lockstep/rpc/handler'
import { serviceBinding, type ServiceBinding } from '@lockstep/rpc/server'
import { refreshOrder, type RefreshDeps } from '../commands/refresh-order.ts'
import { invalidField } from './refusals.ts'

/** Single orders, read out of turn, as served to the other services. */
export function orderRefreshService(deps: RefreshDeps): ServiceBinding {
  return serviceBinding(OrderRefreshServiceService, {
    refreshOrder: unary((request, context) => handleRefreshOrder(deps, request, context)),
  })
}

async function handleRefreshOrder(
  deps: RefreshDeps,
  request: RefreshOrderRequest,
  context: CallContext,
): Promise<RefreshOrderResponse> {
  const { connectionId, channelOrderId, changedAt } = request
  if (!/^[A-Za-z0-9-]{1,40}$/.test(channelOrderId)) {
    throw invalidField('channel_order_id', channelOrderId.slice(0, 60), "it is no order id of Amazon's")
  }
  return refreshOrder(deps, { connectionId, channelOrderId, changedAt }, context.signal)
}
