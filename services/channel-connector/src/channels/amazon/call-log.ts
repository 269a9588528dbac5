import type { Logger } from '@lockstep/telemetry/logger'
import type { Kysely } from 'kysely'
import { type ApiCall, deleteOldApiCalls, saveApiCalls } from '../../store/api-calls.ts'
import { type CapabilitySign, saveCapabilitySigns } from '../../store/capability-states.ts'
import type { ChannelDb } from '../../store/database.ts'

/** What the log of calls works with. */
export interface CallLogDeps {
  db: Kysely<ChannelDb>
  log: Logger
  keptMs: number
}

const flushMs = 250
const sweepMs = 60_000
const sweepRows = 5_000
// When the database is away for long, the newest calls are what is worth keeping.
const mostPending = 10_000
const mostAtOnce = 1_000

/**
 * Writes the log of calls beside the calls, not in front of them: rows are gathered for a quarter of a second and written together.
 * Up to that much of the log is lost with a killed process; nothing else reads it as truth. Old rows go away by themselves.
 * What the calls show of the connection's rights is written with them.
 */
export class CallLog implements AsyncDisposable {
  readonly #deps: CallLogDeps
  readonly #sweeper: NodeJS.Timeout
  #pending: ApiCall[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined

  constructor(deps: CallLogDeps) {
    this.#deps = deps
    this.#sweeper = setInterval(() => void this.#sweep(), sweepMs)
    this.#sweeper.unref()
  }

  /** Notes a call. Never throws. */
  note(call: ApiCall): void {
    this.#pending.push(call)
    if (this.#pending.length > mostPending) this.#pending.shift()
    // What comes while the database is slow is written together once it has answered.
    if (!this.#writing) this.#timer ??= setTimeout(() => this.#flush(), flushMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeper)
    clearTimeout(this.#timer)
    await this.#writing
    await this.#writeAll()
  }

  #flush(): void {
    this.#timer = undefined
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined
    })
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.length > 0) await this.#write(this.#pending.splice(0, mostAtOnce))
  }

  async #write(calls: ApiCall[]): Promise<void> {
    try {
      await saveApiCalls(this.#deps.db, calls)
      await saveCapabilitySigns(this.#deps.db, calls.flatMap(signsOf))
    } catch (error) {
      this.#deps.log.warn({ err: error, rows: calls.length }, 'log of calls to Amazon not written')
    }
  }

  async #sweep(): Promise<void> {
    try {
      await deleteOldApiCalls(this.#deps.db, { keptMs: this.#deps.keptMs, limit: sweepRows })
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'old log of calls to Amazon not deleted')
    }
  }
}

/** What a call shows of a right. Only an acceptance and a denial do: an absence, a limit, a wrong value or an outage says nothing of roles. */
function signsOf(call: ApiCall): CapabilitySign[] {
  const { capability = '', request_type: requestType = '', outcome } = call
  if (capability === '' || call.status === 404 || (outcome !== 'accepted' && outcome !== 'denied')) return []
  const sign: CapabilitySign = {
    connectionId: call.connection_id,
    capability,
    operation: call.operation,
    requestType,
    state: outcome === 'accepted' ? 'working' : 'refused',
    at: new Date(call.at),
  }
  // Whoever gets orders with their recipients may read orders.
  return capability === 'addresses' && outcome === 'accepted' ? [sign, { ...sign, capability: 'orders' }] : [sign]
}
