import { JetStreamApiError } from '@nats-io/jetstream'
import { errors } from '@nats-io/nats-core'
import { BrokerLostError } from './connect.ts'

// The broker's own numbers.
const consumerNotFound = 10_014
const streamNotFound = 10_059

/**
 * True when the broker gave no answer, or none that lasts: it is away, it has no leader right now, or the stream is not there yet.
 * "JetStream not enabled" belongs here too: the client says it also while a stream has no leader.
 */
export function isRetryable(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return isMissing(error) || error.status >= 500
  return (
    error instanceof BrokerLostError ||
    error instanceof errors.TimeoutError ||
    error instanceof errors.NoRespondersError ||
    error instanceof errors.RequestError ||
    error instanceof errors.ConnectionError ||
    // Known by name: the client does not export the class.
    (error instanceof Error && error.name === 'JetStreamNotEnabled')
  )
}

/** True when the stream or consumer that was asked for does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && (error.code === consumerNotFound || error.code === streamNotFound)
}
