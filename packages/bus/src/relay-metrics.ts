import type { Meter } from '@opentelemetry/api'

/** The signals of a relay; `stop` takes the gauges away. */
export interface RelayMetrics {
  published(count: number, duplicates: number): void
  failed(): void
  stop(): void
}

interface Backlog {
  waiting: number
  oldestAt: Date | null
  refused: number
}

/**
 * Makes the signals of one outbox: outbox_published_total, outbox_duplicates_total, outbox_publish_failures_total, and, read from the database when they are asked for,
 * outbox_pending, outbox_oldest_timestamp_seconds (0 when nothing waits) and outbox_refused.
 */
export function relayMetrics(meter: Meter, owner: string, backlog: () => Promise<Backlog>): RelayMetrics {
  const labels = { owner }
  const published = meter.createCounter('outbox_published_total')
  const duplicates = meter.createCounter('outbox_duplicates_total')
  const failures = meter.createCounter('outbox_publish_failures_total')
  const pending = meter.createObservableGauge('outbox_pending')
  const oldest = meter.createObservableGauge('outbox_oldest_timestamp_seconds')
  const refused = meter.createObservableGauge('outbox_refused')
  const observe: Parameters<Meter['addBatchObservableCallback']>[0] = async (result) => {
    const now = await backlog()
    result.observe(pending, now.waiting, labels)
    result.observe(oldest, (now.oldestAt?.getTime() ?? 0) / 1_000, labels)
    result.observe(refused, now.refused, labels)
  }
  meter.addBatchObservableCallback(observe, [pending, oldest, refused])
  return {
    published(count, again) {
      published.add(count, labels)
      if (again > 0) duplicates.add(again, labels)
    },
    failed: () => failures.add(1, labels),
    stop: () => meter.removeBatchObservableCallback(observe, [pending, oldest, refused]),
  }
}
