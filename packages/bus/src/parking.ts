import { headers, type MsgHdrs } from '@nats-io/nats-core'
import { parkedSubject } from '@lockstep/contracts/subjects'
import type { Bus } from './connect.ts'

/** Headers of a parked message beside Nats-Msg-Id and traceparent. Its body is the original's, byte for byte. */
export const parkedHeaders = {
  reason: 'reason',
  deliveries: 'deliveries',
  subject: 'original-subject',
  messageId: 'original-message-id',
  streamSeq: 'original-stream-seq',
} as const

/** What is kept of a message. */
export interface ParkedMessage {
  data: Uint8Array
  subject: string
  /** Its place in its stream. */
  seq: number
  deliveries: number
  headers: MsgHdrs | undefined
}

/** Why a message is parked, and under which id it came. */
export interface Parking {
  durable: string
  messageId: string
  reason: string
}

/** Keeps a message that a consumer could not take in where a person finds it. Resolves when the broker has stored it; parking it twice stores it once. */
export async function park(bus: Bus, message: ParkedMessage, { durable, messageId, reason }: Parking): Promise<void> {
  const about = headers()
  about.set(parkedHeaders.reason, oneLine(reason))
  about.set(parkedHeaders.deliveries, String(message.deliveries))
  about.set(parkedHeaders.subject, message.subject)
  about.set(parkedHeaders.messageId, messageId)
  about.set(parkedHeaders.streamSeq, String(message.seq))
  copyTraceparent(message.headers, about)
  const options = { msgID: `${durable}:${messageId}`, headers: about, timeout: 5_000 }
  await bus.whileConnected(bus.jetstream.publish(parkedSubject(durable), message.data, options))
}

/** What a failed handler says, fit for a header. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'failed with something that is no error'
}

function copyTraceparent(from: MsgHdrs | undefined, to: MsgHdrs): void {
  const value = from?.get('traceparent')
  if (value) to.set('traceparent', value)
}

/** A header ends at its line. */
function oneLine(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 500)
}
