import { setTimeout as delay } from 'node:timers/promises'
import {
  credentials,
  Metadata,
  status,
  type CallOptions,
  type ChannelCredentials,
  type ClientOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ServiceError,
} from '@grpc/grpc-js'
import { runInSpan, traceparent } from '@lockstep/telemetry/trace'
import { context as activeContext, SpanKind } from '@opentelemetry/api'
import { observeCall } from './call-metrics.ts'
import { deadlineWithin } from './deadline.ts'
import { isServiceError, refusalOf } from './refusal.ts'

/** The largest message that travels, either way. */
export const maxMessageBytes = 16 * 1024 * 1024

/** How a client is opened, where the defaults do not do. */
export interface OpenClientOptions {
  /** Largest message in bytes, either way. Default 16 MB. */
  maxMessageBytes?: number
  /** Default: no encryption. */
  credentials?: ChannelCredentials
  /** Further options of the channel. */
  channelOptions?: ClientOptions
}

/**
 * A client of one service at `address` (`host:port`, or `dns:///name:port` to spread calls over every address of a name). Nothing connects before the first call; a lost connection
 * is made again as long as the client is open. Close it with `close()`.
 */
export function openClient<C>(
  Client: new (address: string, credentials: ChannelCredentials, options?: Partial<ClientOptions>) => C,
  address: string,
  options: OpenClientOptions = {},
): C {
  const bytes = options.maxMessageBytes ?? maxMessageBytes
  return new Client(address, options.credentials ?? credentials.createInsecure(), {
    'grpc.max_receive_message_length': bytes,
    'grpc.max_send_message_length': bytes,
    // A peer that vanished without a word is noticed after 25 s instead of never.
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    ...options.channelOptions,
  })
}

/** What every call says about itself. */
export interface CallSettings {
  /** The call fails with DEADLINE_EXCEEDED after this time. Every call has one. */
  timeoutMs: number
  /** Who asks; shown in audit trails. Default `system`. */
  actor?: string | undefined
  /** Ends the call. The signal of a handler's context also carries its caller's deadline: the call never outlives it. */
  signal?: AbortSignal | undefined
  /** The call changes nothing, so it may be repeated. */
  readOnly?: boolean | undefined
  /** How often a call that may be repeated is tried again when the peer is unavailable. Default 4 (over about 1.5 s). */
  retries?: number
}

// oxlint-disable-next-line max-params -- the shape of the generated clients
type Answered<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall
type Streamed<Request, Response> = (
  request: Request,
  metadata?: Metadata,
  options?: Partial<CallOptions>,
) => ClientReadableStream<Response>

/** Names of a client's methods that answer with a stream. */
export type StreamMethod<C> = { [M in keyof C]: C[M] extends Streamed<never, unknown> ? M : never }[keyof C] & string
/** Names of a client's methods that answer once. A stream looks like an answer to the compiler, so streams are taken out. */
export type UnaryMethod<C> = Exclude<
  { [M in keyof C]: C[M] extends Answered<never, unknown> ? M : never }[keyof C] & string,
  StreamMethod<C>
>
/** The request of a client's method. */
export type RequestOf<C, M extends keyof C> = PartsOf<C[M]>['request']
/** The answer of a client's method, or one message of its stream. */
export type ResponseOf<C, M extends keyof C> = PartsOf<C[M]>['response']
type PartsOf<Method> =
  Method extends Streamed<infer Request, infer Response>
    ? { request: Request; response: Response }
    : Method extends Answered<infer Request, infer Response>
      ? { request: Request; response: Response }
      : never

/**
 * Calls a method once, with a deadline. Rejects with grpc-js' ServiceError; `refusalOf(error)` tells what was refused.
 * When the peer is unavailable the call is repeated within its deadline, but only if the request carries an idempotency key or the call is `readOnly`:
 * a call whose connection broke may have been done.
 */
// oxlint-disable-next-line max-params -- reads like the call it makes: whom, what, with what, how
export async function call<C extends object, M extends UnaryMethod<C>>(
  client: C,
  method: M,
  request: RequestOf<C, M>,
  settings: CallSettings,
): Promise<ResponseOf<C, M>> {
  const deadline = deadlineWithin(settings.timeoutMs, settings.signal)
  const retries = mayRepeat(request, settings) ? (settings.retries ?? 4) : 0
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await callOnce(client, method, { request, settings, deadline })
    } catch (error) {
      const pauseMs = Math.min(100 * 2 ** attempt, 1_000) * (0.8 + 0.4 * Math.random())
      if (attempt >= retries || !isInterrupted(error, settings.signal) || Date.now() + pauseMs >= deadline.getTime())
        throw error
      await delay(pauseMs, undefined, { signal: settings.signal })
    }
  }
}

/** Calls a method that answers with a stream. The call ends when the loop over it ends, however it ends; messages are read no faster than they are consumed. */
// oxlint-disable-next-line max-params -- as `call`
export async function* callStream<C extends object, M extends StreamMethod<C>>(
  client: C,
  method: M,
  request: RequestOf<C, M>,
  settings: CallSettings,
): AsyncGenerator<ResponseOf<C, M>, void, undefined> {
  const deadline = deadlineWithin(settings.timeoutMs, settings.signal)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- M is one of the client's streaming methods, as its type says
  const start = client[method] as Streamed<RequestOf<C, M>, ResponseOf<C, M>>
  const stream = start.call(client, request, metadataOf(settings), { deadline })
  const cancel = (): void => stream.cancel()
  settings.signal?.addEventListener('abort', cancel, { once: true })
  if (settings.signal?.aborted) cancel()
  try {
    const messages: AsyncIterable<ResponseOf<C, M>> = stream
    for await (const message of messages) yield message
  } finally {
    settings.signal?.removeEventListener('abort', cancel)
    stream.cancel()
  }
}

interface OneCall<Request> {
  request: Request
  settings: CallSettings
  deadline: Date
}

function callOnce<C extends object, M extends UnaryMethod<C>>(
  client: C,
  method: M,
  one: OneCall<RequestOf<C, M>>,
): Promise<ResponseOf<C, M>> {
  const name = nameOf(client[method], method)
  const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': name }
  const begunMs = performance.now()
  return runInSpan({ name, kind: SpanKind.CLIENT, parent: activeContext.active(), attributes }, async () => {
    try {
      const answer = await send(client, method, one)
      observeCall('client', name, { code: status.OK, begunMs })
      return answer
    } catch (error) {
      observeCall('client', name, { code: isServiceError(error) ? error.code : status.UNKNOWN, begunMs })
      if (isServiceError(error)) failedMethods.set(error, name)
      throw error
    }
  })
}

const failedMethods = new WeakMap<object, string>()

/** The method that a failed `call` was to, such as `lockstep.report.v1.ReportService/GetReport`; undefined for other errors. */
export function failedMethodOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? failedMethods.get(error) : undefined
}

/** `lockstep.report.v1.ReportService/GetReport`: grpc-js hangs the path on each method. */
function nameOf(method: unknown, otherwise: string): string {
  return typeof method === 'function' && 'path' in method ? String(method.path).slice(1) : otherwise
}

function send<C extends object, M extends UnaryMethod<C>>(
  client: C,
  method: M,
  one: OneCall<RequestOf<C, M>>,
): Promise<ResponseOf<C, M>> {
  const { request, settings, deadline } = one
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- M is one of the client's answering methods, as its type says
  const start = client[method] as Answered<RequestOf<C, M>, ResponseOf<C, M>>
  return new Promise((resolve, reject) => {
    const sent = start.call(client, request, metadataOf(settings), { deadline }, (error, response) => {
      settings.signal?.removeEventListener('abort', cancel)
      if (error) reject(error)
      else resolve(response)
    })
    const cancel = (): void => sent.cancel()
    settings.signal?.addEventListener('abort', cancel, { once: true })
    if (settings.signal?.aborted) cancel()
  })
}

function metadataOf(settings: CallSettings): Metadata {
  const metadata = new Metadata()
  // Header values are ASCII; a name that is not travels as far as it is.
  metadata.set('lockstep-actor', (settings.actor ?? 'system').replaceAll(/[^\x20-\x7e]/g, '?') || 'unknown')
  const span = traceparent()
  if (span) metadata.set('traceparent', span)
  return metadata
}

function mayRepeat(request: unknown, settings: CallSettings): boolean {
  if (settings.readOnly) return true
  return typeof request === 'object' && request !== null && 'idempotencyKey' in request && request.idempotencyKey !== ''
}

/**
 * The call got no answer: the peer was not there, or its connection ended. A peer that says "unavailable" as an answer of its own means it.
 * A server that is stopped by force cancels its calls, and a connection that breaks may reset them: neither is what the caller or the handler did.
 */
function isInterrupted(error: unknown, signal: AbortSignal | undefined): boolean {
  if (!isServiceError(error) || refusalOf(error) !== undefined || signal?.aborted) return false
  if (error.code === status.INTERNAL) return error.details.startsWith('Received RST_STREAM')
  return error.code === status.UNAVAILABLE || error.code === status.CANCELLED
}
