import { status } from '@grpc/grpc-js'
import { metrics, type Histogram } from '@opentelemetry/api'

type Side = 'server' | 'client'
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const histograms = new Map<Side, Histogram>()

/** Seconds that calls took, by method and status: rpc_server_call_duration_seconds and rpc_client_call_duration_seconds. */
export function observeCall(side: Side, method: string, outcome: { code: status; begunMs: number }): void {
  const seconds = (performance.now() - outcome.begunMs) / 1_000
  histogramOf(side).record(seconds, { rpc_method: method, rpc_status_code: status[outcome.code] })
}

/** Made at the first call: the meter must have been registered by then. */
function histogramOf(side: Side): Histogram {
  const made = histograms.get(side)
  if (made) return made
  const options = { unit: 's', advice: { explicitBucketBoundaries: buckets } }
  const histogram = metrics.getMeter('lockstep.rpc').createHistogram(`rpc_${side}_call_duration_seconds`, options)
  histograms.set(side, histogram)
  return histogram
}
