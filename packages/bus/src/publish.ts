import { headers, type MsgHdrs } from '@nats-io/nats-core'
import { codecOf } from '@lockstep/contracts/events'
import { contextOf, isSampled, runInSpan, traceparent } from '@lockstep/telemetry/trace'
import { SpanKind } from '@opentelemetry/api'
import type { Bus } from './connect.ts'
import type { WaitingEvent } from './relay-statements.ts'

/** What became of publishing one event. */
export type Published =
  | { kind: 'acknowledged'; id: string; streamSeq: number; duplicate: boolean }
  | { kind: 'failed'; id: string; error: unknown }
  | { kind: 'refused'; id: string; reason: string }

const ackTimeoutMs = 5_000

/** Sends events one behind the other without waiting in between, in their order, and answers what became of each. Never throws. */
export function publishAll(bus: Bus, stream: string, events: readonly WaitingEvent[]): Promise<Published[]> {
  return Promise.all(events.map((event) => publish(bus, stream, event)))
}

async function publish(bus: Bus, stream: string, event: WaitingEvent): Promise<Published> {
  const encoded = encode(bus, event)
  if ('reason' in encoded) return { kind: 'refused', id: event.id, reason: encoded.reason }
  const { traceparent: parent } = event
  if (parent === null || !isSampled(parent)) return send(bus, { stream, event, bytes: encoded.bytes, parent })
  const name = `publish ${event.subject.split('.').slice(1, 5).join('.')}`
  const attributes = {
    'messaging.system': 'nats',
    'messaging.operation.type': 'send',
    'messaging.message.id': event.id,
  }
  return runInSpan({ name, kind: SpanKind.PRODUCER, parent: contextOf(parent), attributes }, () =>
    send(bus, { stream, event, bytes: encoded.bytes, parent: traceparent() ?? parent }),
  )
}

interface Sending {
  stream: string
  event: WaitingEvent
  bytes: Uint8Array
  parent: string | null
}

async function send(bus: Bus, { stream, event, bytes, parent }: Sending): Promise<Published> {
  try {
    const options = {
      msgID: event.id,
      timeout: ackTimeoutMs,
      headers: headersOf(parent),
      expect: { streamName: stream },
    }
    const { seq, duplicate } = await bus.whileConnected(bus.jetstream.publish(event.subject, bytes, options))
    // A broker that forgot where it put the message has not kept it for sure.
    if (seq > 0) return { kind: 'acknowledged', id: event.id, streamSeq: seq, duplicate }
    return { kind: 'failed', id: event.id, error: new Error('acknowledged without a place in the stream') }
  } catch (error) {
    return { kind: 'failed', id: event.id, error }
  }
}

function headersOf(parent: string | null): MsgHdrs {
  const given = headers()
  if (parent !== null) given.set('traceparent', parent)
  return given
}

/** An event that is none of ours, or too large for the broker, would otherwise stand in the way of all others for ever. */
function encode(bus: Bus, event: WaitingEvent): { bytes: Uint8Array } | { reason: string } {
  const largest = bus.connection.info?.max_payload ?? 1_048_576
  try {
    const bytes = codecOf(event.subject).bytesFromJson(event.payload)
    // Headers travel in the same message.
    return bytes.length + 1_024 <= largest
      ? { bytes }
      : { reason: `${bytes.length} bytes are more than the broker takes (${largest})` }
  } catch (error) {
    return { reason: error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'cannot be encoded' }
  }
}
