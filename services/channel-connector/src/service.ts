import { type Bus, connectBus } from '@lockstep/bus/connect'
import { startConsumers } from '@lockstep/bus/consumer'
import { startRelay } from '@lockstep/bus/relay'
import { ensureStreams } from '@lockstep/bus/topology'
import { CatalogueServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/catalogue_service.ts'
import { InventoryServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { KitServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/kit_service.ts'
import { OrderRefreshServiceClient } from '@lockstep/contracts/generated/lockstep/orders/v1/order_refresh_service.ts'
import { OrderServiceClient } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { ReportCheckServiceClient } from '@lockstep/contracts/generated/lockstep/report/v1/report_check_service.ts'
import { ReportServiceClient } from '@lockstep/contracts/generated/lockstep/report/v1/report_service.ts'
import { type Ids, systemIds } from '@lockstep/contracts/ids'
import { openDatabase } from '@lockstep/postgres/database'
import { startHousekeeping } from '@lockstep/postgres/housekeeping'
import { migrate, waitForSchema } from '@lockstep/postgres/migrate'
import { openClient } from '@lockstep/rpc/client'
import { type ServiceBinding, startServer } from '@lockstep/rpc/server'
import { createLogger, type Logger } from '@lockstep/telemetry/logger'
import { type Kysely, sql } from 'kysely'
import type { NotificationSettings } from './channels/amazon/notifications/notification-settings.ts'
import { type Gateway, openGateway } from './channels/amazon/open-gateway.ts'
import { Participations } from './channels/amazon/participations.ts'
import { callAmazon } from './commands/call-amazon.ts'
import { fetchItems } from './commands/fetch-availability.ts'
import type { RefreshListingsDeps } from './commands/refresh-listings.ts'
import type { Config } from './config.ts'
import { gaugeCredentials } from './credential-gauge.ts'
import { startFeeds } from './feeds.ts'
import { listingsOnReport, type ListingsOnReportDeps } from './consumers/listings-on-report.ts'
import { startListingLookDue } from './due/listing-look-due.ts'
import { startListingsReportDue } from './due/listings-report-due.ts'
import { migrations } from './migrations/all-migrations.ts'
import { type NotificationDeps, startNotifications } from './notifications.ts'
import { getAvailability } from './peers/availability.ts'
import { findItems, getItem, listKnownLocations } from './peers/inventory-peer.ts'
import { kitOwner } from './peers/kit-owner.ts'
import { requestReport, streamRows } from './peers/report-peer.ts'
import { startPrices } from './prices.ts'
import { startPipeline } from './pipeline.ts'
import { secretEnd } from './domain/credential-life.ts'
import { accountServiceBinding } from './rpc/account-service.ts'
import { authorisationServiceBinding } from './rpc/authorisation-service.ts'
import { type ChangeServiceDeps, changeServiceBinding } from './rpc/change-service.ts'
import { conflictServiceBinding } from './rpc/conflict-service.ts'
import { diagnosisServiceBinding } from './rpc/diagnosis-service.ts'
import { bulkServiceBinding } from './rpc/bulk-service.ts'
import { exposureServiceBinding } from './rpc/exposure-service.ts'
import { gatewayServiceBinding } from './rpc/gateway-service.ts'
import { kitChangeServiceBinding } from './rpc/kit-change-service.ts'
import { limitsServiceBinding } from './rpc/limits-service.ts'
import { liveServiceBinding } from './rpc/live-service.ts'
import { mappingServiceBinding } from './rpc/mapping-service.ts'
import { priceChangeServiceBinding } from './rpc/price-change-service.ts'
import { syncServiceBinding } from './rpc/sync-service.ts'
import type { ChannelDb } from './store/database.ts'
import { loadSealingKeys, type SealingKeys } from './store/sealing.ts'

/** A running channel connector. */
export interface ChannelConnector extends AsyncDisposable {
  /** The gRPC port it listens on. */
  port: number
}

/** What the parts of the service share. */
interface Parts {
  config: Config
  log: Logger
  ids: Ids
  db: Kysely<ChannelDb>
  bus: Bus
  keys: SealingKeys
  gateway: Gateway
  inventory: InventoryServiceClient
  catalogue: CatalogueServiceClient
  kits: KitServiceClient
  reports: ReportServiceClient
  orders: OrderServiceClient
  /** Wakes the relay: events were committed. */
  announce: () => void
  /** Wakes whoever waits for the effect of a change, after its commit. */
  poke: () => void
}

/** What tests put in place of the usual. */
interface Overrides {
  ids?: Ids
  log?: Logger
}

/** Starts the service: database, broker, relay, pipeline, consumers, due work and gRPC, in this order. Disposal stops them in the reverse one. */
export async function startService(config: Config, overrides: Overrides = {}): Promise<ChannelConnector> {
  await using stack = new AsyncDisposableStack()
  const { ids = systemIds, log: logger = createLogger('channel-connector') } = overrides
  const base = await openParts(stack, { config, ids, log: logger })
  const { db, log, bus, gateway } = base
  const pipeline = stack.use(
    await startPipeline({
      ...base,
      callAmazon: (call) => callAmazon(gateway, call),
      sweepEveryMs: config.sweepEveryMs,
      fbaEveryMs: config.fbaEveryMs,
      watchReadsPerMinute: config.watchReadsPerMinute,
      secretIssuedAt: config.amazon.secretIssuedAt,
    }),
  )
  const due = stack.use(
    startListingsReportDue({ ...requestDeps(base), log, listingsReportEveryMs: config.listingsReportEveryMs }),
  )
  const pokePipeline = (): void => pipeline.poke()
  const looks = stack.use(startListingLookDue({ db, ids: base.ids, log, gateway, poke: pokePipeline }))
  const feeds = stack.use(
    await startFeeds({ ...base, callAmazon: pipeline.callAmazon, poke: pokePipeline, timings: config.feedTimings }),
  )
  const prices = stack.use(await startPrices({ ...base, poke: () => feeds.poke() }))
  if (config.notifications) {
    const settings = config.notifications
    stack.use(
      await startNotifications(
        notificationDeps(stack, base, { settings, pokePipeline, pokeFeeds: () => feeds.poke() }),
      ),
    )
  }
  const poke = (): void => {
    base.announce()
    pipeline.poke()
    feeds.poke()
    due.poke()
    looks.poke()
  }
  const parts: Parts = { ...base, poke }
  const consumers = stack.use(
    await startConsumers({ bus, log, stream: 'report', consumers: [listingsOnReport(reportDeps(parts))] }),
  )
  stack.use(gaugeCredentials(db, config.amazon.secretIssuedAt))
  const server = stack.use(
    await startServer({
      host: config.grpcHost,
      port: config.grpcPort,
      log,
      services: serviceBindings(parts),
      readiness: async () => {
        await sql`select 1`.execute(db)
        return consumers.isHealthy() && pipeline.isHealthy() && prices.isHealthy()
      },
    }),
  )
  const owned = stack.move()
  return { port: server.port, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function openParts(
  stack: AsyncDisposableStack,
  { config, ids, log }: Pick<Parts, 'config' | 'ids' | 'log'>,
): Promise<Omit<Parts, 'poke'>> {
  const keys = await loadSealingKeys(config.keyFile)
  const options = { url: config.databaseUrl, applicationName: 'channel-connector', log }
  const db = stack.adopt(openDatabase<ChannelDb>(options), (open) => open.destroy())
  // A token lives a tenth of a second: one that had to wait for a connection behind other work would often be lost.
  const bucketOptions = { ...options, applicationName: 'channel-connector-buckets', maxConnections: 2 }
  const bucketDb = stack.adopt(openDatabase<ChannelDb>(bucketOptions), (open) => open.destroy())
  await (config.migrateAtStart ? migrate(db, migrations) : waitForSchema(db, Object.keys(migrations)))
  stack.use(startHousekeeping(db, { log }))
  const bus = stack.use(await connectBus({ url: config.natsUrl, name: 'channel-connector', log }))
  await ensureStreams(bus)
  const relay = stack.use(startRelay({ db, bus, owner: 'channel', log }))
  const gateway = stack.use(
    openGateway({
      db,
      bucketDb,
      log,
      keys,
      amazon: config.amazon,
      apiCallsKeptMs: config.apiCallsKeptMs,
      grantedLimits: config.amazon.grantedLimits,
    }),
  )
  const inventory = stack.adopt(openClient(InventoryServiceClient, config.inventoryAddress), (open) => open.close())
  const catalogue = stack.adopt(openClient(CatalogueServiceClient, config.inventoryAddress), (open) => open.close())
  const kits = stack.adopt(openClient(KitServiceClient, config.inventoryAddress), (open) => open.close())
  const reports = stack.adopt(openClient(ReportServiceClient, config.reportAddress), (open) => open.close())
  const orders = stack.adopt(openClient(OrderServiceClient, config.ordersAddress), (open) => open.close())
  const announce = (): void => relay.poke()
  return { config, log, ids, db, bus, keys, gateway, inventory, catalogue, kits, reports, orders, announce }
}

type PokedNotifications = { settings: NotificationSettings; pokePipeline: () => void; pokeFeeds: () => void }

function notificationDeps(
  stack: AsyncDisposableStack,
  { config, db, log, gateway }: Omit<Parts, 'poke'>,
  { settings, pokePipeline, pokeFeeds }: PokedNotifications,
): NotificationDeps {
  return {
    db,
    log,
    settings,
    gateway,
    application: config.amazon.applicationId,
    orderRefresh: stack.adopt(openClient(OrderRefreshServiceClient, config.ordersAddress), (open) => open.close()),
    reportCheck: stack.adopt(openClient(ReportCheckServiceClient, config.reportAddress), (open) => open.close()),
    poke: pokePipeline,
    pokeFeeds,
  }
}

function serviceBindings(parts: Parts): ServiceBinding[] {
  const { config, db, ids, keys, gateway, inventory, poke } = parts
  const { zerosSharePercent } = config
  return [
    accountServiceBinding({
      ...gateway,
      db,
      ids,
      keys,
      poke,
      zerosSharePercent,
      application: config.amazon.applicationId,
      secretExpiresAt: secretEnd(config.amazon.secretIssuedAt),
      participations: new Participations(),
      waitingFor: (key) => gateway.lines.waitingFor(key),
      listKnownLocations: (context) => listKnownLocations(inventory, context),
    }),
    mappingServiceBinding({
      ...requestDeps(parts),
      ids,
      poke,
      zerosSharePercent,
      getItem: (item, context) => getItem(inventory, item, context),
    }),
    syncServiceBinding({ db, ids, poke, zerosSharePercent, callAmazon: (wanted) => callAmazon(gateway, wanted) }),
    changeServiceBinding(changeDeps(parts)),
    kitChangeServiceBinding({ ...changeDeps(parts), kits: kitOwner(parts.kits) }),
    conflictServiceBinding({ db }),
    bulkServiceBinding({ db, ids, poke }),
    priceChangeServiceBinding({ db, poke }),
    gatewayServiceBinding(gateway),
    limitsServiceBinding({ db, poke }),
    liveServiceBinding({ db, poke }),
    exposureServiceBinding({ db, watchReadsPerMinute: config.watchReadsPerMinute }),
    authorisationServiceBinding({
      db,
      ids,
      keys,
      poke,
      consent: config.amazon,
      secretExpiresAt: secretEnd(config.amazon.secretIssuedAt),
      exchangeCode: (code) => gateway.door.exchangeCode(code, config.amazon.redirectUri),
    }),
    diagnosisServiceBinding({
      db,
      secretIssuedAt: config.amazon.secretIssuedAt,
      waitingFor: (key) => gateway.lines.waitingFor(key),
    }),
  ]
}

function changeDeps({ config, db, ids, gateway, inventory, catalogue, poke }: Parts): ChangeServiceDeps {
  const source = { getAvailability: availabilityOf(inventory) }
  return {
    db,
    ids,
    poke,
    zerosSharePercent: config.zerosSharePercent,
    callAmazon: (wanted) => callAmazon(gateway, wanted),
    listKnownLocations: (context) => listKnownLocations(inventory, context),
    findItems: (items, signal) => findItems(catalogue, items, signal),
    fetchItems: (itemIds, signal) => fetchItems({ db, ids, poke, inventory: source }, itemIds, signal),
  }
}

function availabilityOf(inventory: InventoryServiceClient) {
  return (itemIds: readonly string[], signal: AbortSignal) => getAvailability(inventory, itemIds, signal)
}

function requestDeps({ db, reports }: Pick<Parts, 'db' | 'reports'>): Omit<RefreshListingsDeps, 'poke'> {
  return { db, requestReport: (wanted, context) => requestReport(reports, wanted, context) }
}

function reportDeps({ db, ids, log, poke, reports }: Parts): ListingsOnReportDeps {
  return { db, ids, log, poke, streamRows: (reportId, context) => streamRows(reports, reportId, context) }
}
