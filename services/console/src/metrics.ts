import { meter } from '@lockstep/telemetry/metrics'

const signals = meter('console')
const requests = signals.createHistogram('console_request_duration', {
  description: 'Requests by route and status',
  unit: 'ms',
})
const processed = signals.createCounter('console_orders_processed', { description: 'Orders processed by a form' })
const pages = signals.createObservableGauge('console_live_pages', { description: 'Pages that listen for changes' })

/** A request was answered. */
export const observeRequest = (route: string, status: number, durationMs: number): void =>
  requests.record(durationMs, { route, status })

/** An order was processed by a form. */
export const countProcess = (): void => processed.add(1)

/** Reports how many pages listen, until it is disposed. */
export function gaugePages(count: () => number): Disposable {
  const observe = (result: { observe(value: number): void }): void => result.observe(count())
  pages.addCallback(observe)
  return { [Symbol.dispose]: () => pages.removeCallback(observe) }
}
