import { once } from 'node:events'
import {
  Metadata,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
} from '@grpc/grpc-js'
import { generalReasons } from '@lockstep/contracts/reasons'
import { isTransient } from '@lockstep/postgres/errors'
import { IdempotencyConflictError, IdempotencyKeyError } from '@lockstep/postgres/idempotency'
import { contextOf, runInSpan } from '@lockstep/telemetry/trace'
import { SpanKind, type Span } from '@opentelemetry/api'
import { pino, type Logger } from 'pino'
import { observeCall } from './call-metrics.ts'
import { setDeadline } from './deadline.ts'
import { isServiceError, refusal, RefusalError, trailerOf } from './refusal.ts'

/** What a handler knows about the call beside its request. */
export interface CallContext {
  /** Who asks, as the caller says it: unverified until sign-in exists. `unknown` when the caller says nothing. */
  actor: string
  /**
   * Aborted when the caller has gone or its deadline has passed. Pass it on to every call this one makes: they then end with it, and never later than its deadline.
   * Nobody waits for the answer any more: check it before a commit that a repeat could not find again.
   */
  signal: AbortSignal
  /** Until when the caller waits; absent when it waits for ever. */
  deadline?: Date
  log: Logger
}

/** Metadata that names who asks. */
export const actorKey = 'lockstep-actor'
/** Metadata that carries the caller's span (W3C). */
export const traceparentKey = 'traceparent'

type ServerCall<Request, Response> = ServerUnaryCall<Request, Response> | ServerWritableStream<Request, Response>

const silent = pino({ level: 'silent' })
/** Which server's log a call writes to; handlers are made before their server is. */
const logs = new WeakMap<object, Logger>()

/** Tells the handlers where a call logs to. Used by `startServer`. */
export function attachLog(call: object, log: Logger): void {
  logs.set(call, log)
}

/** What a handler takes and gives, for the compiler alone: no value has it. */
interface Typed<Request, Response> {
  readonly types?: (request: Request) => Response
}
/** A gRPC handler that answers once. Fits wherever a generated server type asks for one. */
export type UnaryHandler<Request, Response> = Typed<Request, Response> &
  ((call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<never>) => void)
/** A gRPC handler that answers with a stream. */
export type StreamHandler<Request, Response> = Typed<Request, Response> &
  ((call: ServerWritableStream<unknown, never>) => void)

/**
 * Makes a gRPC handler of a function from request to answer. A thrown RefusalError becomes its status with the refusal beside it, IdempotencyConflictError
 * ALREADY_EXISTS, a database or peer that cannot be reached UNAVAILABLE (a keyed call may be repeated), anything else INTERNAL; that is logged once, here.
 */
export function unary<Request, Response>(
  handler: (request: Request, context: CallContext) => Promise<Response>,
): UnaryHandler<Request, Response> {
  const answer = (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void =>
    void answerUnary(call, callback, handler)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- grpc-js calls it with the messages of the method it is bound to, which `types` checks
  return answer as UnaryHandler<Request, Response>
}

/** Makes a gRPC handler of an async generator; it is paused while the caller does not read, and ended when the caller has gone. */
export function serverStream<Request, Response>(
  handler: (request: Request, context: CallContext) => AsyncIterable<Response>,
): StreamHandler<Request, Response> {
  const answer = (call: ServerWritableStream<Request, Response>): void => void answerStream(call, handler)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as in unary
  return answer as StreamHandler<Request, Response>
}

async function answerUnary<Request, Response>(
  call: ServerUnaryCall<Request, Response>,
  callback: sendUnaryData<Response>,
  handler: (request: Request, context: CallContext) => Promise<Response>,
): Promise<void> {
  const answer: { value?: Response } = {}
  const failure = await observed(call, async (context) => {
    answer.value = await handler(call.request, context)
  })
  if (failure) callback(failure)
  else callback(null, answer.value)
}

async function answerStream<Request, Response>(
  call: ServerWritableStream<Request, Response>,
  handler: (request: Request, context: CallContext) => AsyncIterable<Response>,
): Promise<void> {
  const failure = await observed(call, async (context) => {
    for await (const message of handler(call.request, context)) {
      context.signal.throwIfAborted()
      if (!call.write(message)) await once(call, 'drain', { signal: context.signal })
    }
  })
  if (failure) call.emit('error', failure)
  else call.end()
}

/** Runs the work of a call inside its span and says what it failed with, if it did. Never throws. */
async function observed<Request, Response>(
  call: ServerCall<Request, Response>,
  work: (context: CallContext) => Promise<void>,
): Promise<StatusObject | undefined> {
  const begunMs = performance.now()
  const method = call.getPath().slice(1)
  const context = contextOfCall(call)
  const parent = contextOf(textOf(call.metadata, traceparentKey))
  const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': method }
  const failure = await runInSpan({ name: method, kind: SpanKind.SERVER, parent, attributes }, async (span) => {
    try {
      await work(context)
      return undefined
    } catch (error) {
      return failed(error, { context, method, span })
    }
  })
  observeCall('server', method, { code: failure?.code ?? status.OK, begunMs })
  return failure
}

function contextOfCall<Request, Response>(call: ServerCall<Request, Response>): CallContext {
  const gone = new AbortController()
  call.once('cancelled', () => gone.abort())
  if (call.cancelled) gone.abort()
  const context: CallContext = {
    actor: textOf(call.metadata, actorKey) ?? 'unknown',
    signal: gone.signal,
    log: logs.get(call) ?? silent,
  }
  const deadline = new Date(call.getDeadline())
  if (Number.isNaN(deadline.getTime())) return context
  setDeadline(gone.signal, deadline)
  return { ...context, deadline }
}

function textOf(metadata: Metadata, key: string): string | undefined {
  const [value] = metadata.get(key)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function failed(
  error: unknown,
  { context, method, span }: { context: CallContext; method: string; span: Span },
): StatusObject {
  const { log, actor, signal } = context
  const no = refusalFor(error)
  if (no) {
    log.info({ method, actor, reason: no.reason, field: no.field }, 'call refused')
    return { code: status[no.status], details: no.message, metadata: trailerOf(no) }
  }
  if (signal.aborted) {
    log.info({ method, actor }, 'call given up by its caller')
    return { code: status.CANCELLED, details: 'the caller has gone', metadata: new Metadata() }
  }
  const unavailable = unavailableText(error)
  if (unavailable) {
    log.warn({ err: error, method, actor }, 'call failed for now')
    return { code: status.UNAVAILABLE, details: unavailable, metadata: new Metadata() }
  }
  log.error({ err: error, method, actor }, 'call failed')
  // The text of an unexpected error may hold anything; the log has it, under this trace.
  const details = `internal error; the log has it under trace ${span.spanContext().traceId}`
  return { code: status.INTERNAL, details, metadata: new Metadata() }
}

function refusalFor(error: unknown): RefusalError | undefined {
  if (error instanceof RefusalError) return error
  if (error instanceof IdempotencyConflictError) {
    return refusal(generalReasons, 'IDEMPOTENCY_KEY_REUSED', {
      message: error.message,
      field: 'idempotency_key',
      value: error.key,
    })
  }
  if (error instanceof IdempotencyKeyError) {
    return refusal(generalReasons, 'IDEMPOTENCY_KEY_MISSING', {
      message: error.message,
      field: 'idempotency_key',
      value: error.key.slice(0, 200),
    })
  }
  return undefined
}

function unavailableText(error: unknown): string | undefined {
  if (isTransient(error)) return 'the database cannot be reached or is busy: try again'
  const isPeer = isServiceError(error) && (error.code === status.UNAVAILABLE || error.code === status.DEADLINE_EXCEEDED)
  return isPeer ? 'another service cannot be reached: try again' : undefined
}
