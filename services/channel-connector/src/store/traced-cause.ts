import { traceparent } from '@lockstep/telemetry/trace'

import type { RecomputeCause } from './pipeline-tables.ts'

/** A cause as JSON. The number is computed and sent later, by whichever process finds it due: its cause carries the trace there. */
export function tracedCause(cause: RecomputeCause): string {
  const here = cause.traceparent ?? traceparent()
  return JSON.stringify({ ...cause, ...(here !== undefined && { traceparent: here }) })
}
