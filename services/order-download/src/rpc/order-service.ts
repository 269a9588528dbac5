import { OrderServiceService } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { unary } from '@lockstep/rpc/handler'
import { serviceBinding, type ServiceBinding } from '@lockstep/rpc/server'
import type { SyncDeps } from '../commands/sync-orders.ts'
import type { FindAccount } from './find-account.ts'
import { handleGetOrder } from './get-order.ts'
import { handleGetOrderSync } from './get-order-sync.ts'
import { handleListAuditEntries } from './list-audit-entries.ts'
import { handleListOrders } from './list-orders.ts'
import { handleListQuarantine } from './list-quarantine.ts'
import { handleSyncOrders } from './sync-orders.ts'

/** Orders and their audit trail, as served to the other services. */
export function orderService(deps: SyncDeps & { findAccount: FindAccount }): ServiceBinding {
  return serviceBinding(OrderServiceService, {
    getOrder: unary((request) => handleGetOrder(deps, request)),
    listOrders: unary((request) => handleListOrders(deps, request)),
    listAuditEntries: unary((request) => handleListAuditEntries(deps, request)),
    syncOrders: unary((request, context) => handleSyncOrders(deps, request, context)),
    getOrderSync: unary((request) => handleGetOrderSync(deps, request)),
    listQuarantine: unary((request) => handleListQuarantine(deps, request)),
  })
}
