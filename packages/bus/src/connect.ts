import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { connect } from '@nats-io/transport-node'
import type { Logger } from 'pino'

/** What `connectBus` needs to know. */
export interface BusOptions {
  /** One or several addresses separated by commas; user and password may stand in the first. */
  url: string
  /** Shown in the server's list of connections: the service's name. */
  name: string
  log: Logger
}

/** A connection to the broker that is made again for ever. */
export interface Bus extends AsyncDisposable {
  connection: NatsConnection
  /** For publishing with an acknowledgement. Nothing else publishes events: what the connection itself sends while it is down is lost without an error. */
  jetstream: JetStreamClient
  manager: JetStreamManager
  /** False while the broker cannot be reached. */
  isConnected(): boolean
  /** Calls `listener` after each reconnection, until the bus is closed. */
  onReconnect(listener: () => void): void
  /**
   * Waits for the answer to a request, but no longer than the connection lasts: then it rejects with BrokerLostError at once, where the client would
   * wait for the request's timeout. Whether the request was done is unknown.
   */
  whileConnected<T>(answer: Promise<T>): Promise<T>
}

/** The connection ended before an answer came. */
export class BrokerLostError extends Error {
  override name = 'BrokerLostError'
}

const requestTimeoutMs = 5_000
const drainMs = 5_000

/**
 * Connects to the broker. Resolves when it is reached for the first time, however long that takes, and never gives up later either.
 * Disposal sends what is buffered, acknowledgements above all, and closes.
 */
export async function connectBus({ url, name, log }: BusOptions): Promise<Bus> {
  const connection = await connect({
    ...serversOf(url),
    name,
    // The client's own default gives up after 20 s.
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 500,
    reconnectJitter: 250,
    // A broker that froze is noticed after 15 s; the default takes six minutes.
    pingInterval: 5_000,
    maxPingOut: 2,
    timeout: requestTimeoutMs,
    // Else the client takes a stack trace with each publish, in case it should fail.
    noAsyncTraces: true,
  })
  const state: ConnectionState = { connected: true, onReconnect: new Set(), onLost: new Set() }
  const watching = watchConnection(connection, state, log)
  log.info({ name, address: connection.getServer() }, 'broker connected')
  return {
    connection,
    jetstream: jetstream(connection, { timeout: requestTimeoutMs }),
    // JetStream may come up after the connection; whoever needs it finds out and waits.
    manager: await jetstreamManager(connection, { timeout: requestTimeoutMs, checkAPI: false }),
    isConnected: () => state.connected && !connection.isClosed(),
    onReconnect: (listener) => void state.onReconnect.add(listener),
    whileConnected: (answer) => whileConnected(answer, state),
    async [Symbol.asyncDispose]() {
      await closeConnection(connection, state.connected)
      await watching
    },
  }
}

/** `nats://user:password@host:4222,nats://host2:4222` as the client wants it. */
function serversOf(url: string): { servers: string[]; user?: string; pass?: string } {
  const parsed = url.split(',').map((part) => new URL(part.trim()))
  const { username = '', password = '' } = parsed[0] ?? {}
  const servers = parsed.map((server) => server.host)
  return username === ''
    ? { servers }
    : { servers, user: decodeURIComponent(username), pass: decodeURIComponent(password) }
}

interface ConnectionState {
  connected: boolean
  onReconnect: Set<() => void>
  onLost: Set<() => void>
}

async function watchConnection(connection: NatsConnection, state: ConnectionState, log: Logger): Promise<void> {
  for await (const event of connection.status()) {
    if (event.type === 'disconnect') {
      state.connected = false
      log.warn({ address: event.server }, 'broker lost')
      for (const listener of state.onLost) listener()
    } else if (event.type === 'reconnect') {
      state.connected = true
      log.info({ address: event.server }, 'broker connected again')
      for (const listener of state.onReconnect) listener()
    } else if (event.type === 'error') {
      log.warn({ err: event.error }, 'broker reported an error')
    }
  }
  state.connected = false
}

function whileConnected<T>(answer: Promise<T>, { connected, onLost }: ConnectionState): Promise<T> {
  const lost = Promise.withResolvers<never>()
  const lose = (): void => lost.reject(new BrokerLostError('the connection to the broker is lost'))
  onLost.add(lose)
  if (!connected) lose()
  return Promise.race([answer, lost.promise]).finally(() => onLost.delete(lose))
}

async function closeConnection(connection: NatsConnection, connected: boolean): Promise<void> {
  if (connection.isClosed()) return
  if (!connected) return connection.close()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, drainMs)))
  await Promise.race([connection.drain().catch(() => undefined), late])
  clearTimeout(timer)
  if (!connection.isClosed()) await connection.close()
}
