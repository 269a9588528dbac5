import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { simulatorControl, type SimulatorControl } from '@lockstep/amazon-simulator/control-client'
import { databaseRole, dropDatabases } from '@lockstep/local-stack/databases'
import { loadScenario } from '@lockstep/local-stack/load-scenario'
import { startNats, type NatsServer } from '@lockstep/local-stack/nats-server'
import { portPerService, type StackPorts } from '@lockstep/local-stack/ports'
import { projectFolder } from '@lockstep/local-stack/project'
import type { Scenario } from '@lockstep/local-stack/scenario'
import { openSecrets } from '@lockstep/local-stack/secrets'
import { serviceKinds, type ServiceName } from '@lockstep/local-stack/service-kinds'
import { startStack, type Stack } from '@lockstep/local-stack/stack'
import type { SupervisedProcess } from '@lockstep/local-stack/supervised-process'
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { openServiceClients, type ServiceClients } from './clients.ts'
import { freePort } from './free-port.ts'
import { runCli, type CliResult } from './run-cli.ts'
import { createSuiteBus } from './suite-bus.ts'
import { createTestFolder } from './test-folder.ts'
import type { SimulatorSettings } from './simulator.ts'
import { testPostgresUrl } from './test-servers.ts'

export interface ConstellationOptions {
  /** Which services to start; default all. */
  services?: readonly ServiceName[]
  /** `own` starts a NATS server that the test may kill; else the run's server is shared and the constellation gets an account of its own. */
  broker?: 'shared' | 'own'
  /** For every service. */
  env?: NodeJS.ProcessEnv
  /** Simulator settings; without them it has Amazon's own speeds. */
  simulator?: SimulatorSettings
}

/** The whole of Lockstep with real processes, databases and broker, for one suite. */
export interface Constellation extends AsyncDisposable {
  stack: Stack
  /** The simulator's control API: what people, buyers and Amazon do. */
  sim: SimulatorControl
  clients: ServiceClients
  /** host:port of a service. */
  address(service: ServiceName): string
  /** A superuser's URL of a service's database, for proofs about what is stored. */
  databaseUrl(service: ServiceName): string
  /** Runs `lockstep <args> --json`. */
  cli(...args: readonly string[]): Promise<CliResult>
  /** As `cli`, with something on standard input. */
  cliWithInput(input: string, ...args: readonly string[]): Promise<CliResult>
  /** Ends a service or the simulator with a signal, default SIGKILL, and waits until it is gone. It stays away until `restart`. */
  kill(name: ServiceName | 'simulator', signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Starts a service or the simulator (again), with these variables set or, where undefined, taken away, and waits until it is healthy. */
  restart(name: ServiceName | 'simulator', env?: NodeJS.ProcessEnv): Promise<void>
  /** Settles when the process has ended by itself, as it does at a FAILPOINT. */
  ended(name: ServiceName): Promise<void>
  /** Starts one more process of a service on the same database and answers its address. */
  startReplica(
    service: ServiceName,
    env?: NodeJS.ProcessEnv,
  ): Promise<{ name: string; address: string; kill(): Promise<void> }>
  /** kill -9 of the broker; needs `broker: 'own'`. */
  killBroker(): Promise<void>
  /** Starts the broker again, with the data it had. */
  startBroker(): Promise<void>
  /** kill -9 of the broker, and its store is gone: `startBroker` begins with an empty one. */
  loseBroker(): Promise<void>
  /** Deletes a durable consumer on the broker, as somebody may do by hand. */
  deleteDurable(stream: string, durable: string): Promise<void>
  /** How many messages are not handled yet, over all durables: to come, or out and not acknowledged. */
  unacknowledged(): Promise<number>
  /** What a process has written so far. */
  log(name: string): string
  /** Loads sellers, stock, listings and links. */
  load(scenario: Scenario): Promise<void>
}

/** Starts a constellation. Every suite has its own databases, broker account and simulator; disposal ends and drops all of it. */
export async function startConstellation(options: ConstellationOptions = {}): Promise<Constellation> {
  await using started = new AsyncDisposableStack()
  const home = started.use(createTestFolder('constellation')).path
  const broker = await startBroker(started, { home, kind: options.broker ?? 'shared' })
  const databasePrefix = `c${randomBytes(5).toString('hex')}_`
  const secrets = openSecrets(home)
  const databaseOf = (service: ServiceName) => databaseRole(service, databasePrefix, secrets).name
  started.defer(() =>
    dropDatabases(
      testPostgresUrl(),
      serviceKinds.map(({ name }) => databaseOf(name)),
    ),
  )
  const stack = started.use(
    await startStack({
      home,
      ports: await freePorts(),
      postgresUrl: testPostgresUrl(),
      natsUrl: broker.url,
      databasePrefix,
      ...(options.services && { services: options.services }),
      ...(options.env && { env: options.env }),
      onUnexpectedExit: 'leave',
      say: () => undefined,
    }),
  )
  const sim = simulatorControl(stack.simulatorUrl)
  if (options.simulator) await sim.changeSettings(options.simulator)
  const clients = started.use(openServiceClients(stack))
  const owned = started.move()
  let replicas = 0
  return {
    stack,
    sim,
    clients,
    address: (service) => stack.address(service),
    databaseUrl: (service) => {
      const url = new URL(testPostgresUrl())
      url.pathname = `/${databaseOf(service)}`
      return url.href
    },
    cli: (...args) => runCli({ args, env: cliEnvironment(home, stack) }),
    cliWithInput: (input, ...args) => runCli({ args, input, env: cliEnvironment(home, stack) }),
    kill: async (name, signal = 'SIGKILL') => {
      stack.process(name).kill(signal)
      await stack.process(name).ended()
    },
    restart: (name, env) => stack.process(name).restart(env),
    ended: async (name) => void (await stack.process(name).ended()),
    startReplica: async (service, env = {}) => {
      replicas += 1
      const name = `${service}-${replicas + 1}`
      const port = await freePort()
      const process = await stack.startReplica(service, { name, port, metricsPort: await freePort(), env })
      return { name, address: `127.0.0.1:${port}`, kill: () => killed(process) }
    },
    killBroker: () => killed(broker.server('killed').process),
    startBroker: () => broker.server('started').process.restart(),
    loseBroker: async () => {
      await killed(broker.server('wiped').process)
      rmSync(join(home, 'nats', 'jetstream'), { recursive: true })
    },
    deleteDurable: async (stream, durable) =>
      void (await withManager(broker.url, (manager) => manager.consumers.delete(stream, durable))),
    unacknowledged: () => withManager(broker.url, countUnacknowledged),
    log: (name) => readFileSync(join(home, 'logs', `${name}.log`), 'utf8'),
    load: (scenario) => loadScenario(stack, scenario, { say: () => undefined }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function withManager<T>(url: string, use: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const { hostname, port, username, password } = new URL(url)
  const connection = await connect({ servers: `${hostname}:${port}`, user: username, pass: password })
  try {
    return await use(await jetstreamManager(connection))
  } finally {
    await connection.close()
  }
}

async function countUnacknowledged(manager: JetStreamManager): Promise<number> {
  let count = 0
  for await (const { config } of manager.streams.list()) {
    for await (const durable of manager.consumers.list(config.name))
      count += durable.num_pending + durable.num_ack_pending
  }
  return count
}

interface Broker {
  /** With credentials. */
  url: string
  /** The server, when it is the constellation's own. */
  server(toBe: string): NatsServer
}

async function startBroker(
  started: AsyncDisposableStack,
  { home, kind }: { home: string; kind: 'shared' | 'own' },
): Promise<Broker> {
  if (kind === 'shared') return { url: started.use(await createSuiteBus()).url, server: refuseToTouch }
  const user = { user: 'lockstep', password: randomBytes(8).toString('hex') }
  const server = started.use(
    await startNats({
      home,
      binaryFolder: join(projectFolder, '.lockstep', 'nats-server'),
      port: await freePort(),
      accounts: [user],
      onUnexpectedExit: 'leave',
      say: () => undefined,
    }),
  )
  return { url: server.urlFor(user), server: () => server }
}

function refuseToTouch(toBe: string): never {
  throw new Error(
    `the broker is shared with other suites and cannot be ${toBe}: start the constellation with { broker: 'own' }`,
  )
}

async function freePorts(): Promise<StackPorts> {
  const free = await Promise.all(Array.from({ length: 2 * serviceKinds.length + 1 }, () => freePort()))
  const next = () => free.pop() ?? 0
  return { services: portPerService(next), metrics: portPerService(next), simulator: next() }
}

/** Every address by name: they win over ports the shell of whoever runs the tests may have set. */
function cliEnvironment(home: string, stack: Stack): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { LOCKSTEP_HOME: home }
  for (const { name, variable } of serviceKinds) env[`${variable}_ADDRESS`] = stack.address(name)
  return env
}

async function killed(process: SupervisedProcess): Promise<void> {
  process.kill('SIGKILL')
  await process.ended()
}
