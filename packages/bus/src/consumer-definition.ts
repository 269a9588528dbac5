import type { Logger } from 'pino'

/** What a handler knows about the message beside its content. */
export interface MessageContext {
  /** The outbox id of the event: the same however often it is delivered or sent. */
  messageId: string
  subject: string
  /** How often the broker has delivered it, this time included. */
  deliveries: number
  /** The trace the event was written in; the handler runs inside a span that continues it. */
  traceparent: string | undefined
  log: Logger
  /** Aborted when the handler takes too long: it will be called again for the same message. */
  signal: AbortSignal
}

/** What every consumer says about itself. The defaults are those of the contract. */
export interface ConsumerSettings {
  /** `<service>-<what>-on-<event>`: names its place in the stream for ever. */
  durable: string
  /** One subject, wildcards allowed, from `subjects` of @lockstep/contracts. */
  filter: string
  /** After this time without a sign of life from its worker the broker gives the message to another. A worker that lives says so in time, however long it takes. Default 30 000. */
  ackWaitMs?: number
  /** Most deliveries of a message. The handler is called at most once less: the last one is kept for parking a message whose worker died every time. Default 8. */
  maxDeliver?: number
  /** Most messages that are with workers at the same time, over all processes. Default 500. */
  maxAckPending?: number
  /** Pauses before the second, third, … delivery after a failure, ±10 %. Default 0.25, 1, 2, 5, 10, 30, 60 s. */
  backoffMs?: readonly number[]
  /** How long a handler may take. Default 60 000. */
  handlerTimeoutMs?: number
}

/** Takes messages one by one, in the stream's order as long as none fails. */
export interface Consumer<T> extends ConsumerSettings {
  /** Reads the content. A throw parks the message. */
  decode(data: Uint8Array): T
  /** Does what the message asks for. Called again for the same message whenever an acknowledgement got lost: its effect must bear that. */
  handle(message: T, context: MessageContext): Promise<void>
}

/** One message of a batch. */
export interface BatchEntry<T> {
  message: T
  context: MessageContext
}

/** Takes whatever has arrived, up to `maxBatch`, in one transaction. */
export interface BatchConsumer<T> extends ConsumerSettings {
  decode(data: Uint8Array): T
  /** Up to 200. */
  maxBatch: number
  /** All or nothing: a throw undoes the batch, and its messages are then tried one by one, so that one poison message parks alone. */
  handleBatch(entries: BatchEntry<T>[]): Promise<void>
}

/** A consumer of either kind. */
export type AnyConsumer = Consumer<unknown> | BatchConsumer<unknown>
