import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { streams, type StreamDefinition, type StreamOwner } from '@lockstep/contracts/streams'
import { failpoint } from '@lockstep/postgres/failpoint'
import { jittered, Wakeup } from '@lockstep/postgres/wakeup'
import { context, metrics, ROOT_CONTEXT, type Meter } from '@opentelemetry/api'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { isRetryable } from './bus-errors.ts'
import type { Bus } from './connect.ts'
import { publishAll, type Published } from './publish.ts'
import { relayMetrics, type RelayMetrics } from './relay-metrics.ts'
import { FencedError, RelayStatements, type Lease } from './relay-statements.ts'
import { ensureStream } from './topology.ts'

/** Which outbox goes to which stream, and how fast. */
export interface RelayOptions<DB> {
  db: Kysely<DB>
  bus: Bus
  /** Whose events the outbox holds. */
  owner: StreamOwner
  log: Logger
  /** Where the outbox's gauges and counters are made. Default: the process's meter. */
  metrics?: Meter
  /** Most events per turn, up to 500. Default 200. */
  batch?: number
  /** How long to sleep when nothing waits, ±50 %; `poke()` ends the sleep. Default 100. */
  pollMs?: number
  /** After this time without a sign of life another process takes over. Default 5 000. */
  leaseMs?: number
  /** How often the stream is looked at, to notice that the broker has lost it. Default 5 000. */
  verifyMs?: number
}

/** A running relay. Disposal finishes the turn it is in and gives the lease back. */
export interface Relay extends AsyncDisposable {
  /** Publishes now instead of at the next poll: call it after a commit that wrote an event. */
  poke(): void
}

/**
 * Publishes the outbox of one database to its owner's stream, in the order of `seq`, by one process at a time: the others wait for its lease.
 * An event is marked only when the broker acknowledged it, and is sent again under the same id until then; a lost broker is waited for, and one that
 * comes back empty, or without the newest messages, is filled again from the outbox. A process that was paused for longer than its lease finds its marks
 * refused and steps down. Nothing here throws: what goes wrong is logged, and shows as the age of the oldest event that waits.
 */
export function startRelay<DB>(options: RelayOptions<DB>): Relay {
  return new RunningRelay(options)
}

class RunningRelay<DB> implements Relay {
  readonly #options: RelayOptions<DB>
  readonly #stream: StreamDefinition
  readonly #statements: RelayStatements<DB>
  readonly #metrics: RelayMetrics
  readonly #wakeup = new Wakeup()
  readonly #leaseMs: number
  readonly #ended: Promise<void>
  #lease: Lease | undefined
  #extendedAt = 0
  #verifyAt = 0
  #stopping = false

  constructor(options: RelayOptions<DB>) {
    this.#options = options
    this.#stream = streams[options.owner]
    this.#leaseMs = options.leaseMs ?? 5_000
    const holder = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`
    this.#statements = new RelayStatements(options.db, { name: this.#stream.name, holder, leaseMs: this.#leaseMs })
    const meter = options.metrics ?? metrics.getMeter('lockstep.bus')
    this.#metrics = relayMetrics(meter, options.owner, () => this.#statements.backlog())
    options.bus.onReconnect(() => {
      this.#verifyAt = 0
      this.poke()
    })
    // A relay that was started inside a request must not carry that request's trace for ever.
    this.#ended = context.with(ROOT_CONTEXT, () => this.#loop())
  }

  poke(): void {
    this.#wakeup.poke()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true
    this.poke()
    await this.#ended
    this.#metrics.stop()
    if (this.#lease) await this.#statements.release(this.#lease.epoch).catch(() => undefined)
  }

  async #loop(): Promise<void> {
    let failures = 0
    while (!this.#stopping) {
      try {
        const pauseMs = await this.#turn()
        failures = 0
        if (pauseMs > 0) await this.#wakeup.sleep(pauseMs)
      } catch (error) {
        failures += 1
        this.#failed(error)
        await this.#wakeup.sleep(jittered(Math.min(100 * 2 ** failures, 2_000), 0.5))
      }
    }
  }

  /** One turn: lease, stream, one batch. Answers how long to sleep before the next one. */
  async #turn(): Promise<number> {
    const pollMs = jittered(this.#options.pollMs ?? 100, 0.5)
    if (!this.#lease && !(await this.#acquire())) return jittered(this.#leaseMs / 3)
    // Without a broker there is nothing to do, and a publish would only wait for its timeout.
    if (!this.#options.bus.isConnected()) return this.#keepLease(pollMs)
    if (performance.now() >= this.#verifyAt) await this.#verifyStream()
    const batch = Math.min(this.#options.batch ?? 200, 500)
    const events = await this.#statements.waiting(batch)
    if (events.length === 0) return this.#keepLease(pollMs)
    failpoint('relay.before-publish')
    const published = await publishAll(this.#options.bus, this.#stream.name, events)
    failpoint('relay.after-publish')
    await this.#settle(published)
    return events.length < batch ? pollMs : 0
  }

  async #acquire(): Promise<boolean> {
    const begun = performance.now()
    this.#lease = await this.#statements.acquire()
    if (!this.#lease) return false
    this.#extendedAt = begun
    this.#verifyAt = 0
    this.#options.log.info({ owner: this.#options.owner, epoch: this.#lease.epoch }, 'relay holds the lease')
    return true
  }

  async #keepLease(pauseMs: number): Promise<number> {
    if (this.#lease && performance.now() - this.#extendedAt > this.#leaseMs / 3) {
      const begun = performance.now()
      await this.#statements.extend(this.#lease.epoch)
      this.#extendedAt = begun
    }
    return Math.min(pauseMs, this.#leaseMs / 3)
  }

  /** Compares the stream with what was published to it, and fills it again when the broker has lost it or its end. */
  async #verifyStream(): Promise<void> {
    const lease = this.#held()
    const info = await ensureStream(this.#options.bus, this.#stream)
    const stream = { created: info.created, lastSeq: info.state.last_seq }
    const isNew = lease.streamCreated !== null && lease.streamCreated !== stream.created
    if (lease.streamCreated === null) {
      await this.#statements.recordStream(lease.epoch, stream)
    } else if (isNew || stream.lastSeq < lease.streamLastSeq) {
      const waiting = await this.#statements.refill(lease.epoch, stream, isNew ? 0 : stream.lastSeq)
      this.#options.log.warn(
        { stream: this.#stream.name, waiting },
        'the broker has lost messages; they are sent again',
      )
    }
    lease.streamCreated = stream.created
    lease.streamLastSeq = stream.lastSeq
    this.#verifyAt = performance.now() + (this.#options.verifyMs ?? 5_000)
  }

  async #settle(published: readonly Published[]): Promise<void> {
    const lease = this.#held()
    const acknowledged = published.filter((one) => one.kind === 'acknowledged')
    for (const one of published) if (one.kind === 'refused') await this.#refuse(one)
    if (acknowledged.length > 0) {
      const begun = performance.now()
      await this.#statements.markPublished(lease.epoch, acknowledged)
      failpoint('relay.after-mark')
      this.#extendedAt = begun
      lease.streamLastSeq = Math.max(lease.streamLastSeq, ...acknowledged.map(({ streamSeq }) => streamSeq))
      this.#metrics.published(acknowledged.length, acknowledged.filter(({ duplicate }) => duplicate).length)
    }
    const failure = published.find((one) => one.kind === 'failed')
    if (failure) throw failure.error
  }

  async #refuse({ id, reason }: { id: string; reason: string }): Promise<void> {
    this.#options.log.error({ message_id: id, reason }, 'an event cannot be published and is set aside')
    await this.#statements.refuse(this.#held().epoch, id, reason)
  }

  #failed(error: unknown): void {
    const { log, owner } = this.#options
    this.#verifyAt = 0
    this.#metrics.failed()
    if (error instanceof FencedError) {
      log.warn({ owner, epoch: this.#lease?.epoch }, 'relay lost its lease and steps down')
      this.#lease = undefined
    } else if (isRetryable(error)) {
      log.warn({ err: error, owner }, 'publishing failed and is tried again')
    } else {
      log.error({ err: error, owner }, 'publishing failed and is tried again')
    }
  }

  #held(): Lease {
    if (!this.#lease) throw new FencedError('the lease is not held')
    return this.#lease
  }
}
