import { metrics, type Counter } from '@opentelemetry/api'

/** What became of a message: taken in, given back to come again, or parked. */
export type MessageOutcome = 'done' | 'again' | 'parked'

let handled: Counter | undefined

/** bus_messages_total by durable and outcome. Made at its first use: the meter must have been registered by then. */
export function countMessages(durable: string, outcome: MessageOutcome, count: number): void {
  handled ??= metrics.getMeter('lockstep.bus').createCounter('bus_messages_total')
  handled.add(count, { durable, outcome })
}

/** How a durable stands, as the broker said last. */
export interface ConsumerStanding {
  /** Messages that were never delivered to it. */
  pending: number
  /** Messages that are with workers. */
  unacknowledged: number
  redelivered: number
}

/** bus_consumer_pending, bus_consumer_ack_pending and bus_consumer_redelivered of a durable. Answers what takes the gauges away. */
export function observeStanding(durable: string, standing: () => ConsumerStanding | undefined): () => void {
  const meter = metrics.getMeter('lockstep.bus')
  const pending = meter.createObservableGauge('bus_consumer_pending')
  const unacknowledged = meter.createObservableGauge('bus_consumer_ack_pending')
  const redelivered = meter.createObservableGauge('bus_consumer_redelivered')
  const observe: Parameters<typeof meter.addBatchObservableCallback>[0] = (result) => {
    const now = standing()
    if (!now) return
    result.observe(pending, now.pending, { durable })
    result.observe(unacknowledged, now.unacknowledged, { durable })
    result.observe(redelivered, now.redelivered, { durable })
  }
  meter.addBatchObservableCallback(observe, [pending, unacknowledged, redelivered])
  return () => meter.removeBatchObservableCallback(observe, [pending, unacknowledged, redelivered])
}
