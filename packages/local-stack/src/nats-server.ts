import { mkdirSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { natsBinary } from './nats-binary.ts'
import { SupervisedProcess } from './supervised-process.ts'

export interface NatsUser {
  user: string
  password: string
}

export interface NatsOptions {
  /** Where the data, the configuration, the log and the pid file go. */
  home: string
  /** Where a fetched `nats-server` is kept, so that several homes share it. */
  binaryFolder: string
  port: number
  /** Left out: no monitoring port. */
  monitoringPort?: number
  /** One user with an account of its own each; every account has JetStream and sees nothing of the others. */
  accounts: readonly NatsUser[]
  /** Whether a server that dies is started again. Default `restart`. */
  onUnexpectedExit?: 'restart' | 'leave'
  /** Aborted when the start is no longer wanted; it then throws. */
  giveUp?: AbortSignal | undefined
  say: (line: string) => void
}

export interface NatsServer extends AsyncDisposable {
  /** Without credentials; `urlFor` adds them. */
  url: string
  urlFor(user: NatsUser): string
  process: SupervisedProcess
}

/** Starts a NATS server with JetStream on 127.0.0.1. */
export async function startNats(options: NatsOptions): Promise<NatsServer> {
  const binary = await natsBinary(options.binaryFolder, options.say)
  const folder = join(options.home, 'nats')
  mkdirSync(folder, { recursive: true })
  const configuration = join(folder, 'nats.conf')
  writeFileSync(configuration, natsConfiguration({ ...addresses(options), folder, accounts: options.accounts }), {
    mode: 0o600,
  })
  const server = await SupervisedProcess.start({
    spec: {
      name: 'nats',
      command: binary,
      args: ['-c', configuration],
      cwd: folder,
      env: { PATH: process.env['PATH'] },
      logFile: join(options.home, 'logs', 'nats.log'),
      runFolder: join(options.home, 'run'),
      stopSignal: 'SIGTERM',
      stopWithinMs: 10_000,
    },
    isHealthy: (signal) => greets(options.port, signal),
    startWithinMs: 30_000,
    onUnexpectedExit: options.onUnexpectedExit ?? 'restart',
    giveUp: options.giveUp,
    say: options.say,
  })
  return {
    url: `nats://127.0.0.1:${options.port}`,
    urlFor: ({ user, password }) => `nats://${user}:${password}@127.0.0.1:${options.port}`,
    process: server,
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

function addresses({ port, monitoringPort }: NatsOptions): { listen: string; monitoring?: string } {
  const listen = `127.0.0.1:${port}`
  return monitoringPort === undefined ? { listen } : { listen, monitoring: `127.0.0.1:${monitoringPort}` }
}

/** The text of a configuration in which every user has an account of its own with JetStream. */
export function natsConfiguration(options: {
  /** host:port */
  listen: string
  /** host:port */
  monitoring?: string
  /** Where JetStream keeps its streams. */
  folder: string
  accounts: readonly NatsUser[]
}): string {
  const { listen, monitoring, folder, accounts } = options
  const lines = [
    `listen: "${listen}"`,
    ...(monitoring === undefined ? [] : [`http: "${monitoring}"`]),
    // A figure of our own: the server's default follows the free disk, and a small disk would refuse the streams' reservations.
    `jetstream { store_dir: ${JSON.stringify(folder)}, max_file_store: 64GB, max_memory_store: 256MB }`,
    'accounts {',
    ...accounts.map(
      ({ user, password }) =>
        `  ${user.toUpperCase()}: { jetstream: enabled, users: [{ user: "${user}", password: "${password}" }] }`,
    ),
    '}',
  ]
  return `${lines.join('\n')}\n`
}

/** A NATS server speaks first: it greets every connection with a line that begins with INFO. */
async function greets(port: number, signal: AbortSignal): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    return await firstChunk(socket, signal)
  } finally {
    socket.destroy()
  }
}

function firstChunk(socket: Socket, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const no = () => resolve(false)
    socket.once('data', (chunk) => resolve(chunk.toString('latin1').startsWith('INFO')))
    socket.once('error', no)
    socket.once('close', no)
    socket.setTimeout(1_000, no)
    signal.addEventListener('abort', no, { once: true })
  })
}
