import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { simulatorControl, type SimulatorControl } from '@lockstep/amazon-simulator/control-client'
import { databaseRole } from '@lockstep/local-stack/databases'
import { loadScenario } from '@lockstep/local-stack/load-scenario'
import { startNats } from '@lockstep/local-stack/nats-server'
import { portPerService } from '@lockstep/local-stack/ports'
import { startPostgres } from '@lockstep/local-stack/postgres-server'
import { projectFolder } from '@lockstep/local-stack/project'
import type { Scenario } from '@lockstep/local-stack/scenario'
import { openSecrets } from '@lockstep/local-stack/secrets'
import type { ServiceName } from '@lockstep/local-stack/service-kinds'
import { startStack, type Stack } from '@lockstep/local-stack/stack'
import { openServiceClients, type ServiceClients } from '@lockstep/testkit/clients'
import { freePort } from '@lockstep/testkit/free-port'
import { createTestFolder } from '@lockstep/testkit/test-folder'
import pg from 'pg'

/** A Lockstep of the benchmark's own: the processes of `npm start`, except the console, with Postgres as durable as there. */
export interface BenchStack extends AsyncDisposable {
  stack: Stack
  sim: SimulatorControl
  clients: ServiceClients
  /** The number of each process by its name; Postgres's own children belong to it. */
  pids: ReadonlyMap<string, number>
  /** Loads sellers, stock, listings and links. */
  load(scenario: Scenario): Promise<void>
  /** A connection to a service's database, as superuser, for reading what is stored. Closed with the stack. */
  database(service: ServiceName): Promise<pg.Client>
  /** What the service says about itself, in Prometheus's text. */
  metrics(service: ServiceName): Promise<string>
}

const allServices = ['inventory', 'channel-connector', 'order-download', 'report', 'despatch'] as const

const say = (): void => undefined

/** Starts everything, or only some of the services, on free ports, in a folder that goes away with it. */
export async function startBenchStack(
  env: NodeJS.ProcessEnv = {},
  services: readonly (typeof allServices)[number][] = allServices,
): Promise<BenchStack> {
  await using started = new AsyncDisposableStack()
  const home = started.use(createTestFolder('bench')).path
  const postgres = started.use(
    await startPostgres({
      home,
      port: await freePort(),
      password: randomBytes(12).toString('hex'),
      maxConnections: 200,
      durability: 'safe',
      say,
    }),
  )
  const user = { user: 'lockstep', password: randomBytes(8).toString('hex') }
  const nats = started.use(
    await startNats({
      home,
      binaryFolder: join(projectFolder, '.lockstep', 'nats-server'),
      port: await freePort(),
      accounts: [user],
      say,
    }),
  )
  const databasePrefix = 'bench_'
  const stack = started.use(
    await startStack({
      home,
      ports: await freePorts(),
      postgresUrl: postgres.url,
      natsUrl: nats.urlFor(user),
      databasePrefix,
      services,
      env: { LOG_LEVEL: 'warn', ...env },
      onUnexpectedExit: 'leave',
      say,
    }),
  )
  const sim = simulatorControl(stack.simulatorUrl)
  await sim.changeSettings({ profile: 'demo', reportMs: 0 })
  const clients = started.use(openServiceClients(stack))
  const running = [
    postgres.process,
    nats.process,
    ...['simulator' as const, ...services].map((name) => stack.process(name)),
  ]
  const owned = started.move()
  return {
    stack,
    sim,
    clients,
    pids: new Map(running.map((process) => [process.name, process.pid ?? 0])),
    load: (scenario) => loadScenario(stack, scenario, { say }),
    database: async (service) => {
      const url = new URL(postgres.url)
      url.pathname = `/${databaseRole(service, databasePrefix, openSecrets(home)).name}`
      const client = new pg.Client({ connectionString: url.href })
      await client.connect()
      owned.defer(() => client.end())
      return client
    },
    metrics: async (service) => (await fetch(`http://127.0.0.1:${stack.ports.metrics[service]}/metrics`)).text(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function freePorts() {
  const free = await Promise.all(Array.from({ length: 2 * 6 + 1 }, () => freePort()))
  const next = (): number => free.pop() ?? 0
  return { services: portPerService(next), metrics: portPerService(next), simulator: next() }
}
