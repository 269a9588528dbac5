import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node'

type Tracing = Pick<Partial<NodeSDKConfiguration>, 'spanProcessors' | 'sampler' | 'traceExporter' | 'instrumentations'>

/** Traces are recorded only where somebody collects them; without a collector ids are still made, so that log lines of one request belong together. */
export async function tracing(env: Record<string, string | undefined>): Promise<Tracing> {
  if (!env['OTEL_EXPORTER_OTLP_ENDPOINT'] && !env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']) return idsOnly
  // Loaded only where it is used: it costs every other process memory and start-up time, and each query a fraction of the time that it takes.
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  const { PgInstrumentation } = await import('@opentelemetry/instrumentation-pg')
  return {
    traceExporter: new OTLPTraceExporter(),
    // A query without a parent is a poll of ours; it would fill the traces with nothing.
    instrumentations: [new PgInstrumentation({ requireParentSpan: true })],
  }
}

const nothing = async (): Promise<void> => undefined

type Decision = ReturnType<NodeSDKConfiguration['sampler']['shouldSample']>['decision']
// oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- SamplingDecision.NOT_RECORD: sdk-node does not pass that enum on
const notRecorded = 0 as Decision

/** One processor must be there for a tracer to exist at all; the sampler sees to it that it is never called. */
const idsOnly: Tracing = {
  spanProcessors: [{ onStart: () => undefined, onEnd: () => undefined, shutdown: nothing, forceFlush: nothing }],
  sampler: { shouldSample: () => ({ decision: notRecorded }), toString: () => 'ids only' },
}
