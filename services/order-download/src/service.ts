import { connectBus } from '@lockstep/bus/connect'
import { startConsumers } from '@lockstep/bus/consumer'
import { startRelay } from '@lockstep/bus/relay'
import { ensureStreams } from '@lockstep/bus/topology'
import { systemClock, type Clock } from '@lockstep/contracts/clock'
import { systemIds, type Ids } from '@lockstep/contracts/ids'
import { openDatabase } from '@lockstep/postgres/database'
import { startHousekeeping } from '@lockstep/postgres/housekeeping'
import { migrate, waitForSchema } from '@lockstep/postgres/migrate'
import { startServer } from '@lockstep/rpc/server'
import { createLogger, type Logger } from '@lockstep/telemetry/logger'
import { sql, type Kysely } from 'kysely'
import { refreshConnections } from './commands/refresh-connections.ts'
import type { Config } from './config.ts'
import { onAccountChanged } from './consumers/on-account-changed.ts'
import { onDespatch } from './consumers/on-despatch.ts'
import { onListingLinked } from './consumers/on-listing-linked.ts'
import { startConnectionRefresh } from './due/connection-refresh.ts'
import { startPollLoop } from './due/poll-loop.ts'
import { startResolutionLoop } from './due/resolution-loop.ts'
import { migrations } from './migrations/migrations.ts'
import { openChannelConnector } from './peers/channel-connector.ts'
import { accountFinder } from './rpc/find-account.ts'
import { orderService } from './rpc/order-service.ts'
import { orderRefreshService } from './rpc/refresh-order.ts'
import type { OrderDownloadDb } from './store/tables.ts'

/** What tests put in place of the machine's own. */
export interface Overrides {
  clock?: Clock
  ids?: Ids
  log?: Logger
}

/** A running order download. */
export interface OrderDownloadService extends AsyncDisposable {
  /** Where it answers gRPC. */
  port: number
}

/**
 * Starts the service. It polls and answers as soon as its database is there; while the broker is away, orders are stored and their events wait in
 * the outbox. Resolves when the broker has been reached too. Disposal takes no new calls, lets polls end, and gives the rest back.
 */
export async function startService(config: Config, overrides: Overrides = {}): Promise<OrderDownloadService> {
  await using started = new AsyncDisposableStack()
  const { clock = systemClock, ids = systemIds, log = createLogger('order-download') } = overrides
  const db = started.use(
    openDatabase<OrderDownloadDb>({ url: config.databaseUrl, applicationName: 'order-download', log }),
  )
  await (config.migrateAtStart ? migrate(db, migrations) : waitForSchema(db, Object.keys(migrations)))
  const connector = started.use(openChannelConnector(config.channelConnectorAddress, clock))
  const deps = { db, log, clock, ids, ...connector }
  const polls = started.use(startPollLoop({ ...deps, settings: config }))
  const resolutions = started.use(startResolutionLoop(deps))
  const refresh = { ...deps, pokePolls: () => polls.poke() }
  const connections = started.use(startConnectionRefresh({ ...refresh, everyMs: config.connectionsRefreshMs }))
  // Before the server in the stack, so that it ends after it, although it comes up later.
  const messaging = started.use(new AsyncDisposableStack())
  const findAccount = accountFinder({ db, refresh: () => refreshConnections(refresh) })
  const server = started.use(
    await startServer({
      port: config.grpcPort,
      host: config.grpcHost,
      services: [orderService({ ...refresh, findAccount }), orderRefreshService(deps)],
      log,
      readiness: () => canRead(db),
    }),
  )
  messaging.use(startHousekeeping(db, { log }))
  const pokes = { pokeRefresh: () => connections.poke(), pokeResolutions: () => resolutions.poke() }
  await startMessaging(messaging, { ...deps, ...pokes }, config.natsUrl)
  const running = started.move()
  return { port: server.port, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

async function canRead(db: Kysely<OrderDownloadDb>): Promise<boolean> {
  await sql`select 1`.execute(db)
  return true
}

interface MessagingDeps {
  db: Kysely<OrderDownloadDb>
  log: Logger
  clock: Clock
  ids: Ids
  pokeRefresh(): void
  pokeResolutions(): void
}

async function startMessaging(stack: AsyncDisposableStack, deps: MessagingDeps, natsUrl: string): Promise<void> {
  const { db, log } = deps
  const bus = stack.use(await connectBus({ url: natsUrl, name: 'order-download', log }))
  // The streams it hears are made sure of too: services may come up in any order.
  await ensureStreams(bus, ['orders', 'channel', 'despatch'])
  stack.use(startRelay({ db, bus, owner: 'orders', log }))
  const onChannel = [onListingLinked(deps), onAccountChanged(deps)]
  stack.use(await startConsumers({ bus, log, stream: 'channel', consumers: onChannel }))
  stack.use(await startConsumers({ bus, log, stream: 'despatch', consumers: [onDespatch(deps)] }))
}
