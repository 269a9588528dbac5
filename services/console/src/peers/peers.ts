import { AccountServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import { AuthorisationServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/authorisation_service.ts'
import { DiagnosisServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/diagnosis_service.ts'
import { LiveServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/live_service.ts'
import { MappingServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import { SyncServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/sync_service.ts'
import { DespatchServiceClient } from '@lockstep/contracts/generated/lockstep/despatch/v1/despatch_service.ts'
import { InventoryServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { OrderServiceClient } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { ReportServiceClient } from '@lockstep/contracts/generated/lockstep/report/v1/report_service.ts'
import { openClient } from '@lockstep/rpc/client'

import type { PeerName } from '../config.ts'

/** A client, and the name of the service behind it. */
export interface Peer<C> {
  readonly name: PeerName
  readonly client: C
}

/** Every service the console asks. */
export interface Peers {
  readonly accounts: Peer<AccountServiceClient>
  readonly authorisation: Peer<AuthorisationServiceClient>
  readonly diagnosis: Peer<DiagnosisServiceClient>
  readonly live: Peer<LiveServiceClient>
  readonly mapping: Peer<MappingServiceClient>
  readonly sync: Peer<SyncServiceClient>
  readonly inventory: Peer<InventoryServiceClient>
  readonly orders: Peer<OrderServiceClient>
  readonly reports: Peer<ReportServiceClient>
  readonly despatches: Peer<DespatchServiceClient>
}

/** Opens them all. None connects before its first call, so the console starts without any of them. */
export function openPeers(addresses: Readonly<Record<PeerName, string>>, stack: AsyncDisposableStack): Peers {
  const open = <C extends { close(): void }>(name: PeerName, client: C): Peer<C> => {
    stack.defer(() => client.close())
    return { name, client }
  }
  const connector = addresses['channel-connector']
  return {
    accounts: open('channel-connector', openClient(AccountServiceClient, connector)),
    authorisation: open('channel-connector', openClient(AuthorisationServiceClient, connector)),
    diagnosis: open('channel-connector', openClient(DiagnosisServiceClient, connector)),
    live: open('channel-connector', openClient(LiveServiceClient, connector)),
    mapping: open('channel-connector', openClient(MappingServiceClient, connector)),
    sync: open('channel-connector', openClient(SyncServiceClient, connector)),
    inventory: open('inventory', openClient(InventoryServiceClient, addresses.inventory)),
    orders: open('order-download', openClient(OrderServiceClient, addresses['order-download'])),
    reports: open('report', openClient(ReportServiceClient, addresses.report)),
    despatches: open('despatch', openClient(DespatchServiceClient, addresses.despatch)),
  }
}
