import { meter } from '@lockstep/telemetry/metrics'

const connector = meter('channel-connector')

const calls = connector.createCounter('amazon_calls_total', {
  description: 'Calls to Amazon that left, by operation and what came of them',
})
const waits = connector.createHistogram('amazon_token_wait_ms', {
  description: 'How long calls waited for a token of their rate buckets',
  unit: 'ms',
})
const durations = connector.createHistogram('amazon_call_ms', {
  description: 'How long Amazon took to answer, by operation',
  unit: 'ms',
})
const unsent = connector.createCounter('amazon_calls_unsent_total', {
  description: 'Calls that never left, by operation and why',
})
const expired = connector.createCounter('amazon_slots_expired_total', {
  description: 'Tokens thrown away because the call was not ready in time to use them, by operation',
})
const findings = connector.createCounter('amazon_bucket_findings_total', {
  description: 'Buckets that something else draws on as well, by operation',
})
const exchanges = connector.createCounter('amazon_token_exchanges_total', {
  description: 'Refresh tokens exchanged for access tokens, by result',
})
const rows = connector.createCounter('listings_report_rows_total', {
  description: 'Rows of listings reports, by what became of them',
})

const daysLeft = connector.createObservableGauge('amazon_credentials_days_left', {
  description: "Days until the first seller's consent and the application's client secret end",
})

/** A call came back, or was given up after it left. */
export function observeAmazonCall(call: {
  operation: string
  outcome: string
  waitedMs: number
  tookMs: number
}): void {
  calls.add(1, { operation: call.operation, outcome: call.outcome })
  waits.record(call.waitedMs, { operation: call.operation })
  durations.record(call.tookMs, { operation: call.operation })
}

/** A call never left. */
export function countUnsentCall(operation: string, reason: 'no_token' | 'held' | 'given_up' | 'no_access_token'): void {
  unsent.add(1, { operation, reason })
}

/** A token was thrown away: the call was not ready in time to use it. */
export function countExpiredSlot(operation: string): void {
  expired.add(1, { operation })
}

/** A bucket is throttled although we keep to its rate. */
export function countBucketFinding(operation: string): void {
  findings.add(1, { operation })
}

/** A refresh token was exchanged, or not. */
export function countTokenExchange(result: 'ok' | 'revoked' | 'application_refused' | 'failed' | 'unreadable'): void {
  exchanges.add(1, { result })
}

/** Rows of a listings report. */
export function countReportRows(result: 'taken' | 'lost', count: number): void {
  if (count > 0) rows.add(count, { result })
}

/** Reports how many days credentials last, by kind, until it is disposed. What is not known is left out. */
export function gaugeDaysLeft(read: () => Promise<{ consent?: number; secret?: number }>): Disposable {
  const observe = async (result: { observe(value: number, labels: { kind: string }): void }): Promise<void> => {
    for (const [kind, days] of Object.entries(await read())) result.observe(days, { kind })
  }
  daysLeft.addCallback(observe)
  return { [Symbol.dispose]: () => daysLeft.removeCallback(observe) }
}
