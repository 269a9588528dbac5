/**
 * Loaded before the program: `node --import @lockstep/telemetry/register src/main.ts`.
 *
 * OTEL_SERVICE_NAME           the service's name in traces and metrics
 * METRICS_PORT                serves Prometheus text at /metrics; unset: no metrics are kept at all
 * METRICS_HOST                the address it listens on, default 127.0.0.1
 * OTEL_EXPORTER_OTLP_ENDPOINT sends traces there (OTLP/HTTP); unset: trace ids are made and passed on, nothing is recorded
 * OTEL_TRACES_SAMPLER         how many traces are recorded when they are sent, default every one whose parent is
 *
 * Spans of gRPC come from @lockstep/rpc and of messages from @lockstep/bus; Postgres is instrumented here, where traces are sent. Patching ES imports of grpc-js would need a
 * loader thread: 30 MB and half a second more per process (measured), for the same spans.
 */
import { diag } from '@opentelemetry/api'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { envDetector, serviceInstanceIdDetector } from '@opentelemetry/resources'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { onTelemetryStop } from './sdk-lifetime.ts'
import { tracing } from './tracing.ts'

const host = process.env['METRICS_HOST'] ?? '127.0.0.1'
const port = process.env['METRICS_PORT']
const exporter =
  port === undefined || port === ''
    ? undefined
    : new PrometheusExporter({ host, port: portOf(port), preventServerStart: true })

const sdk = new NodeSDK({
  serviceName: process.env['OTEL_SERVICE_NAME'] ?? 'lockstep',
  resourceDetectors: [envDetector, serviceInstanceIdDetector],
  metricReaders: exporter ? [exporter] : [],
  logRecordProcessors: [],
  ...(await tracing(process.env)),
})
sdk.start()
onTelemetryStop(() => sdk.shutdown())
if (exporter) await listen(exporter)

async function listen(metrics: PrometheusExporter): Promise<void> {
  try {
    await metrics.startServer()
  } catch (error) {
    diag.error('metrics', error)
    refuse(`METRICS_PORT: ${host}:${port} cannot be listened on (${reasonOf(error)}): free it, or set another port`)
  }
}

function portOf(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value
  return refuse(`METRICS_PORT: "${text}" is not a port: set a number between 0 and 65535, or leave it unset`)
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
}

function refuse(problem: string): never {
  process.stderr.write(`${problem}\n`)
  process.exit(2)
}
