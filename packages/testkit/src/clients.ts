import { AccountServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import { GatewayServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import { MappingServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import { SyncServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/sync_service.ts'
import { DespatchServiceClient } from '@lockstep/contracts/generated/lockstep/despatch/v1/despatch_service.ts'
import { InventoryServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { OrderServiceClient } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { ReportServiceClient } from '@lockstep/contracts/generated/lockstep/report/v1/report_service.ts'
import type { Stack } from '@lockstep/local-stack/stack'
import { openClient } from '@lockstep/rpc/client'

/** A client of every gRPC service of a stack; use them with `call` of @lockstep/rpc/client. */
export interface ServiceClients extends Disposable {
  inventory: InventoryServiceClient
  accounts: AccountServiceClient
  mapping: MappingServiceClient
  sync: SyncServiceClient
  gateway: GatewayServiceClient
  orders: OrderServiceClient
  reports: ReportServiceClient
  despatch: DespatchServiceClient
}

/** Opens them all. They connect with the first call, and again after a service was restarted. */
export function openServiceClients(stack: Pick<Stack, 'address'>): ServiceClients {
  const connector = stack.address('channel-connector')
  const clients = {
    inventory: openClient(InventoryServiceClient, stack.address('inventory')),
    accounts: openClient(AccountServiceClient, connector),
    mapping: openClient(MappingServiceClient, connector),
    sync: openClient(SyncServiceClient, connector),
    gateway: openClient(GatewayServiceClient, connector),
    orders: openClient(OrderServiceClient, stack.address('order-download')),
    reports: openClient(ReportServiceClient, stack.address('report')),
    despatch: openClient(DespatchServiceClient, stack.address('despatch')),
  }
  return {
    ...clients,
    [Symbol.dispose]: () => {
      for (const client of Object.values(clients)) client.close()
    },
  }
}
