import { nextSlotAt } from '@lockstep/pacing/bucket'
import { type Lane, nextInLine } from '@lockstep/pacing/lanes'
import type { Kysely } from 'kysely'
import type { ChannelDb } from '../../store/database.ts'
import {
  type BucketDefinition,
  bucketKey,
  ensureBuckets,
  type SlotAnswer,
  takeSlots,
} from '../../store/rate-buckets.ts'
import { SharedSlices } from './shared-slices.ts'

/** A call that needs a token of every bucket before it may leave. */
export interface SlotWanted {
  /** The pair bucket first. */
  buckets: readonly BucketDefinition[]
  lane: Lane
  /** When the call should have been made; undefined is no promise. */
  deadline?: Date
  /** When a token is no longer worth having. */
  notAfter: Date
  signal: AbortSignal
}

/** A token of every bucket was taken at `takenAtMs` by the database's clock, or there will be none in time. */
export type Slot =
  | { kind: 'taken'; takenAtMs: number; buckets: SlotAnswer[] }
  | { kind: 'too_late'; retryAfterMs: number }
  | { kind: 'given_up' }

/** What the lines work with. */
export interface SlotLinesDeps {
  db: Kysely<ChannelDb>
}

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
 * database is asked once per slot however many wait. Lines of different buckets never wait for each other.
 */
export class SlotLines implements AsyncDisposable {
  readonly #deps: SlotLinesDeps
  readonly #lines = new Map<string, SlotLine>()
  readonly #slices = new SharedSlices()
  #isStopped = false

  constructor(deps: SlotLinesDeps) {
    this.#deps = deps
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
  }

  #lineOf(buckets: readonly BucketDefinition[]): SlotLine {
    const name = buckets.map(bucketKey).join(' ')
    const line = this.#lines.get(name) ?? new SlotLine(this.#deps, { buckets, slices: this.#slices })
    this.#lines.set(name, line)
    return line
  }
}

class SlotLine {
  readonly keys: readonly string[]
  readonly #deps: SlotLinesDeps
  readonly #buckets: readonly BucketDefinition[]
  readonly #slices: SharedSlices
  #waiters: Waiter[] = []
  #serving: Promise<void> | undefined
  #wake: (() => void) | undefined
  #joined = 0
  #isKnown = false

  constructor(
    deps: SlotLinesDeps,
    { buckets, slices }: { buckets: readonly BucketDefinition[]; slices: SharedSlices },
  ) {
    this.#deps = deps
    this.#buckets = buckets
    this.#slices = slices
    this.keys = buckets.map(bucketKey)
  }

  get waiting(): number {
    return this.#waiters.length
  }

  join(wanted: SlotWanted): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const leave = (): void => this.#leave(waiter)
      const waiter: Waiter = {
        id: String((this.#joined += 1)),
        lane: wanted.lane,
        since: Date.now(),
        deadline: wanted.deadline?.getTime() ?? null,
        notAfterMs: wanted.notAfter.getTime(),
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
    let freeAtMs = 0
    let askAgainAtMs = 0
    try {
      while (this.#waiters.length > 0) {
        // Woken by a newcomer before the slot is there: nothing to ask the database for.
        if (Math.min(freeAtMs, askAgainAtMs) <= Date.now()) {
          freeAtMs = Date.now() + (await this.#takeOnce())
          askAgainAtMs = Date.now() + longestSleepMs
        }
        const waitMs = freeAtMs - Date.now()
        this.#dropLate(waitMs)
        if (waitMs > 0 && this.#waiters.length > 0) await this.#sleep(waitMs)
      }
    } catch (error) {
      for (const waiter of this.#waiters.splice(0)) waiter.fail(error)
    } finally {
      this.#serving = undefined
    }
  }

  /** Hands out what the buckets give now. Answers how long to wait for the next token; 0 to ask again. */
  async #takeOnce(): Promise<number> {
    if (!this.#isKnown) await ensureBuckets(this.#deps.db, this.#buckets)
    this.#isKnown = true
    const wanted = this.#waiters.length
    const requests = this.keys.map((key) => ({ key, want: wanted })).filter(({ key }) => this.#slices.left(key) === 0)
    for (const request of requests) {
      const bucket = this.#buckets.find((one) => bucketKey(one) === request.key)
      if (bucket && bucket.level !== 'pair')
        request.want = this.#slices.sliceOf(request.key, { wanted, rate: bucket.limit.rate })
    }
    const { granted, slots } = await takeSlots(this.#deps.db, requests)
    if (!granted) {
      // A row that is gone is made again; anything else says when it has a token.
      this.#isKnown = slots.length === requests.length
      return Math.max(0, ...slots.map(({ bucket }) => nextSlotAt(bucket, bucket.at) - bucket.at))
    }
    this.#handOut(slots)
    return 0
  }

  #handOut(slots: SlotAnswer[]): void {
    const pair = slots.find(({ key }) => key === this.keys[0])
    for (const { key, taken } of slots) if (key !== this.keys[0]) this.#slices.add(key, taken)
    if (!pair) return
    const turn = pair.bucket.taken - pair.taken
    for (let given = 0; given < pair.taken; given += 1) {
      const next = nextInLine(this.#waiters, Date.now(), turn + given)
      if (!next || !this.#slices.useAll(this.keys.slice(1))) return
      this.#waiters.splice(this.#waiters.indexOf(next), 1)
      next.settle({ kind: 'taken', takenAtMs: pair.bucket.at, buckets: slots })
    }
  }

  /** Nobody waits for what comes too late: who is told so at once can plan. */
  #dropLate(waitMs: number): void {
    const earliestMs = Date.now() + waitMs
    const late = this.#waiters.filter(({ notAfterMs }) => notAfterMs < earliestMs)
    this.#waiters = this.#waiters.filter((waiter) => !late.includes(waiter))
    // Whoever stays in line takes the next tokens.
    const aheadMs = (this.#waiters.length / (this.#buckets[0]?.limit.rate ?? 1)) * 1000
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
