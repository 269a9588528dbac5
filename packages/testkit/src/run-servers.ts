import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { natsConfiguration, startNats } from '@lockstep/local-stack/nats-server'
import { startPostgres } from '@lockstep/local-stack/postgres-server'
import { projectFolder } from '@lockstep/local-stack/project'
import { containerEngineAnswers } from './container-engine.ts'
import { freePort } from './free-port.ts'
import { busAccounts } from './suite-bus.ts'

export interface RunServers extends AsyncDisposable {
  /** A superuser's URL. */
  postgresUrl: string
  /** Without credentials. */
  natsUrl: string
}

export interface RunServersOptions {
  /** Where local servers keep their data; thrown away by whoever made it. */
  home: string
  say: (line: string) => void
}

const accounts = Array.from({ length: busAccounts }, (_, number) => ({ user: `t${number}`, password: `t${number}` }))
const maxConnections = 400

/**
 * The one Postgres and the one NATS of a test run. Servers named by TEST_POSTGRES_URL and TEST_NATS_URL are used as they are;
 * else containers where an engine answers and works, else binaries on this machine.
 */
export async function startRunServers({ home, say }: RunServersOptions): Promise<RunServers> {
  const { TEST_POSTGRES_URL: postgresUrl, TEST_NATS_URL: natsUrl } = process.env
  if (postgresUrl && natsUrl) return { postgresUrl, natsUrl, [Symbol.asyncDispose]: async () => undefined }
  if (await containerEngineAnswers()) {
    try {
      return await startContainers()
    } catch (error) {
      say(
        `the container engine could not start the servers (${error instanceof Error ? error.message : String(error)}); starting local ones`,
      )
    }
  }
  return startLocally({ home, say })
}

async function startLocally({ home, say }: RunServersOptions): Promise<RunServers> {
  await using started = new AsyncDisposableStack()
  const postgres = started.use(
    await startPostgres({
      home,
      port: await freePort(),
      password: randomBytes(12).toString('hex'),
      maxConnections,
      durability: 'fast',
      say,
    }),
  )
  const nats = started.use(
    await startNats({
      home,
      binaryFolder: join(projectFolder, '.lockstep', 'nats-server'),
      port: await freePort(),
      accounts,
      say,
    }),
  )
  const owned = started.move()
  return { postgresUrl: postgres.url, natsUrl: nats.url, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** The library is loaded only here: it takes a moment, and an engine that does not answer makes it wait. */
async function startContainers(): Promise<RunServers> {
  const { GenericContainer, Wait } = await import('testcontainers')
  await using started = new AsyncDisposableStack()
  const flags = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', `max_connections=${maxConnections}`]
  const postgres = await new GenericContainer('postgres:18-alpine')
    .withEnvironment({ POSTGRES_PASSWORD: 'test' })
    .withCommand(['postgres', ...flags.flatMap((flag) => ['-c', flag])])
    .withExposedPorts(5432)
    .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
    .start()
  started.defer(async () => void (await postgres.stop()))
  const nats = await new GenericContainer('nats:2.10-alpine')
    .withCopyContentToContainer([
      {
        content: natsConfiguration({ listen: '0.0.0.0:4222', folder: '/data', accounts }),
        target: '/etc/nats/test.conf',
      },
    ])
    .withCommand(['-c', '/etc/nats/test.conf'])
    .withExposedPorts(4222)
    .withWaitStrategy(Wait.forLogMessage(/Server is ready/))
    .start()
  started.defer(async () => void (await nats.stop()))
  const owned = started.move()
  return {
    postgresUrl: `postgres://postgres:test@${postgres.getHost()}:${postgres.getMappedPort(5432)}/postgres`,
    natsUrl: `nats://${nats.getHost()}:${nats.getMappedPort(4222)}`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
