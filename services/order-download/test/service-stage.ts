import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { simulatorControl, type SimulatorControl } from '@lockstep/amazon-simulator/control-client'
import { startSimulatorServer } from '@lockstep/amazon-simulator/server'
import { connectBus, type Bus } from '@lockstep/bus/connect'
import { ensureStreams } from '@lockstep/bus/topology'
import { OrderServiceClient } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { openDatabase } from '@lockstep/postgres/database'
import { openClient } from '@lockstep/rpc/client'
import { freePort } from '@lockstep/testkit/free-port'
import { createSuiteBus } from '@lockstep/testkit/suite-bus'
import { createSuiteDatabase } from '@lockstep/testkit/suite-database'
import type { Kysely } from 'kysely'
import { pino } from 'pino'
import { loadConfig } from '../src/config.ts'
import { migrations } from '../src/migrations/migrations.ts'
import { startService } from '../src/service.ts'
import type { OrderDownloadDb } from '../src/store/tables.ts'
import { seller, sellTestListings, uk } from './selling.ts'
import { aConnection, startTestConnector, type TestConnector } from './test-connector.ts'

/** Everything around the service: database, broker, simulator, connector. The service itself is started by the test, in this process or its own. */
export interface ServiceStage extends AsyncDisposable {
  db: Kysely<OrderDownloadDb>
  bus: Bus
  amazon: SimulatorControl
  connector: TestConnector
  /** Starts the service in this process and answers a client of it. */
  start(): Promise<OrderServiceClient>
  /** Starts the service as a process of its own. */
  spawn(env?: NodeJS.ProcessEnv): Promise<ChildProcess>
}

const silent = pino({ level: 'silent' })

/** Sets the stage with one seller and its account in the UK. */
export async function setServiceStage(): Promise<ServiceStage> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await createSuiteDatabase({ migrations, name: 'orders' }))
  const db = stack.use(openDatabase<OrderDownloadDb>({ url: database.url, applicationName: 'test' }))
  const broker = stack.use(await createSuiteBus())
  const bus = stack.use(await connectBus({ url: broker.url, name: 'test', log: silent }))
  await ensureStreams(bus, ['orders', 'channel', 'despatch'])
  const simulator = stack.use(await startSimulatorServer({ port: 0 }))
  const amazon = simulatorControl(simulator.url)
  await sellTestListings(amazon)
  const connector = stack.use(await startTestConnector(simulator.url, `Atzr|${seller}`))
  connector.connections = [aConnection([uk], seller)]
  connector.links.set('TEST-1', 'itm_1')
  const env = {
    ORDER_DOWNLOAD_DATABASE_URL: database.url,
    ORDER_DOWNLOAD_GRPC_PORT: '0',
    NATS_URL: broker.url,
    CHANNEL_CONNECTOR_ADDRESS: connector.address,
    // Polls come by request here, but for the first.
    ORDER_DOWNLOAD_POLL_INTERVAL_MS: '3600000',
  }
  const owned = stack.move()
  return {
    db,
    bus,
    amazon,
    connector,
    start: async () => {
      const service = owned.use(await startService(loadConfig(env), { log: silent }))
      const client = openClient(OrderServiceClient, `127.0.0.1:${service.port}`)
      owned.defer(() => client.close())
      return client
    },
    spawn: async (more = {}) => {
      const child = spawn(process.execPath, ['--import', '@lockstep/telemetry/register', 'src/main.ts'], {
        cwd: new URL('..', import.meta.url),
        env: { ...env, ORDER_DOWNLOAD_GRPC_PORT: String(await freePort()), LOG_LEVEL: 'warn', ...more },
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      owned.defer(() => ended(child))
      return child
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
