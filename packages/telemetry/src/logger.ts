import { readFileSync } from 'node:fs'
import { context, isSpanContextValid, trace } from '@opentelemetry/api'
import { destination, pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino'
import { describeError, redactFields } from './redact.ts'

export type { Logger } from 'pino'

// One for all loggers of the process, so that lines keep their order.
const standardOutput = destination({ dest: 1, sync: true })

export interface LoggerOptions {
  /** Names of further text fields that hold no buyer data, token or payload. */
  allow?: readonly string[]
  /** Where the lines go; standard output unless given. */
  destination?: DestinationStream
}

/**
 * A JSON logger: one object per line with `time level service version env trace_id span_id msg` and the given fields.
 * Text fields outside the allow-list read `[redacted]`. Level by LOG_LEVEL (default info), env by LOCKSTEP_ENV (default development).
 */
export function createLogger(service: string, options: LoggerOptions = {}): Logger {
  const extra = new Set(options.allow)
  const settings = {
    level: process.env['LOG_LEVEL'] ?? 'info',
    base: { service, version: productVersion(), env: process.env['LOCKSTEP_ENV'] ?? 'development' },
    timestamp: stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: object) => redactFields({ ...fields }, extra),
    },
    serializers: { err: (error: unknown) => describeError(error), error: (error: unknown) => describeError(error) },
    mixin: traceFields,
  }
  return pino(settings, options.destination ?? standardOutput)
}

function traceFields(): object {
  const span = trace.getSpanContext(context.active())
  return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {}
}

/** All packages are released together, so this package's version is the product's. */
function productVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return manifest instanceof Object && 'version' in manifest ? String(manifest.version) : 'unknown'
}
