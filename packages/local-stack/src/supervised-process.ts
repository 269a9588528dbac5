import { setTimeout as delay } from 'node:timers/promises'
import { ManagedProcess, type ProcessExit, type ProcessSpec } from './managed-process.ts'

export interface SupervisionOptions {
  spec: ProcessSpec
  /** Resolves to true once the process does its work; asked again and again while it starts. */
  isHealthy: (signal: AbortSignal) => Promise<boolean>
  /** How long a start may take. */
  startWithinMs: number
  /** Whether a process that ends by itself is started again. */
  onUnexpectedExit: 'restart' | 'leave'
  /** Aborted when the start is no longer wanted; a start that is under way then throws. */
  giveUp?: AbortSignal | undefined
  /** Says what happens, in lines for a person. */
  say: (line: string) => void
}

const firstPauseMs = 1_000
const longestPauseMs = 30_000
const calmAfterMs = 60_000
const healthPollMs = 50

/** Raised when a process ends or stays silent while it should come up; carries the end of its log. */
export class StartError extends Error {
  override name = 'StartError'
}

/** Keeps one process running and healthy until it is stopped. */
export class SupervisedProcess implements AsyncDisposable {
  readonly #options: SupervisionOptions
  #spec: ProcessSpec
  #process: ManagedProcess | undefined
  /** Aborted when the present run, its start or the pause before the next one is no longer wanted. */
  #unwanted = new AbortController()
  #watch: Promise<void> = Promise.resolve()

  private constructor(options: SupervisionOptions) {
    this.#options = options
    this.#spec = options.spec
  }

  /** Starts the process and waits until it is healthy. Throws `StartError` when that does not come about; nothing is left running then. */
  static async start(options: SupervisionOptions): Promise<SupervisedProcess> {
    const supervised = new SupervisedProcess(options)
    await supervised.#begin()
    return supervised
  }

  get name(): string {
    return this.#spec.name
  }

  /** The number of the process that runs now, or undefined between two runs. */
  get pid(): number | undefined {
    return this.#process?.exit ? undefined : this.#process?.pid
  }

  /** Sends the signal to the process that runs now. */
  kill(signal: NodeJS.Signals): void {
    this.#process?.kill(signal)
  }

  /** Settles when the process that runs now has ended. */
  async ended(): Promise<ProcessExit | undefined> {
    return this.#process?.exited
  }

  /** Ends the process if it runs and starts it again, with these environment variables set or, where undefined, taken away. Waits until it is healthy. */
  async restart(env: NodeJS.ProcessEnv = {}): Promise<void> {
    await this.stop()
    this.#spec = { ...this.#spec, env: { ...this.#spec.env, ...env } }
    await this.#begin()
  }

  /** Ends the process and its supervision. */
  async stop(): Promise<void> {
    this.#unwanted.abort()
    await this.#process?.stop()
    await this.#watch
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #begin(): Promise<void> {
    this.#unwanted = new AbortController()
    const first = await this.#startUntilHealthy()
    if (this.#options.onUnexpectedExit === 'restart') this.#watch = this.#keepRunning(first)
  }

  async #startUntilHealthy(): Promise<ManagedProcess> {
    const started = await ManagedProcess.start(this.#spec)
    this.#process = started
    try {
      await this.#untilHealthy(started)
      return started
    } catch (error) {
      await started.stop()
      throw error
    }
  }

  async #untilHealthy(started: ManagedProcess): Promise<void> {
    const { isHealthy, startWithinMs, giveUp } = this.#options
    const deadline = AbortSignal.timeout(startWithinMs)
    for (;;) {
      const healthy = await isHealthy(deadline).catch(() => false)
      if (this.#unwanted.signal.aborted || giveUp?.aborted) {
        throw new StartError(`${this.name} was stopped while starting`)
      }
      if (started.exit) {
        throw new StartError(`${this.name} ended while starting (${describe(started.exit)})\n${started.lastLines()}`)
      }
      if (healthy) return
      if (deadline.aborted) {
        throw new StartError(`${this.name} was not healthy after ${startWithinMs / 1_000} s\n${started.lastLines()}`)
      }
      await delay(healthPollMs)
    }
  }

  async #keepRunning(first: ManagedProcess): Promise<void> {
    let running: ManagedProcess | undefined = first
    let quickExits = 0
    while (running) {
      const startedAt = performance.now()
      const exit: ProcessExit = await running.exited
      quickExits = performance.now() - startedAt > calmAfterMs ? 0 : quickExits + 1
      running = await this.#startAgain(describe(exit), quickExits)
    }
  }

  /** Tries until the process is healthy, with growing pauses; undefined once it is no longer wanted. */
  async #startAgain(reason: string, tries: number): Promise<ManagedProcess | undefined> {
    const { signal } = this.#unwanted
    const pauseMs = Math.min(firstPauseMs * 2 ** Math.max(0, tries - 1), longestPauseMs)
    if (!signal.aborted)
      this.#options.say(
        `${this.name} ended (${reason}); starting it again in ${pauseMs / 1_000} s. Its log: ${this.#spec.logFile}`,
      )
    await delay(pauseMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return undefined
    try {
      const started = await this.#startUntilHealthy()
      this.#options.say(`${this.name} is back`)
      return started
    } catch (error) {
      if (!(error instanceof StartError)) throw error
      return this.#startAgain('it did not come up', tries + 1)
    }
  }
}

function describe(exit: ProcessExit): string {
  return exit.signal ?? `exit code ${exit.code}`
}
