import type { JsMsg } from '@nats-io/jetstream'
import type { Logger } from 'pino'
import type { MessageContext } from './consumer-definition.ts'

const notAborted = new AbortController().signal

/** The outbox id of an event; for a message that has none, its place in the stream. */
export function messageIdOf(raw: JsMsg): string {
  return raw.headers?.get('Nats-Msg-Id') || `${raw.info.stream}:${raw.seq}`
}

/** What a delivery tells its handler. The log is made when it is first used: most messages are handled without a word. */
export class DeliveryContext implements MessageContext {
  readonly messageId: string
  readonly subject: string
  readonly deliveries: number
  readonly traceparent: string | undefined
  /** Of the call that runs now. */
  signal: AbortSignal = notAborted
  readonly #log: Logger
  readonly #durable: string
  #ownLog: Logger | undefined

  constructor(raw: JsMsg, durable: string, log: Logger) {
    this.messageId = messageIdOf(raw)
    this.subject = raw.subject
    this.deliveries = raw.info.deliveryCount
    this.traceparent = raw.headers?.get('traceparent') || undefined
    this.#durable = durable
    this.#log = log
  }

  get log(): Logger {
    this.#ownLog ??= this.#log.child({ durable: this.#durable, message_id: this.messageId, subject: this.subject })
    return this.#ownLog
  }
}
