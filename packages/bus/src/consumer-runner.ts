import { setTimeout as delay } from 'node:timers/promises'
import {
  AckPolicy,
  DeliverPolicy,
  ReplayPolicy,
  type Consumer,
  type ConsumerConfig,
  type ConsumerInfo,
  type ConsumerMessages,
  type JsMsg,
} from '@nats-io/jetstream'
import { nanos, type Subscription } from '@nats-io/nats-core'
import { parkedStream, type StreamDefinition } from '@lockstep/contracts/streams'
import { jittered, Wakeup } from '@lockstep/postgres/wakeup'
import { context, ROOT_CONTEXT } from '@opentelemetry/api'
import type { Logger } from 'pino'
import { isMissing, isRetryable } from './bus-errors.ts'
import type { Bus } from './connect.ts'
import { observeStanding, type ConsumerStanding } from './consumer-metrics.ts'
import type { AnyConsumer } from './consumer-definition.ts'
import { parkGivenUp } from './given-up.ts'
import { giveBack, MessageWorker } from './message-worker.ts'
import { ensureStream } from './topology.ts'

/** One consumer and where it reads. */
export interface RunnerOptions {
  bus: Bus
  log: Logger
  stream: StreamDefinition
  consumer: AnyConsumer
  stallMs: number
}

/**
 * Keeps one durable consumer going. A session is: the durable exists, messages are pulled, and the client's own signs of trouble are watched. Whatever ends
 * a session, the next one begins with making sure that the durable exists.
 */
export class ConsumerRunner {
  readonly #options: RunnerOptions
  readonly #worker: MessageWorker
  readonly #queue: JsMsg[] = []
  readonly #arrived = new Wakeup()
  readonly #sessionPause = new Wakeup()
  readonly #timers: NodeJS.Timeout[] = []
  readonly #ackWaitMs: number
  readonly #expiresMs: number
  #inHand: readonly JsMsg[] = []
  #takingIn: Promise<void> = Promise.resolve()
  #messages: ConsumerMessages | undefined
  #standing: ConsumerStanding | undefined
  #lastProgress = performance.now()
  #stalls = 0
  #stopping = false
  #givenUp: Subscription | undefined
  #forgetStanding = (): void => undefined
  #ended: Promise<unknown> = Promise.resolve()

  constructor(options: RunnerOptions) {
    this.#options = options
    this.#worker = new MessageWorker(options)
    this.#ackWaitMs = options.consumer.ackWaitMs ?? 30_000
    // A request for messages outlives its process. It must end before they are due again, or they are delivered into the void and counted.
    this.#expiresMs = Math.min(10_000, Math.max(1_000, this.#ackWaitMs / 2))
  }

  /** Resolves when the durable exists, or when the broker could not be asked; throws when it is refused. */
  async start(): Promise<void> {
    await this.#ensureDurable().catch((error: unknown) => {
      if (!isRetryable(error)) throw error
    })
    const { bus, log, stream, consumer } = this.#options
    this.#givenUp = parkGivenUp({ bus, log, stream, durable: consumer.durable })
    this.#forgetStanding = observeStanding(consumer.durable, () => this.#standing)
    this.#timers.push(setInterval(() => this.#stayAlive(), this.#ackWaitMs / 3))
    this.#timers.push(setInterval(() => void this.#watch(), Math.max(250, this.#options.stallMs / 4)))
    this.#ended = context.with(ROOT_CONTEXT, () => Promise.all([this.#pullForEver(), this.#workForEver()]))
  }

  /** False while nothing arrives although messages wait. */
  isHealthy(): boolean {
    return this.#stalls < 2
  }

  /** Asks for nothing more, ends what runs, gives back the rest. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#worker.stop()
    await this.#endPulling()
    this.#sessionPause.poke()
    this.#arrived.poke()
    await this.#ended
    for (const message of this.#queue.splice(0)) giveBack(message)
    for (const timer of this.#timers) clearInterval(timer)
    this.#givenUp?.unsubscribe()
    this.#forgetStanding()
  }

  async #pullForEver(): Promise<void> {
    const { log, consumer } = this.#options
    let failures = 0
    while (!this.#stopping) {
      try {
        await this.#session()
        failures = 0
      } catch (error) {
        failures += 1
        const facts = { err: error, durable: consumer.durable }
        if (isRetryable(error)) log.warn(facts, 'consuming failed and is begun again')
        else log.error(facts, 'consuming failed and is begun again')
      }
      if (!this.#stopping) await this.#sessionPause.sleep(jittered(Math.min(200 * 2 ** failures, 3_000), 0.3))
    }
  }

  /** Pulls until something is wrong with the durable, or the runner stops. */
  async #session(): Promise<void> {
    const { bus, stream, consumer } = this.#options
    await this.#ensureDurable()
    const durable = await bus.whileConnected(bus.jetstream.consumers.get(stream.name, consumer.durable))
    await this.#oneAtATime(durable)
    if (this.#stopping) return
    const messages = await durable.consume({
      max_messages: Math.max(2 * this.#worker.batchSize, 50),
      expires: this.#expiresMs,
      idle_heartbeat: this.#expiresMs / 2,
      callback: (message) => this.#arrive(message),
    })
    this.#messages = messages
    this.#lastProgress = performance.now()
    try {
      // A runner that was stopped meanwhile did not see these messages when it closed them.
      if (!this.#stopping) await this.#untilBroken(messages)
    } finally {
      this.#messages = undefined
      await messages.close()
    }
  }

  /** The client goes on pulling from a durable that is gone, and tells so only here. */
  async #untilBroken(messages: ConsumerMessages): Promise<void> {
    const { log, consumer } = this.#options
    for await (const status of messages.status()) {
      const isGone =
        status.type === 'consumer_deleted' || status.type === 'consumer_not_found' || status.type === 'stream_not_found'
      if (isGone) {
        log.warn({ durable: consumer.durable, status: status.type }, 'the durable is gone and is made again')
        // What came from the old durable comes again from the new one.
        this.#queue.length = 0
        return
      }
    }
  }

  /**
   * How every session begins, and goes on for as long as suspects come: one message is asked for and taken in before the next. What is in hand when a process
   * dies counts as delivered, so a message that kills must not take its neighbours with it.
   */
  async #oneAtATime(durable: Consumer): Promise<void> {
    await this.#takingIn
    let suspects = true
    while (suspects && !this.#stopping) {
      const message = await this.#options.bus.whileConnected(durable.next({ expires: 1_000 }))
      if (!message) return
      suspects = this.#worker.isSuspect(message)
      await this.#takeIn([message])
    }
  }

  #arrive(message: JsMsg): void {
    this.#lastProgress = performance.now()
    if (!this.#worker.isSuspect(message)) {
      this.#queue.push(message)
      this.#arrived.poke()
      return
    }
    this.#options.log.warn(
      { durable: this.#options.consumer.durable },
      'a message came back without an answer; taking one at a time',
    )
    for (const waiting of [message, ...this.#queue.splice(0)]) giveBack(waiting)
    void this.#endPulling()
  }

  /** Messages that are on their way when pulling ends would be dropped, and come again only after their ack wait: the subscription is drained first. */
  async #endPulling(): Promise<void> {
    const messages = this.#messages
    if (!messages) return
    // The client drains this subscription itself when its whole connection is drained; it has no call for one consumer alone.
    const subscription: unknown = Reflect.get(messages, 'sub')
    if (this.#options.bus.isConnected() && canDrain(subscription)) {
      await Promise.race([subscription.drain().catch(() => undefined), delay(2_000, undefined, { ref: false })])
    }
    await messages.close()
  }

  async #workForEver(): Promise<void> {
    while (!this.#stopping) {
      if (this.#queue.length === 0) await this.#arrived.sleep(60_000)
      if (this.#queue.length === 0 || this.#stopping) continue
      this.#takingIn = this.#takeIn(this.#queue.splice(0, this.#worker.batchSize))
      await this.#takingIn
    }
  }

  async #takeIn(messages: readonly JsMsg[]): Promise<void> {
    this.#inHand = messages
    await this.#worker.takeIn(messages)
    this.#inHand = []
    this.#lastProgress = performance.now()
  }

  /** Tells the broker that the messages here are being seen to, so that it does not give them to another worker. */
  #stayAlive(): void {
    if (!this.#options.bus.isConnected()) return
    for (const message of [...this.#inHand, ...this.#queue]) message.working()
  }

  /** Durables have stalled with messages waiting and nobody told: compares what waits with what arrives. */
  async #watch(): Promise<void> {
    const { bus, stream, consumer, stallMs, log } = this.#options
    try {
      const info = await bus.whileConnected(bus.manager.consumers.info(stream.name, consumer.durable))
      this.#standing = {
        pending: info.num_pending,
        unacknowledged: info.num_ack_pending,
        redelivered: info.num_redelivered,
      }
      const isIdle = this.#queue.length === 0 && this.#inHand.length === 0
      const mayDeliver = info.num_pending > 0 && info.num_ack_pending < (info.config.max_ack_pending ?? 0)
      if (!isIdle || !mayDeliver || performance.now() - this.#lastProgress < stallMs) {
        if (performance.now() - this.#lastProgress < stallMs) this.#stalls = 0
        return
      }
      this.#stalls += 1
      log.error(
        { durable: consumer.durable, pending: info.num_pending },
        'messages wait and none arrive; consuming is begun again',
      )
      this.#lastProgress = performance.now()
      await this.#messages?.close()
    } catch (error) {
      if (isMissing(error)) await this.#messages?.close()
    }
  }

  /** Creates the durable or brings its settings up to date; creates the stream when its owner has not done so yet. */
  async #ensureDurable(): Promise<ConsumerInfo> {
    const { bus, stream } = this.#options
    await ensureStream(bus, stream)
    await ensureStream(bus, parkedStream)
    return bus.whileConnected(bus.manager.consumers.add(stream.name, this.#config()))
  }

  #config(): Partial<ConsumerConfig> {
    const { durable, filter, maxDeliver = 8, maxAckPending = 500 } = this.#options.consumer
    return {
      durable_name: durable,
      filter_subject: filter,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      replay_policy: ReplayPolicy.Instant,
      ack_wait: nanos(this.#ackWaitMs),
      max_deliver: maxDeliver,
      max_ack_pending: maxAckPending,
    }
  }
}

function canDrain(subscription: unknown): subscription is { drain(): Promise<void> } {
  if (typeof subscription !== 'object' || subscription === null) return false
  return 'drain' in subscription && typeof subscription.drain === 'function'
}
