import { tokenLifeMs } from '@lockstep/pacing/bucket'
import type { Lane } from '@lockstep/pacing/lanes'
import type { Kysely } from 'kysely'
import type { ChannelDb } from '../../store/database.ts'
import {
  type BucketDefinition,
  bucketKey,
  ensureBuckets,
  type SlotAnswer,
  takeSlots,
} from '../../store/rate-buckets.ts'
import { LineView } from './line-view.ts'
import { SeenCounts } from './seen-counts.ts'
import { SharedLeases } from './shared-leases.ts'

/** A call that needs a token of every bucket before it may leave. */
export interface SlotWanted {
  /** The pair bucket first. */
  buckets: readonly BucketDefinition[]
  lane: Lane
  /** How long what it carries has waited elsewhere: it is that much older in line. */
  waitedMs?: number
  /** When the call should have been made; undefined is no promise. */
  deadline?: Date
  /** When a token is no longer worth having. */
  notAfter: Date
  signal: AbortSignal
}

/**
 * A token of every bucket was taken at `takenAtMs` by the database's clock, or there will be none in time. `use` is asked once, when the call is about to
 * leave: false says that it is too late for this token, which is thrown away.
 */
export type Slot =
  | { kind: 'taken'; takenAtMs: number; buckets: SlotAnswer[]; use(): boolean }
  | { kind: 'too_late'; retryAfterMs: number }
  | { kind: 'given_up' }

/** What the lines work with. */
export interface SlotLinesDeps {
  db: Kysely<ChannelDb>
}

/** Its times are by the process's own steady clock: a wall clock that is set meanwhile moves nobody in line. */
interface Waiter {
  id: string
  lane: Lane
  since: number
  deadline: number | null
  notAfterMs: number
  settle(slot: Slot): void
  fail(error: unknown): void
}

// A long wait is looked at again now and then: the bucket may have learned another rate.
const longestSleepMs = 2_000

/**
 * The calls of this process that wait for tokens: one line per pair bucket, ordered by lanes, and one taker per line, so that the
 * database is asked once per slot however many wait. Lines of different buckets never wait for each other. A token of a bucket that
 * connections share is leased first, when it is the connection's turn; the connection's own buckets then give all or nothing.
 */
export class SlotLines implements AsyncDisposable {
  readonly #deps: SlotLinesDeps
  readonly #lines = new Map<string, SlotLine>()
  readonly #shared: SharedLeases
  readonly #seen: SeenCounts
  #isStopped = false

  constructor(deps: SlotLinesDeps) {
    this.#deps = deps
    this.#shared = new SharedLeases(deps.db)
    this.#seen = new SeenCounts(deps.db)
  }

  /** Waits in line for a token of every bucket, until `notAfter` at the latest; at once when none can come before then. */
  async take(wanted: SlotWanted): Promise<Slot> {
    if (wanted.signal.aborted || this.#isStopped) return { kind: 'given_up' }
    return this.#lineOf(wanted.buckets).join(wanted)
  }

  /** How many calls of this process wait for a bucket. */
  waitingFor(key: string): number {
    let waiting = 0
    for (const line of this.#lines.values()) waiting += line.keys.includes(key) ? line.waiting : 0
    return waiting
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true
    await Promise.all([...this.#lines.values()].map((line) => line.stop()))
    await this.#shared.stop()
  }

  #lineOf(buckets: readonly BucketDefinition[]): SlotLine {
    const name = buckets.map(bucketKey).join(' ')
    const line = this.#lines.get(name) ?? this.#newLine(buckets)
    this.#lines.set(name, line)
    return line
  }

  #newLine(buckets: readonly BucketDefinition[]): SlotLine {
    return new SlotLine(this.#deps, { buckets, shared: this.#shared, seen: this.#seen })
  }
}

class SlotLine {
  readonly keys: readonly string[]
  readonly #deps: SlotLinesDeps
  readonly #own: readonly BucketDefinition[]
  readonly #common: readonly BucketDefinition[]
  readonly #shared: SharedLeases
  readonly #seen: SeenCounts
  #waiters: Waiter[] = []
  #serving: Promise<void> | undefined
  #wake: (() => void) | undefined
  #joined = 0
  #isKnown = false
  readonly #view: LineView
  /** Until when a shared bucket has no token for this line. */
  #sharedAtMs = 0
  /** Tokens that were thrown away since one was used. */
  #lateInARow = 0

  constructor(
    deps: SlotLinesDeps,
    about: { buckets: readonly BucketDefinition[]; shared: SharedLeases; seen: SeenCounts },
  ) {
    const { buckets, shared, seen } = about
    this.#deps = deps
    this.#own = buckets.filter(({ scope }) => scope === buckets[0]?.scope)
    this.#common = buckets.filter(({ scope }) => scope !== buckets[0]?.scope)
    this.#shared = shared
    this.#seen = seen
    this.keys = buckets.map(bucketKey)
    this.#view = new LineView(this.keys[0] ?? '')
  }

  get waiting(): number {
    return this.#waiters.length
  }

  join(wanted: SlotWanted): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const leave = (): void => this.#leave(waiter)
      const aheadMs = performance.now() - Date.now()
      const waiter: Waiter = {
        id: String((this.#joined += 1)),
        lane: wanted.lane,
        since: performance.now() - (wanted.waitedMs ?? 0),
        deadline: wanted.deadline ? wanted.deadline.getTime() + aheadMs : null,
        notAfterMs: wanted.notAfter.getTime() + aheadMs,
        settle: (slot) => {
          wanted.signal.removeEventListener('abort', leave)
          resolve(slot)
        },
        fail: (error) => {
          wanted.signal.removeEventListener('abort', leave)
          reject(error instanceof Error ? error : new Error(String(error)))
        },
      }
      wanted.signal.addEventListener('abort', leave, { once: true })
      this.#waiters.push(waiter)
      this.#serving ??= this.#serve()
      // A newcomer may be the one that cannot wait as long as the others: the taker looks again.
      this.#wake?.()
    })
  }

  async stop(): Promise<void> {
    for (const waiter of this.#waiters.splice(0)) waiter.settle({ kind: 'given_up' })
    this.#wake?.()
    await this.#serving
  }

  #leave(waiter: Waiter): void {
    const place = this.#waiters.indexOf(waiter)
    if (place < 0) return
    this.#waiters.splice(place, 1)
    waiter.settle({ kind: 'given_up' })
  }

  async #serve(): Promise<void> {
    let askAgainAtMs = 0
    try {
      while (this.#waiters.length > 0) {
        // Woken by a newcomer before its slot is there: nothing to ask the database for.
        if (Math.min(this.#freeAtMs(), askAgainAtMs) <= performance.now()) {
          await this.#takeOnce()
          askAgainAtMs = performance.now() + longestSleepMs
        }
        const waitMs = this.#freeAtMs() - performance.now()
        this.#dropLate(waitMs)
        if (waitMs > 0 && this.#waiters.length > 0) await this.#sleep(waitMs)
      }
    } catch (error) {
      for (const waiter of this.#waiters.splice(0)) waiter.fail(error)
    } finally {
      this.#serving = undefined
    }
  }

  /** When a token may be there for one of those that wait now. */
  #freeAtMs(): number {
    return Math.max(this.#sharedAtMs, this.#view.turnAtMs(this.#waiters))
  }

  /** Hands out what the buckets give now. Tokens of the pair are left for the more urgent, whichever process they wait in. */
  async #takeOnce(): Promise<void> {
    if (!this.#isKnown) await ensureBuckets(this.#deps.db, [...this.#own, ...this.#common])
    this.#isKnown = true
    const { want, ...leave } = this.#view.ask(this.#waiters)
    const lease = await this.#leaseCommon(want)
    this.#sharedAtMs = lease.tokens === 0 ? performance.now() + Math.max(lease.waitMs, 1) : 0
    if (lease.tokens === 0) return
    const [pair = '', ...others] = this.#own.map(bucketKey)
    const requests = [
      { key: pair, want: lease.tokens, ...leave },
      ...others.map((key) => ({ key, want: lease.tokens })),
    ]
    // Taken at some time after it was asked for: counted from before, a token never lives too long.
    const { granted, slots, askedAtMs } = await takeSlots(this.#deps.db, requests)
    this.#view.note(slots)
    const taken = granted && !(await this.#seen.wentBack(slots)) ? this.#handOut(slots, askedAtMs) : 0
    this.#giveBack(lease.tokens - taken)
    // A row that is gone is made again.
    this.#isKnown = slots.length === requests.length
  }

  /** Tokens of the buckets that connections share; as many of each. */
  async #leaseCommon(want: number): Promise<{ tokens: number; waitMs: number }> {
    const leased: { bucket: BucketDefinition; tokens: number }[] = []
    let tokens = want
    for (const bucket of this.#common) {
      const about = { connectionId: this.#own[0]?.scope ?? '', want: tokens, rate: bucket.limit.rate }
      const lease = await this.#shared.lease(bucketKey(bucket), about)
      leased.push({ bucket, tokens: lease.tokens })
      tokens = lease.tokens
      if (tokens === 0) {
        for (const one of leased) this.#giveBackOf(one.bucket, one.tokens)
        return lease
      }
    }
    for (const one of leased) this.#giveBackOf(one.bucket, one.tokens - tokens)
    return { tokens, waitMs: 0 }
  }

  #giveBack(tokens: number): void {
    for (const bucket of this.#common) this.#giveBackOf(bucket, tokens)
  }

  #giveBackOf(bucket: BucketDefinition, tokens: number): void {
    this.#shared.giveBack(bucketKey(bucket), { connectionId: this.#own[0]?.scope ?? '', tokens })
  }

  /** Answers how many tokens found somebody. */
  #handOut(slots: SlotAnswer[], askedAtMs: number): number {
    const pair = slots.find(({ key }) => key === this.keys[0])
    if (!pair) return 0
    const expiresAtMs = askedAtMs + Math.min(...slots.map(({ bucket }) => tokenLifeMs(bucket)))
    for (let given = 0; given < pair.taken; given += 1) {
      const next = this.#view.pick(this.#waiters, pair, given)
      if (!next) return given
      this.#waiters.splice(this.#waiters.indexOf(next), 1)
      const use = (): boolean => this.#use(expiresAtMs, pair.bucket)
      next.settle({ kind: 'taken', takenAtMs: pair.bucket.at, buckets: slots, use })
    }
    return pair.taken
  }

  /**
   * Whether a token is still in time. Amazon has every token that was thrown away still to give, so the next may be later by as long as those took to
   * come: a machine that is always late calls more seldom, and never stops. What connections share goes to somebody else.
   */
  #use(expiresAtMs: number, { workingRate }: SlotAnswer['bucket']): boolean {
    const isInTime = performance.now() < expiresAtMs + this.#lateInARow * (1_000 / workingRate)
    this.#lateInARow = isInTime ? 0 : this.#lateInARow + 1
    if (!isInTime) this.#giveBack(1)
    return isInTime
  }

  /** Nobody waits for what comes too late: who is told so at once can plan. */
  #dropLate(waitMs: number): void {
    const earliestMs = performance.now() + waitMs
    const late = this.#waiters.filter(({ notAfterMs }) => notAfterMs < earliestMs)
    this.#waiters = this.#waiters.filter((waiter) => !late.includes(waiter))
    // Whoever stays in line takes the next tokens.
    const aheadMs = (this.#waiters.length / (this.#own[0]?.limit.rate ?? 1)) * 1000
    for (const waiter of late) waiter.settle({ kind: 'too_late', retryAfterMs: Math.max(waitMs + aheadMs, 1) })
  }

  async #sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(ms, longestSleepMs))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
  }
}
