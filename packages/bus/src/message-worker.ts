import type { JsMsg } from '@nats-io/jetstream'
import { transientKindOf } from '@lockstep/postgres/errors'
import { failpoint } from '@lockstep/postgres/failpoint'
import { backoffMs, jittered, Wakeup } from '@lockstep/postgres/wakeup'
import { contextOf, isSampled, parseTraceparent, runInSpan } from '@lockstep/telemetry/trace'
import { ROOT_CONTEXT, SpanKind, type Link } from '@opentelemetry/api'
import type { Logger } from 'pino'
import type { Bus } from './connect.ts'
import { HandlerTimeoutError, RetryLaterError, UnprocessableMessageError } from './consumer-errors.ts'
import { countMessages } from './consumer-metrics.ts'
import type { AnyConsumer, BatchEntry } from './consumer-definition.ts'
import { DeliveryContext, messageIdOf } from './message-context.ts'
import { park, reasonOf } from './parking.ts'

/** What a worker needs. */
export interface WorkerOptions {
  bus: Bus
  log: Logger
  consumer: AnyConsumer
}

interface Held {
  raw: JsMsg
  entry: { message: unknown; context: DeliveryContext }
}

const defaultBackoffMs = [250, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000]
/** How many messages' last errors are remembered. */
const remembered = 1_000

/** Turns deliveries into calls of a consumer's handler, and what becomes of them into acknowledgements. Never throws. */
export class MessageWorker {
  readonly #options: WorkerOptions
  readonly #pause = new Wakeup()
  /** Why messages failed when they were here last; told when they are parked. */
  readonly #lastErrors = new Map<string, string>()
  #stopping = false

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  /** How many messages it takes at a time. */
  get batchSize(): number {
    const { consumer } = this.#options
    return 'maxBatch' in consumer ? Math.min(Math.max(1, consumer.maxBatch), 200) : 1
  }

  /** How often a message is run: its last delivery is kept for parking one whose worker died each time. */
  get #mostRuns(): number {
    return Math.max(1, (this.#options.consumer.maxDeliver ?? 8) - 1)
  }

  /**
   * True when a message came back twice or more and not from here: it may be what ended the processes that had it. Nothing else should be in hand when it is tried.
   */
  isSuspect(message: JsMsg): boolean {
    const { deliveryCount } = message.info
    // With its last delivery it is parked and not tried: that kills nobody.
    return deliveryCount >= 3 && deliveryCount <= this.#mostRuns && !this.#lastErrors.has(messageIdOf(message))
  }

  /** From now on what cannot be done is given back instead of waited for. */
  stop(): void {
    this.#stopping = true
    this.#pause.poke()
  }

  /** Takes in messages: every one of them is acknowledged, given back or parked when this resolves. */
  async takeIn(messages: readonly JsMsg[]): Promise<void> {
    const held: Held[] = []
    for (const raw of messages) {
      const one = await this.#admit(raw)
      if (one) held.push(one)
    }
    if (held.length === 0) return
    const failure = await this.#run(held)
    if (failure === undefined) this.#acknowledge(held)
    else if (held.length === 1) await this.#settle(held[0], failure.error)
    else await this.#oneByOne(held)
  }

  /** Reads a message; parks it when it was delivered too often, or cannot be read. */
  async #admit(raw: JsMsg): Promise<Held | undefined> {
    const { consumer, log } = this.#options
    const context = new DeliveryContext(raw, consumer.durable, log)
    if (context.deliveries > this.#mostRuns) {
      const last = this.#lastErrors.get(context.messageId) ?? 'its worker ended without an answer'
      await this.#park(raw, context, `failed ${context.deliveries - 1} times; ${last}`)
      return undefined
    }
    try {
      return { raw, entry: { message: consumer.decode(raw.data), context } }
    } catch (error) {
      await this.#park(raw, context, `cannot be read; ${reasonOf(error)}`)
      return undefined
    }
  }

  async #oneByOne(held: readonly Held[]): Promise<void> {
    for (const one of held) {
      const failure = this.#stopping ? { error: new Error('the worker stops') } : await this.#run([one])
      if (failure === undefined) this.#acknowledge([one])
      else await this.#settle(one, failure.error)
    }
  }

  /** Calls the handler, again and again while the database is away. Answers what it failed with, if it did. */
  async #run(held: readonly Held[]): Promise<{ error: unknown } | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      const error = await this.#call(held)
      if (error === undefined) return undefined
      const kind = transientKindOf(error.error)
      const mayWait = kind === 'connection' || (kind === 'contention' && attempt < 4)
      if (this.#stopping || !mayWait) return error
      this.#options.log.warn(
        { err: error.error, durable: this.#options.consumer.durable },
        'the database did not take the effect; waiting',
      )
      await this.#pause.sleep(
        kind === 'contention' ? jittered(100 * attempt, 0.5) : Math.min(backoffMs(attempt) / 2, 5_000),
      )
    }
  }

  async #call(held: readonly Held[]): Promise<{ error: unknown } | undefined> {
    try {
      await this.#inSpan(held, () => this.#withinTime(held))
      failpoint('consumer.handled')
      return undefined
    } catch (error) {
      return { error }
    }
  }

  /** One message's span continues its trace; a batch's is its own and links to those that are recorded. */
  #inSpan(held: readonly Held[], run: () => Promise<void>): Promise<void> {
    const parents = held.map(({ entry }) => entry.context.traceparent)
    const parent = held.length === 1 ? contextOf(parents[0]) : ROOT_CONTEXT
    const links = parents.filter(isSampled).slice(0, 32).flatMap(linkTo)
    const attributes = {
      'messaging.system': 'nats',
      'messaging.operation.type': 'process',
      'messaging.batch.message_count': held.length,
    }
    return runInSpan(
      { name: `process ${this.#options.consumer.durable}`, kind: SpanKind.CONSUMER, parent, links, attributes },
      run,
    )
  }

  async #withinTime(held: readonly Held[]): Promise<void> {
    const { consumer } = this.#options
    const limitMs = consumer.handlerTimeoutMs ?? 60_000
    const abort = new AbortController()
    const entries = held.map(({ entry }) => entry)
    for (const { context } of entries) context.signal = abort.signal
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new HandlerTimeoutError(`the handler took longer than ${limitMs} ms`)
        abort.abort(error)
        reject(error)
      }, limitMs)
    })
    try {
      await Promise.race([callHandler(consumer, entries), late])
    } finally {
      clearTimeout(timer)
    }
  }

  #acknowledge(held: readonly Held[]): void {
    for (const { raw, entry } of held) {
      raw.ack()
      this.#lastErrors.delete(entry.context.messageId)
    }
    countMessages(this.#options.consumer.durable, 'done', held.length)
    failpoint('consumer.acknowledged')
  }

  async #settle(held: Held | undefined, error: unknown): Promise<void> {
    if (!held) return
    const { raw, entry } = held
    if (error instanceof UnprocessableMessageError) return this.#park(raw, entry.context, reasonOf(error))
    if (entry.context.deliveries >= this.#mostRuns && !this.#stopping) {
      return this.#park(raw, entry.context, `failed ${entry.context.deliveries} times; ${reasonOf(error)}`)
    }
    this.#remember(entry.context.messageId, reasonOf(error))
    const delayMs = this.#stopping ? 0 : this.#delayOf(entry.context.deliveries, error)
    const facts = { delay_ms: Math.round(delayMs), deliveries: entry.context.deliveries }
    if (error instanceof RetryLaterError)
      entry.context.log.info({ ...facts, reason: error.message }, 'message is put off')
    else entry.context.log.warn({ ...facts, err: error }, 'message failed and comes again')
    giveBack(raw, delayMs)
    countMessages(this.#options.consumer.durable, 'again', 1)
  }

  #delayOf(deliveries: number, error: unknown): number {
    if (error instanceof RetryLaterError) return Math.max(0, error.delayMs)
    const pauses = this.#options.consumer.backoffMs ?? defaultBackoffMs
    return jittered(pauses[deliveries - 1] ?? pauses.at(-1) ?? 1_000)
  }

  async #park(raw: JsMsg, context: DeliveryContext, reason: string): Promise<void> {
    const { bus, consumer } = this.#options
    try {
      const { data, subject, seq, headers } = raw
      const message = { data, subject, seq, headers, deliveries: context.deliveries }
      await park(bus, message, { durable: consumer.durable, messageId: context.messageId, reason })
      raw.ack()
      this.#lastErrors.delete(context.messageId)
      countMessages(consumer.durable, 'parked', 1)
      context.log.error({ reason, deliveries: context.deliveries }, 'message is parked')
    } catch (error) {
      // Not given back: past its last delivery it would never come again. Unanswered, it stays ours to bring up once the broker can store it.
      context.log.error({ err: error, reason }, 'message cannot be parked')
      await this.#pause.sleep(1_000)
      if (!this.#stopping) return this.#park(raw, context, reason)
    }
  }

  #remember(messageId: string, reason: string): void {
    this.#lastErrors.set(messageId, reason)
    const [oldest] = this.#lastErrors.keys()
    if (this.#lastErrors.size > remembered && oldest !== undefined) this.#lastErrors.delete(oldest)
  }
}

/**
 * Has a message delivered again after the delay. Never without one: when several messages are given back at once with no delay, server 2.9 delivers one of them twice
 * and forgets another until its ack wait is over.
 */
export function giveBack(message: JsMsg, delayMs = 1): void {
  message.nak(Math.max(1, Math.round(delayMs)))
}

function callHandler(consumer: AnyConsumer, entries: BatchEntry<unknown>[]): Promise<void> {
  if ('maxBatch' in consumer) return consumer.handleBatch(entries)
  const [entry] = entries
  return entry ? consumer.handle(entry.message, entry.context) : Promise.resolve()
}

function linkTo(header: string | undefined): Link[] {
  const context = parseTraceparent(header)
  return context ? [{ context }] : []
}
