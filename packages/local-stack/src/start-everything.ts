import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { namesOwnAmazon } from './amazon-environment.ts'
import type { StartConfig } from './config.ts'
import { buildConsole } from './console-build.ts'
import { loadDemo } from './demo.ts'
import { startNats } from './nats-server.ts'
import { stopSurvivors } from './pid-files.ts'
import { notificationsEnvironment } from './notifications-environment.ts'
import { findTakenPorts } from './port-holder.ts'
import { portPurposes, portsFrom, simulatorUrl, type AllPorts } from './ports.ts'
import { startPostgres } from './postgres-server.ts'
import { projectFolder } from './project.ts'
import { openSecrets } from './secrets.ts'
import { startStack, type Stack } from './stack.ts'
import { lockHome } from './start-lock.ts'

export interface StartOptions {
  say: (line: string) => void
  /** Aborted when the start is no longer wanted: it then throws, with everything it had started ended again. */
  giveUp: AbortSignal
}

export interface Everything extends AsyncDisposable {
  ports: AllPorts
}

/** Starts the whole of Lockstep from nothing but its home folder. When anything fails, all that was started is ended and the error says what to do. */
export async function startEverything(config: StartConfig, options: StartOptions): Promise<Everything> {
  const { say, giveUp } = options
  const { home } = config
  await using started = new AsyncDisposableStack()
  started.use(await takeHome(config, say))
  const ports = portsFrom(config.portBase)
  await refuseTakenPorts(ports, config.portBase)

  const secrets = openSecrets(home)
  const page = buildConsole()
  // Awaited below; a failure in between must not count as unhandled.
  page.catch(() => undefined)
  const supervision = { home, say, giveUp }
  const postgres = started.use(
    await startPostgres({
      ...supervision,
      port: ports.postgres,
      password: secrets.postgres,
      maxConnections: 200,
      durability: 'safe',
    }),
  )
  say(
    `Postgres is ready${postgres.dataFolder.startsWith(home) ? '' : ` (the home is closed to the user it runs as: its data is in ${postgres.dataFolder})`}`,
  )
  const user = { user: 'lockstep', password: secrets.nats }
  const nats = started.use(
    await startNats({
      ...supervision,
      binaryFolder: join(projectFolder, '.lockstep', 'nats-server'),
      port: ports.nats,
      monitoringPort: ports.natsMonitoring,
      accounts: [user],
    }),
  )
  say('NATS is ready')
  if (await page) say('the console’s page is built')
  const stack = started.use(
    await startStack({
      ...supervision,
      ports,
      portBase: config.portBase,
      postgresUrl: postgres.url,
      natsUrl: nats.urlFor(user),
      databasePrefix: 'lockstep_',
      env: notificationsEnvironment(simulatorUrl(ports), process.env),
      onUnexpectedExit: 'restart',
    }),
  )
  say('the simulator and all services are ready')
  if (config.demo) await loadDemoUnlessOwnAmazon(stack, home, options)
  giveUp.throwIfAborted()
  const owned = started.move()
  return { ports, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Locks the home and ends what a killed start left behind in it. */
async function takeHome({ home }: StartConfig, say: (line: string) => void): Promise<AsyncDisposable> {
  makeHome(home)
  const lock = await lockHome(home)
  const survivors = await stopSurvivors(join(home, 'run'))
  if (survivors.length > 0) say(`the last start was killed; ended what it left running: ${survivors.join(', ')}`)
  return lock
}

function makeHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true })
    accessSync(home, constants.W_OK)
  } catch (cause) {
    throw new Error(`${home} cannot be written to: set LOCKSTEP_HOME to a folder of your own`, { cause })
  }
}

async function refuseTakenPorts(ports: AllPorts, portBase: number): Promise<void> {
  const taken = await findTakenPorts(portPurposes(ports))
  if (taken.length === 0) return
  const lines = taken.map(({ port, purpose, holder }) => `port ${port}, wanted for ${purpose}, is taken by ${holder}`)
  throw new Error(
    `${lines.join('\n')}\nStop it, or count from another port: LOCKSTEP_PORT_BASE=${portBase + 1_000} npm start`,
  )
}

async function loadDemoUnlessOwnAmazon(stack: Stack, home: string, options: StartOptions): Promise<void> {
  if (namesOwnAmazon(stack.simulatorUrl, process.env)) {
    options.say('the demo is not loaded: AMAZON_… in the environment names an Amazon of your own')
  } else await loadDemo(stack, home, options)
}
