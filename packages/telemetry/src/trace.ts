import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api'

const tracer = () => trace.getTracer('lockstep')

/** The W3C traceparent of the span that is active here, or undefined outside any. Goes into outbox rows, headers and call metadata. */
export function traceparent(): string | undefined {
  const span = trace.getSpanContext(context.active())
  return span && isSpanContextValid(span) ? formatTraceparent(span) : undefined
}

/** Runs inside a new span named `name`, child of the active one. A throw marks the span as failed and goes on. */
export function inSpan<T>(name: string, attributes: Attributes, run: (span: Span) => Promise<T>): Promise<T> {
  return runInSpan({ name, attributes, kind: SpanKind.INTERNAL, parent: context.active() }, run)
}

/**
 * Runs inside a new span that continues a trace begun elsewhere: child of `parent` and linked to it.
 * Without a usable traceparent the span starts a trace of its own.
 */
export function withRemoteParent<T>(
  parent: string | undefined,
  name: string,
  run: (span: Span) => Promise<T>,
): Promise<T> {
  const remote = parseTraceparent(parent)
  const links = remote ? [{ context: remote }] : []
  return runInSpan({ name, kind: SpanKind.CONSUMER, parent: contextOf(parent), links }, run)
}

/** What `runInSpan` needs to begin its span. */
export interface SpanStart {
  name: string
  kind: SpanKind
  parent: Context
  attributes?: Attributes
  links?: Link[]
}

/** Runs inside a new span with the kind and parent given; ends it when the work ends. A throw marks the span as failed and goes on. */
export async function runInSpan<T>(start: SpanStart, run: (span: Span) => Promise<T>): Promise<T> {
  const { name, parent, ...options } = start
  const span = tracer().startSpan(name, options, parent)
  try {
    return await context.with(trace.setSpan(parent, span), () => run(span))
  } catch (error) {
    markFailed(span, error)
    throw error
  } finally {
    span.end()
  }
}

/** Puts the kind of error on the span; its message stays in the log, where redaction applies. */
export function markFailed(span: Span, error: unknown): void {
  const type = error instanceof Error ? error.name : typeof error
  span.setAttribute('error.type', type)
  span.setStatus({ code: SpanStatusCode.ERROR, message: type })
}

/** A context that continues the trace a traceparent names; without a usable one, an empty context: the trace begins here. */
export function contextOf(header: string | undefined): Context {
  const remote = parseTraceparent(header)
  return remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT
}

/** The span that a W3C traceparent names, or undefined when the text is none. */
export function parseTraceparent(header: string | undefined): SpanContext | undefined {
  const parts = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(header ?? '')
  const [, traceId = '', spanId = '', flags = '00'] = parts ?? []
  const span = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return isSpanContextValid(span) ? span : undefined
}

/** True when the trace that a traceparent names is being recorded somewhere. */
export function isSampled(header: string | undefined): boolean {
  const span = parseTraceparent(header)
  return span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) !== 0
}

function formatTraceparent(span: SpanContext): string {
  return `00-${span.traceId}-${span.spanId}-${(span.traceFlags & 0xff).toString(16).padStart(2, '0')}`
}
