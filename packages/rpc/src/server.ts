import {
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
  type ServiceDefinition,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'
import type { Logger } from 'pino'
import { maxMessageBytes } from './client.ts'
import { attachLog, type StreamHandler, type UnaryHandler } from './handler.ts'
import { addReflection } from './reflection.ts'

/** What a service's implementation must hold, by the generated definition: one handler per method. */
export type ImplementationOf<Definition> = {
  [Method in keyof Definition]: Definition[Method] extends Described<false, infer Request, infer Response>
    ? UnaryHandler<Request, Response>
    : Definition[Method] extends Described<true, infer Request, infer Response>
      ? StreamHandler<Request, Response>
      : never
}

interface Described<Streams extends boolean, Request, Response> {
  responseStream: Streams
  requestDeserialize(bytes: Buffer): Request
  responseSerialize(response: Response): Buffer
}

/** A service and what answers its calls. */
export interface ServiceBinding {
  definition: ServiceDefinition
  implementation: UntypedServiceImplementation
}

/** Ties an implementation to a generated definition; a method that is missing or of another shape does not compile. */
export function serviceBinding<Definition extends ServiceDefinition>(
  definition: Definition,
  implementation: ImplementationOf<Definition>,
): ServiceBinding {
  return { definition, implementation }
}

/** What `startServer` needs to know. */
export interface RpcServerOptions {
  /** 0 takes a free one. */
  port: number
  /** Default 127.0.0.1. */
  host?: string
  services: ServiceBinding[]
  log: Logger
  /** Asked every second; false, a throw or no answer within 2 s makes `readiness` NOT_SERVING. Look at this process only, never at a peer. */
  readiness?: () => boolean | Promise<boolean>
  /** Largest message in bytes, either way. Default 16 MB. */
  maxMessageBytes?: number
  /** How long calls may take to end when the server is disposed of. Default 10 000. */
  drainMs?: number
  /** Default: no encryption. */
  credentials?: ServerCredentials
}

/** A server that answers. Disposal says NOT_SERVING, takes no new calls, lets running ones end and cuts what is left after 10 s. */
export interface RpcServer extends AsyncDisposable {
  /** The port it listens on. */
  port: number
}

/** The port cannot be listened on. */
export class ListenError extends Error {
  override name = 'ListenError'
}

/**
 * Starts a gRPC server with the services, their reflection and grpc.health.v1 under the names '' (as readiness), `startup`, `readiness` and `liveness`.
 * Liveness says SERVING for as long as the process answers at all, whatever its database or broker do. Throws ListenError when the port is taken.
 */
export async function startServer(options: RpcServerOptions): Promise<RpcServer> {
  // What goes wrong is thrown here or logged by us; grpc-js would print it a second time, and not as JSON.
  setLogVerbosity(logVerbosity.NONE)
  const bytes = options.maxMessageBytes ?? maxMessageBytes
  const server = new Server({
    'grpc.max_receive_message_length': bytes,
    'grpc.max_send_message_length': bytes,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 5_000,
    // Clients resolve a name again only when a connection ends: without an end a new replica would get no calls.
    'grpc.max_connection_age_ms': 300_000,
    'grpc.max_connection_age_grace_ms': 600_000,
  })
  for (const { definition, implementation } of options.services) {
    server.addService(definition, withLog(implementation, options.log))
  }
  const health = new HealthImplementation({
    '': 'SERVING',
    startup: 'SERVING',
    readiness: 'SERVING',
    liveness: 'SERVING',
  })
  health.addToServer(server)
  addReflection(
    server,
    options.services.map(({ definition }) => serviceNameOf(definition)),
  )
  const watching = await watchReadiness(health, options)
  const port = await listen(server, options).catch((error: unknown) => {
    clearInterval(watching)
    throw error
  })
  options.log.info({ port, host: options.host ?? '127.0.0.1' }, 'serving')
  return {
    port,
    async [Symbol.asyncDispose]() {
      clearInterval(watching)
      for (const name of ['', 'startup', 'readiness']) health.setStatus(name, 'NOT_SERVING')
      await drain(server, options.drainMs ?? 10_000)
    },
  }
}

function withLog(implementation: UntypedServiceImplementation, log: Logger): UntypedServiceImplementation {
  const entries = Object.entries(implementation).map(([name, handler]) => {
    const logging = (call: object, ...rest: unknown[]): unknown => {
      attachLog(call, log)
      return Reflect.apply(handler, undefined, [call, ...rest])
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- passes on exactly what the handler it wraps takes
    return [name, logging as UntypedHandleCall] as const
  })
  return Object.fromEntries(entries)
}

/** `/lockstep.report.v1.ReportService/GetReport` names its service. */
function serviceNameOf(definition: ServiceDefinition): string {
  const [first] = Object.values(definition)
  return first?.path.split('/')[1] ?? ''
}

async function watchReadiness(
  health: HealthImplementation,
  { readiness, log }: RpcServerOptions,
): Promise<NodeJS.Timeout | undefined> {
  if (!readiness) return undefined
  const state = { ready: true, asking: false }
  const ask = async (): Promise<void> => {
    if (state.asking) return
    state.asking = true
    const ready = await answerWithin(readiness, 2_000)
    state.asking = false
    if (ready === state.ready) return
    state.ready = ready
    for (const name of ['', 'readiness']) health.setStatus(name, ready ? 'SERVING' : 'NOT_SERVING')
    if (ready) log.info({ state: 'ready' }, 'readiness changed')
    else log.warn({ state: 'not ready' }, 'readiness changed')
  }
  await ask()
  return setInterval(() => void ask(), 1_000)
}

async function answerWithin(readiness: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)))
  try {
    return await Promise.race([readiness(), late])
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}

function listen(server: Server, { port, host = '127.0.0.1', credentials }: RpcServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, credentials ?? ServerCredentials.createInsecure(), (error, bound) => {
      if (error)
        reject(new ListenError(`${host}:${port} cannot be listened on: free the port or set another`, { cause: error }))
      else resolve(bound)
    })
  })
}

/** `tryShutdown` alone may wait for ever for a call that does not end. */
async function drain(server: Server, withinMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)))
  await Promise.race([new Promise<void>((resolve) => server.tryShutdown(() => resolve())), late])
  clearTimeout(timer)
  server.forceShutdown()
}
