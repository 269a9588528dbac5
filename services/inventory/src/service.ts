import { connectBus } from '@lockstep/bus/connect'
import { startConsumers, type Consumers } from '@lockstep/bus/consumer'
import { startRelay, type Relay } from '@lockstep/bus/relay'
import { ensureStreams } from '@lockstep/bus/topology'
import { systemIds, type Ids } from '@lockstep/contracts/ids'
import { openDatabase } from '@lockstep/postgres/database'
import { startHousekeeping } from '@lockstep/postgres/housekeeping'
import { migrate, waitForSchema } from '@lockstep/postgres/migrate'
import { startServer, type ServiceBinding } from '@lockstep/rpc/server'
import { createLogger, type Logger } from '@lockstep/telemetry/logger'
import { sql } from 'kysely'
import type { CommandDeps } from './commands/stock-transaction.ts'
import type { Config } from './config.ts'
import { onAccount } from './consumers/on-account.ts'
import { onDespatch } from './consumers/on-despatch.ts'
import { onHold } from './consumers/on-hold.ts'
import { onFbaLevel } from './consumers/on-fba-level.ts'
import { onOrder } from './consumers/on-order.ts'
import { startBalanceCheck } from './due/balance-check.ts'
import { startKitLevels } from './due/kit-levels.ts'
import { inventoryMigrations } from './migrations/inventory-migrations.ts'
import { catalogueService } from './rpc/catalogue-service.ts'
import { inventoryService } from './rpc/inventory-service.ts'
import { kitService } from './rpc/kit-service.ts'
import { ledgerService } from './rpc/ledger-service.ts'
import { locationService } from './rpc/location-service.ts'
import { priceService } from './rpc/price-service.ts'
import { holdTables } from './store/holds.ts'
import { transferService } from './rpc/transfer-service.ts'
import type { InventoryDb } from './store/inventory-db.ts'

export interface InventoryOverrides {
  ids?: Ids
  log?: Logger
}

/** A running inventory. */
export interface InventoryService extends AsyncDisposable {
  /** Where it answers gRPC. */
  port: number
}

/**
 * Starts inventory. It answers as soon as its database is there; while the broker is away, stock is written and events wait in the outbox.
 * Resolves when the broker has been reached too. Disposal takes no new calls, ends those that run, then the consumers, the relay and the database.
 */
export async function startService(config: Config, overrides: InventoryOverrides = {}): Promise<InventoryService> {
  await using started = new AsyncDisposableStack()
  const { ids = systemIds, log = createLogger('inventory') } = overrides
  const db = started.use(openDatabase<InventoryDb>({ url: config.databaseUrl, applicationName: 'inventory', log }))
  await (config.migrateAtStart ? migrate(db, inventoryMigrations) : waitForSchema(db, Object.keys(inventoryMigrations)))
  let messaging: Messaging | undefined
  const deps: CommandDeps = { db, ids, log, relay: { poke: () => messaging?.relay.poke() } }
  // Before the server in the stack, so that it ends after it, although it comes up later.
  const later = started.use(new AsyncDisposableStack())
  const server = started.use(
    await startServer({
      port: config.grpcPort,
      host: config.grpcHost,
      services: servicesOf(deps),
      log,
      readiness: async () => (await canRead(deps)) && (messaging?.isHealthy() ?? true),
    }),
  )
  messaging = await startMessaging(later, deps, config.natsUrl)
  later.use(startHousekeeping(db, { log, also: holdTables }))
  later.use(startBalanceCheck({ db, log }))
  later.use(startKitLevels(deps))
  const running = started.move()
  return { port: server.port, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

/** Every service it serves. */
function servicesOf(deps: CommandDeps): ServiceBinding[] {
  return [
    inventoryService(deps),
    catalogueService(deps),
    kitService(deps),
    priceService(deps),
    ledgerService(deps),
    locationService(deps),
    transferService(deps),
  ]
}

async function canRead({ db }: CommandDeps): Promise<boolean> {
  await sql`select 1`.execute(db)
  return true
}

interface Messaging {
  relay: Relay
  isHealthy(): boolean
}

async function startMessaging(stack: AsyncDisposableStack, deps: CommandDeps, url: string): Promise<Messaging> {
  const { db, log } = deps
  const bus = stack.use(await connectBus({ url, name: 'inventory', log }))
  // The streams it hears are made sure of too: services may come up in any order.
  await ensureStreams(bus, ['inventory', 'orders', 'despatch', 'channel'])
  const relay = stack.use(startRelay({ db, bus, owner: 'inventory', log }))
  const heard: Consumers[] = [
    stack.use(await startConsumers({ bus, log, stream: 'orders', consumers: [onOrder(deps)] })),
    stack.use(await startConsumers({ bus, log, stream: 'despatch', consumers: [onDespatch(deps)] })),
    stack.use(
      await startConsumers({
        bus,
        log,
        stream: 'channel',
        consumers: [onHold(deps), onAccount(deps), onFbaLevel(deps)],
      }),
    ),
  ]
  return { relay, isHealthy: () => heard.every((consumers) => consumers.isHealthy()) }
}
