import { openClient } from '@lockstep/rpc/client'

import { AccountServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import { AuthorisationServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/authorisation_service.ts'
import { ChangeServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/change_service.ts'
import { ConflictServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/conflict_service.ts'
import { DiagnosisServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/diagnosis_service.ts'
import { ExposureServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/exposure_service.ts'
import { KitChangeServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/kit_change_service.ts'
import { LimitsServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/limits_service.ts'
import { LiveServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/live_service.ts'
import { BulkServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/bulk_service.ts'
import { MappingServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import { SyncServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/sync_service.ts'
import { DespatchServiceClient } from '@lockstep/contracts/generated/lockstep/despatch/v1/despatch_service.ts'
import { CatalogueServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/catalogue_service.ts'
import { KitServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/kit_service.ts'
import { PriceServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/price_service.ts'
import { PriceChangeServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/price_change_service.ts'
import { InventoryServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { LedgerServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/ledger_service.ts'
import { LocationServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/location_service.ts'
import { TransferServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/transfer_service.ts'
import { OrderServiceClient } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { ReportServiceClient } from '@lockstep/contracts/generated/lockstep/report/v1/report_service.ts'

import type { Addresses } from './addresses.ts'

/** A client for each gRPC service; none connects before its first call. */
export interface Clients {
  readonly inventory: InventoryServiceClient
  readonly catalogue: CatalogueServiceClient
  readonly kits: KitServiceClient
  readonly kitChanges: KitChangeServiceClient
  readonly prices: PriceServiceClient
  readonly priceChange: PriceChangeServiceClient
  readonly ledger: LedgerServiceClient
  readonly locations: LocationServiceClient
  readonly transfers: TransferServiceClient
  readonly accounts: AccountServiceClient
  readonly authorisation: AuthorisationServiceClient
  readonly changes: ChangeServiceClient
  readonly conflicts: ConflictServiceClient
  readonly diagnosis: DiagnosisServiceClient
  readonly exposure: ExposureServiceClient
  readonly limits: LimitsServiceClient
  readonly live: LiveServiceClient
  readonly mapping: MappingServiceClient
  readonly sync: SyncServiceClient
  readonly bulk: BulkServiceClient
  readonly orders: OrderServiceClient
  readonly reports: ReportServiceClient
  readonly despatches: DespatchServiceClient
}

/** What a command works with. */
export interface CliContext {
  readonly clients: Clients
  /** Who does it, unverified: LOCKSTEP_ACTOR or the system's user. */
  readonly actor: string
  /** The key of this one mutation: the user's own, or a new one. */
  readonly idempotencyKey: string
  /** The text that came on standard input; refuses a terminal. */
  readonly readStdin: (what: string) => Promise<string>
  /** Whether a person sits at standard input. */
  readonly atTerminal: boolean
  /** A line for a person who waits; never part of the answer. */
  readonly progress: (text: string) => void
}

/** Opens every client lazily. */
export function openClients(addresses: Addresses): Clients {
  return {
    inventory: openClient(InventoryServiceClient, addresses.inventory),
    catalogue: openClient(CatalogueServiceClient, addresses.inventory),
    kits: openClient(KitServiceClient, addresses.inventory),
    kitChanges: openClient(KitChangeServiceClient, addresses.channel),
    prices: openClient(PriceServiceClient, addresses.inventory),
    priceChange: openClient(PriceChangeServiceClient, addresses.channel),
    ledger: openClient(LedgerServiceClient, addresses.inventory),
    locations: openClient(LocationServiceClient, addresses.inventory),
    transfers: openClient(TransferServiceClient, addresses.inventory),
    accounts: openClient(AccountServiceClient, addresses.channel),
    authorisation: openClient(AuthorisationServiceClient, addresses.channel),
    changes: openClient(ChangeServiceClient, addresses.channel),
    conflicts: openClient(ConflictServiceClient, addresses.channel),
    diagnosis: openClient(DiagnosisServiceClient, addresses.channel),
    exposure: openClient(ExposureServiceClient, addresses.channel),
    limits: openClient(LimitsServiceClient, addresses.channel),
    live: openClient(LiveServiceClient, addresses.channel),
    mapping: openClient(MappingServiceClient, addresses.channel),
    sync: openClient(SyncServiceClient, addresses.channel),
    bulk: openClient(BulkServiceClient, addresses.channel),
    orders: openClient(OrderServiceClient, addresses.orders),
    reports: openClient(ReportServiceClient, addresses.report),
    despatches: openClient(DespatchServiceClient, addresses.despatch),
  }
}

/** Closes every client. */
export function closeClients(clients: Clients): void {
  const opened: readonly { close(): void }[] = Object.values(clients)
  for (const client of opened) client.close()
}
