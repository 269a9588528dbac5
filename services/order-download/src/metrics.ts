import { meter } from '@lockstep/telemetry/metrics'
import type { OrderFinding } from './domain/order.ts'
import type { PollResult } from './domain/poll-window.ts'

const orderDownload = meter('order-download')

const orders = orderDownload.createCounter('orders_taken_in_total', {
  description: 'Order snapshots from Amazon by what became of them',
})
const recovered = orderDownload.createCounter('orders_recovered_total', {
  description: 'Orders that an earlier poll should have shown and the overlap found',
})
const quarantined = orderDownload.createCounter('orders_quarantined_total', {
  description: 'Order snapshots that could not be taken in',
})
const findings = orderDownload.createCounter('order_findings_total', {
  description: 'Orders taken in that a person should look at, by why',
})
const polls = orderDownload.createCounter('order_polls_total', { description: 'Polls by how they ended' })
const unresolved = orderDownload.createCounter('order_line_resolutions_failed_total', {
  description: 'Times the connector could not say where order lines belong',
})

/** One snapshot was looked at. */
export function countTakenIn(outcome: 'received' | 'changed' | 'unchanged' | 'left_out', count: number): void {
  if (count > 0) orders.add(count, { outcome })
}

/** The overlap found an order that an earlier poll missed. */
export function countRecovered(count: number): void {
  if (count > 0) recovered.add(count)
}

/** A snapshot went into quarantine. */
export function countQuarantined(count: number): void {
  if (count > 0) quarantined.add(count)
}

/** An order that a person should look at. */
export function countFinding(finding: OrderFinding): void {
  findings.add(1, { finding })
}

/** A poll ended. */
export function countPoll(result: PollResult): void {
  polls.add(1, { result })
}

/** The connector did not answer where lines belong; they are asked for again. */
export function countFailedResolution(): void {
  unresolved.add(1)
}
