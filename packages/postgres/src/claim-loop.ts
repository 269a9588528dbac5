import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { ROOT_CONTEXT, context, trace } from '@opentelemetry/api'
import { ClaimStatements, type ClaimedRow, type ClaimTable } from './claim-statements.ts'
import type { Executor } from './executor.ts'
import { failpoint } from './failpoint.ts'
import type { Log } from './log.ts'
import { backoffMs, jittered, Wakeup } from './wakeup.ts'

export { stillClaimed } from './claim-statements.ts'

/** The signal's reason when another worker may hold the row by now. */
export class ClaimLostError extends Error {
  override name = 'ClaimLostError'
}

/** The signal's reason when the process stops and the run did not end in time. */
export class StoppingError extends Error {
  override name = 'StoppingError'
}

/** What runs, over which rows, how often and how many at a time. */
export interface ClaimLoopOptions<Row> extends ClaimTable {
  db: Executor
  log: Log
  /** Names the loop in logs, traces and crash points. */
  name: string
  /** How many rows are worked on at the same time in this process. */
  concurrency: number
  /** How long to sleep when nothing is due; `poke()` ends the sleep. */
  pollMs: number
  /** For how long a row of a dead worker stays taken. Default 20 000. */
  leaseMs?: number
  /** How often held rows are extended. Default 5 000. */
  heartbeatMs?: number
  /** How long runs may take to end when the loop is disposed of; then their signal is aborted. Default 10 000. */
  stopWithinMs?: number
  /**
   * Does the work of one row and sets when it is due next, in a transaction of its own. `row` is the whole row, with its columns' names; its owner column is the
   * fencing token for `stillClaimed`, its attempts column counts runs that began since the last one that returned, this one included.
   */
  run(row: Row, signal: AbortSignal): Promise<void>
}

/** A running loop. Disposal claims nothing more, lets runs end, and gives back what is left. */
export interface ClaimLoop extends AsyncDisposable {
  /** Looks for due rows now instead of at the next poll: call it after a commit that made one due. */
  poke(): void
}

interface Run {
  claimed: ClaimedRow
  abort: AbortController
  done: Promise<void>
}

/**
 * Works on the rows of a table that are due, by the database's clock, each by one worker at a time across all processes.
 * A row is held by a lease that a heartbeat extends; when its worker dies another takes it over within the lease. `run` may therefore begin more than
 * once for one due time: what it does outside the database must be safe to repeat or be asked about first.
 * A run that returns without moving the due time leaves the row due, and it runs again at the next poll. A run that throws puts it off by
 * 1, 2, 5, 10, 30, then 60 s, ±10 %. When the lease is lost, the run's signal is aborted. Errors of the database are logged and tried again for ever.
 */
export function startClaimLoop<Row>(options: ClaimLoopOptions<Row>): ClaimLoop {
  return new RunningClaimLoop(options)
}

class RunningClaimLoop<Row> implements ClaimLoop {
  readonly #options: ClaimLoopOptions<Row>
  readonly #statements: ClaimStatements
  readonly #wakeup = new Wakeup()
  readonly #runs = new Map<unknown, Run>()
  /** Rows that stayed due after their run, and until when they are left alone. */
  readonly #resting = new Map<unknown, number>()
  readonly #process = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`
  readonly #leaseMs: number
  readonly #heartbeat: NodeJS.Timeout
  readonly #ended: Promise<void>
  #claims = 0
  #lastExtended = performance.now()
  #extending = false
  #stopping = false

  constructor(options: ClaimLoopOptions<Row>) {
    this.#options = options
    this.#statements = new ClaimStatements(options)
    this.#leaseMs = options.leaseMs ?? 20_000
    this.#heartbeat = setInterval(() => void this.#extend(), options.heartbeatMs ?? 5_000)
    // A loop that was started inside a request must not carry that request's trace for ever.
    this.#ended = context.with(ROOT_CONTEXT, () => this.#loop())
  }

  poke(): void {
    this.#wakeup.poke()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true
    this.poke()
    await this.#ended
    await this.#settled(this.#options.stopWithinMs ?? 10_000)
    for (const run of this.#runs.values()) run.abort.abort(new StoppingError('the process stops'))
    await this.#settled(2_000)
    clearInterval(this.#heartbeat)
  }

  async #loop(): Promise<void> {
    let failures = 0
    while (!this.#stopping) {
      const free = this.#options.concurrency - this.#runs.size
      try {
        const claimed = free > 0 ? await this.#claim(free) : []
        failures = 0
        for (const row of claimed) this.#start(row)
        // More may be due: the next claim follows as soon as a run ends, which pokes.
        if (claimed.length < free || free === 0) await this.#wakeup.sleep(jittered(this.#options.pollMs, 0.2))
      } catch (error) {
        failures += 1
        this.#options.log.warn({ err: error, name: this.#options.name }, 'claiming due rows failed')
        await this.#wakeup.sleep(Math.min(backoffMs(failures), 5_000))
      }
    }
  }

  async #claim(limit: number): Promise<ClaimedRow[]> {
    const now = performance.now()
    for (const [id, until] of this.#resting) if (until <= now) this.#resting.delete(id)
    this.#claims += 1
    const token = `${this.#process}#${this.#claims}`
    const except = [...this.#runs.keys(), ...this.#resting.keys()]
    const claimed = await this.#statements.claim(this.#options.db, { token, leaseMs: this.#leaseMs, limit, except })
    if (claimed.length > 0) failpoint(`${this.#options.name}.claimed`)
    return claimed
  }

  #start(claimed: ClaimedRow): void {
    if (this.#runs.size === 0) this.#lastExtended = performance.now()
    const abort = new AbortController()
    const run: Run = { claimed, abort, done: Promise.resolve() }
    this.#runs.set(claimed.id, run)
    run.done = this.#runToEnd(run).finally(() => {
      this.#runs.delete(claimed.id)
      this.poke()
    })
  }

  async #runToEnd({ claimed, abort }: Run): Promise<void> {
    const { log, name, db } = this.#options
    try {
      await this.#traced(claimed, abort.signal)
    } catch (error) {
      return this.#letGo(claimed, error, abort.signal)
    }
    failpoint(`${name}.ran`)
    try {
      const dueAt = await this.#statements.release(db, claimed)
      if (dueAt !== undefined && dueAt <= claimed.dueAt) this.#rest(claimed)
    } catch (error) {
      log.warn({ err: error, name, id: String(claimed.id) }, 'releasing a row failed; its lease will end')
    }
  }

  #traced(claimed: ClaimedRow, signal: AbortSignal): Promise<void> {
    return trace.getTracer('lockstep').startActiveSpan(`due ${this.#options.name}`, async (span) => {
      try {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller names the row type of the table it names
        await this.#options.run(claimed.row as Row, signal)
      } finally {
        span.end()
      }
    })
  }

  #rest(claimed: ClaimedRow): void {
    this.#resting.set(claimed.id, performance.now() + this.#options.pollMs)
  }

  async #letGo(claimed: ClaimedRow, error: unknown, signal: AbortSignal): Promise<void> {
    const { log, name, db } = this.#options
    const facts = { err: error, name, id: String(claimed.id), attempts: claimed.attempts }
    if (signal.reason instanceof ClaimLostError) return log.warn(facts, 'a run ended after its row was lost')
    try {
      if (signal.reason instanceof StoppingError) return await this.#statements.giveBack(db, claimed)
      const pauseMs = backoffMs(claimed.attempts)
      log.warn({ ...facts, pause_ms: Math.round(pauseMs) }, 'a run failed and is put off')
      await this.#statements.backOff(db, claimed, pauseMs)
    } catch (failure) {
      log.warn({ err: failure, name, id: String(claimed.id) }, 'releasing a row failed; its lease will end')
    }
  }

  async #extend(): Promise<void> {
    const held = [...this.#runs.values()]
    if (held.length === 0 || this.#extending) return
    this.#extending = true
    const begun = performance.now()
    try {
      const kept = await this.#statements.extend(
        this.#options.db,
        held.map((run) => run.claimed),
        this.#leaseMs,
      )
      this.#lastExtended = begun
      for (const run of held) if (!kept.has(run.claimed.id)) this.#lose(run)
    } catch (error) {
      this.#options.log.warn({ err: error, name: this.#options.name }, 'extending claims failed')
      // Nobody told us that the rows are gone, but by now they may be.
      if (performance.now() - this.#lastExtended > this.#leaseMs) held.forEach((run) => this.#lose(run))
    } finally {
      this.#extending = false
    }
  }

  #lose(run: Run): void {
    // A run that has just ended is not held any more either.
    if (this.#runs.get(run.claimed.id) === run) run.abort.abort(new ClaimLostError('another worker may hold the row'))
  }

  async #settled(withinMs: number): Promise<void> {
    const all = Promise.all([...this.#runs.values()].map((run) => run.done))
    let timer: NodeJS.Timeout | undefined
    await Promise.race([all, new Promise((resolve) => (timer = setTimeout(resolve, withinMs)))])
    clearTimeout(timer)
  }
}
