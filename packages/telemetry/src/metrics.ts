import { metrics, type Meter } from '@opentelemetry/api'

/**
 * The meter of a service or package. Instruments are made once, in its `metrics.ts`, one function per signal, with labels that are few and
 * bounded (never an id). Nothing is exported unless METRICS_PORT was set when the process started with `--import …/register`.
 */
export function meter(service: string): Meter {
  return metrics.getMeter(`lockstep.${service}`)
}
