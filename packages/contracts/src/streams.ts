const DAY_MS = 24 * 60 * 60 * 1000
const MEBIBYTE = 1024 * 1024

/** A stream of JetStream: limits retention, new messages refused when full, nothing deleted by hand. */
export interface StreamDefinition {
  readonly name: string
  readonly subjects: readonly string[]
  readonly maxAgeMs: number
  readonly maxBytes: number
}

/** The services that own a stream of events. */
export type StreamOwner = 'inventory' | 'channel' | 'orders' | 'report' | 'despatch'

function eventStream(owner: StreamOwner): StreamDefinition {
  return {
    name: `${owner.toUpperCase()}_EVENTS`,
    subjects: [`evt.${owner}.v1.>`],
    maxAgeMs: 7 * DAY_MS,
    maxBytes: 1024 * MEBIBYTE,
  }
}

/** One stream per owner of subjects; kept 7 days, as long as the outbox that can refill it. */
export const streams: Readonly<Record<StreamOwner, StreamDefinition>> = {
  inventory: eventStream('inventory'),
  channel: eventStream('channel'),
  orders: eventStream('orders'),
  report: eventStream('report'),
  despatch: eventStream('despatch'),
}

/** Messages that a consumer could not take in, kept 90 days for a person to look at and replay. */
export const parkedStream: StreamDefinition = {
  name: 'PARKED',
  subjects: ['parked.>'],
  maxAgeMs: 90 * DAY_MS,
  maxBytes: 256 * MEBIBYTE,
}
