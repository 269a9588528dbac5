import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { ChannelDb } from '../../store/database.ts'
import { takeTurns, type TurnAnswer } from '../../store/shared-turns.ts'

/** How many tokens a connection got, and, when it got none, how long until the bucket has one. */
export interface Lease {
  tokens: number
  waitMs: number
}

interface Claim {
  connectionId: string
  want: number
  sinceMs: number
  settle(lease: Lease): void
  fail(error: unknown): void
}

interface Desk {
  rate: number
  claims: Claim[]
  /** Tokens that a connection gave back, for whoever comes next, until `untilMs`. */
  left: number
  untilMs: number
  /** When the database was last asked. */
  askedMs: number
  /** Tokens used or given back that the table has not counted, by connection. */
  uncounted: Map<string, number>
  serving: Promise<void> | undefined
}

/** What is leased of a shared bucket is used within this time or lost; at most so much is leased at once, and more only when it could not be asked for so long. */
const sliceMs = 250
const longestSliceMs = 1_000
/** Nobody is kept at the desk longer: who waits may have become late meanwhile. */
const patienceMs = 400
/** Between two questions tokens gather: each question is a transaction on the one row that all connections share. */
const gatherMs = 50

/**
 * Tokens of the buckets that all connections of an application share. One taker per bucket asks the database for all that wait in this process,
 * in slices, and the database says whose turn it is among those of every process: so each connection gets its share, whoever asks most.
 */
export class SharedLeases {
  readonly #db: Kysely<ChannelDb>
  readonly #process = randomUUID()
  readonly #desks = new Map<string, Desk>()
  #isStopped = false

  constructor(db: Kysely<ChannelDb>) {
    this.#db = db
  }

  /** Waits for a turn, for a moment at most. Answers at least one token, or how long to stay away. */
  lease(key: string, wanted: { connectionId: string; want: number; rate: number }): Promise<Lease> {
    if (this.#isStopped) return Promise.resolve({ tokens: 0, waitMs: sliceMs })
    const { connectionId, want, rate } = wanted
    const desk = this.#deskOf(key, rate)
    return new Promise((settle, fail) => {
      desk.claims.push({ connectionId, want, sinceMs: performance.now(), settle, fail })
      desk.serving ??= this.#serve(key, desk)
    })
  }

  /** Gives back what a connection did not use; the next one may have it for a moment. */
  giveBack(key: string, { connectionId, tokens }: { connectionId: string; tokens: number }): void {
    const desk = this.#desks.get(key)
    if (!desk || tokens <= 0) return
    desk.left = leftAt(desk) + tokens
    desk.untilMs = performance.now() + sliceMs
    count(desk, connectionId, -tokens)
  }

  /** Settles everybody that waits. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all([...this.#desks.values()].map(async ({ serving }) => serving))
  }

  #deskOf(key: string, rate: number): Desk {
    const known = this.#desks.get(key)
    if (known) return known
    const desk: Desk = {
      rate,
      claims: [],
      left: 0,
      untilMs: 0,
      askedMs: -Infinity,
      uncounted: new Map(),
      serving: undefined,
    }
    this.#desks.set(key, desk)
    return desk
  }

  async #serve(key: string, desk: Desk): Promise<void> {
    // Never over before its caller has noted that it runs.
    await Promise.resolve()
    try {
      while (desk.claims.length > 0) {
        giveLeft(desk)
        if (desk.claims.length === 0) break
        const answer = await this.#ask(key, desk)
        settleClaims(desk, answer, this.#isStopped ? 0 : patienceMs)
        if (desk.claims.length > 0) await pause(Math.min(Math.max(answer.waitMs, gatherMs), sliceMs))
      }
    } catch (error) {
      for (const claim of desk.claims.splice(0)) claim.fail(error)
    } finally {
      desk.serving = undefined
    }
  }

  async #ask(key: string, desk: Desk): Promise<TurnAnswer> {
    const wanted = firstClaims(desk).map(({ connectionId, want }) => {
      const uncounted = desk.uncounted.get(connectionId) ?? 0
      desk.uncounted.delete(connectionId)
      return { connectionId, want, uncounted }
    })
    const sinceMs = performance.now() - desk.askedMs
    desk.askedMs = performance.now()
    const most = Math.max(1, Math.floor((desk.rate * Math.min(Math.max(sinceMs, sliceMs), longestSliceMs)) / 1000))
    return takeTurns(this.#db, { key, most, wanted, askedBy: this.#process })
  }
}

/** One claim of each connection: whoever has several gets them one after the other. */
function firstClaims({ claims }: Desk): Claim[] {
  const first = new Map<string, Claim>()
  for (const claim of claims) if (!first.has(claim.connectionId)) first.set(claim.connectionId, claim)
  return [...first.values()]
}

/** What was given back goes to the longest-waiting; the table hears of it with the next question. */
function giveLeft(desk: Desk): void {
  let left = leftAt(desk)
  while (left > 0) {
    const claim = desk.claims.shift()
    if (!claim) break
    const tokens = Math.min(left, claim.want)
    left -= tokens
    count(desk, claim.connectionId, tokens)
    claim.settle({ tokens, waitMs: 0 })
  }
  desk.left = left
}

/** Who got tokens leaves with them; who waited long enough, or for a bucket that has none for a while, leaves without. */
function settleClaims(desk: Desk, answer: TurnAnswer, waitedMs: number): void {
  const now = performance.now()
  const given = new Map(answer.given)
  desk.claims = desk.claims.filter((claim) => {
    const tokens = given.get(claim.connectionId) ?? 0
    given.delete(claim.connectionId)
    const isOver = answer.waitMs > patienceMs || now - claim.sinceMs >= waitedMs || !answer.isThere
    if (tokens === 0 && !isOver) return true
    claim.settle({ tokens, waitMs: tokens > 0 ? 0 : answer.waitMs })
    return false
  })
}

function leftAt({ left, untilMs }: Desk): number {
  return untilMs > performance.now() ? left : 0
}

function count({ uncounted }: Desk, connectionId: string, tokens: number): void {
  uncounted.set(connectionId, (uncounted.get(connectionId) ?? 0) + tokens)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
