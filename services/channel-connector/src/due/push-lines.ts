import { setMaxListeners } from 'node:events'

import { isTransient } from '@lockstep/postgres/errors'
import { failpoint } from '@lockstep/postgres/failpoint'
import type { Logger } from '@lockstep/telemetry/logger'

import type { SendOrder } from '../commands/begin-sending.ts'
import {
  type ClaimedWork,
  claimGroups,
  type ClaimWish,
  GroupWorkError,
  type ReadOrder,
} from '../commands/claim-groups.ts'
import { readGroups } from '../commands/read-groups.ts'
import { type SendContext, type SendDeps, sendNumber } from '../commands/send-number.ts'
import type { AmazonReply } from '../domain/amazon-reply.ts'
import { type DueConnection, postponeGroups } from '../store/due-groups.ts'

/** What the lines of one process work with. */
export interface PushDeps extends SendDeps {
  log: Logger
  /** Names this process among all replicas. */
  process: string
  /** Wakes the relay: events were written. */
  announce(): void
  /** Something may be due again. */
  poke(): void
}

/** Numbers that one connection works on at a time at most: what its bucket lets go within the life of a guard read. */
const most = { writes: 12, zeros: 8, ticks: 20 }

/**
 * One connection's work in this process. Claims what is due, reads for up to 20 SKUs at once, sends each number, and claims the next.
 * Which number goes first is decided when it is claimed, by the rows; any number of replicas may do so side by side.
 */
export class PushLine {
  readonly #deps: PushDeps
  readonly #connection: DueConnection
  readonly #abort = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #writing = 0
  #ticking = 0
  /** How many it takes on: fewer when some found no token in time, because others share the limit; more again with each that did. */
  #width: number = most.writes
  #narrowedMs = 0
  #claims = 0
  #isClaiming = false
  #skewMs = 0
  /** Our clock minus the database's: it may be wrong by any time, and may be set meanwhile. */
  #aheadMs = 0
  #restUntilMs = 0
  /** Groups left to be taken one by one, after some of them failed together. */
  #oneByOne = 0

  constructor(deps: PushDeps, connection: DueConnection) {
    this.#deps = deps
    this.#connection = connection
    setMaxListeners(0, this.#abort.signal)
  }

  /** What it would take on now: nothing, no write but a zero, or no tick. */
  get hands(): { all: boolean; writes: boolean; ticks: boolean } {
    const { zeros, others } = this.#room()
    const all = this.#isClaiming || this.#abort.signal.aborted || performance.now() < this.#restUntilMs
    return { all: all || (zeros + others === 0 && this.#ticking > 0), writes: others === 0, ticks: this.#ticking > 0 }
  }

  /** Takes on what is due, as far as there is room for it. */
  take(due: DueConnection): void {
    if (this.hands.all) return
    const { zeros: zeroRoom, others: room } = this.#room()
    if (due.hasWrites && (room > 0 || (due.hasZeros && zeroRoom > 0))) {
      this.#start('writes', { zeros: zeroRoom, others: room })
    } else if (due.hasTicks && this.#ticking === 0) {
      this.#start('ticks', { zeros: 0, others: most.ticks })
    }
  }

  #room(): ClaimWish['limit'] {
    const width = Math.floor(this.#width)
    // The next are claimed when half of them are done, so that one read serves several.
    const others = this.#writing <= width / 2 ? width - this.#writing : 0
    return { zeros: Math.max(0, width + most.zeros - this.#writing - others), others }
  }

  /** Stops waiting for tokens and lets what has left come back. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('the process stops'))
    await Promise.all(this.#running)
  }

  #start(kind: ClaimWish['kind'], limit: ClaimWish['limit']): void {
    this.#isClaiming = true
    this.#claims += 1
    if (this.#oneByOne > 0) {
      this.#oneByOne -= 1
      limit = { zeros: 0, others: 1 }
    }
    const token = `${this.#deps.process}#${this.#claims}`
    const { connectionId } = this.#connection
    const run = this.#run({ connectionId, kind, limit, token, turn: this.#claims, skewMs: this.#skewMs })
      .catch((error: unknown) => this.#noteFailure(error))
      .finally(() => {
        this.#running.delete(run)
        this.#deps.poke()
      })
    this.#running.add(run)
  }

  async #noteFailure(error: unknown): Promise<void> {
    const { log, db } = this.#deps
    const facts = { err: error, connection_id: this.#connection.connectionId }
    this.#restUntilMs = performance.now() + 1_000
    const groupIds = error instanceof GroupWorkError && !isTransient(error.cause) ? error.groupIds : []
    if (groupIds.length > 1) this.#oneByOne = groupIds.length
    const [alone] = groupIds
    if (groupIds.length !== 1 || alone === undefined) return log.warn(facts, 'working on due numbers failed')
    log.error({ ...facts, group_id: alone }, 'a number cannot be worked on and is put off')
    try {
      await postponeGroups(db, [alone])
    } catch (failure) {
      log.warn({ err: failure }, 'putting a number off failed; its lease will end')
    }
  }

  async #run(wish: ClaimWish): Promise<void> {
    const work = await this.#claim(wish)
    if (work.claimed > 0) this.#aheadMs = Date.now() - work.now
    const count = (change: number): void => {
      if (wish.kind === 'writes') this.#writing += change
      else this.#ticking += change
    }
    count(work.reads.length + work.sends.length)
    this.#isClaiming = false
    if (work.claimed > 0) this.#deps.poke()
    try {
      await Promise.all([this.#readAndSend(wish, work.reads, count), ...this.#sendAll(wish, work.sends, count)])
    } finally {
      this.#deps.announce()
    }
  }

  async #claim(wish: ClaimWish): Promise<ClaimedWork> {
    try {
      return await claimGroups(this.#deps, wish)
    } catch (error) {
      this.#isClaiming = false
      throw error
    }
  }

  async #readAndSend(wish: ClaimWish, reads: readonly ReadOrder[], count: (change: number) => void): Promise<void> {
    if (reads.length === 0) return
    let sends: SendOrder[] = []
    try {
      const answer = await readGroups(this.#deps, this.#context(wish), reads)
      sends = answer.sends
      if (answer.reading.kind === 'read') this.#learnSkew(answer.reading.readAt)
      else this.#restAfter(answer.reading.reply)
    } finally {
      count(sends.length - reads.length)
    }
    await Promise.all(this.#sendAll(wish, sends, count))
  }

  #sendAll(wish: ClaimWish, orders: readonly SendOrder[], count: (change: number) => void): Promise<void>[] {
    if (orders.length > 0) failpoint('push:after-sending-commit')
    return orders.map(async (order) => {
      try {
        const reply = await sendNumber(this.#deps, this.#context(wish), order)
        this.#learnSkew(reply.amazonTime)
        this.#restAfter(reply)
        this.#learnWidth(reply)
      } finally {
        count(-1)
        this.#deps.poke()
      }
    })
  }

  #context(wish: ClaimWish): SendContext {
    const { connectionId, sellerId } = this.#connection
    return { connectionId, sellerId, token: wish.token, skewMs: this.#skewMs, signal: this.#abort.signal }
  }

  /** Amazon's clock is read off its answers; they tell whole seconds. */
  #learnSkew(amazonTime: Date | undefined): void {
    if (amazonTime) this.#skewMs = amazonTime.getTime() + 500 - (Date.now() - this.#aheadMs)
  }

  /** Halved at once for all that were turned away together, and widened by one for as many as fit. */
  #learnWidth(reply: AmazonReply): void {
    const foundNoToken = reply.outcome === 'not_sent' && reply.throttledUntil !== undefined
    if (foundNoToken && performance.now() > this.#narrowedMs + 1_000) {
      this.#narrowedMs = performance.now()
      this.#width = Math.max(1, this.#width / 2)
    }
    if (reply.outcome === 'accepted') this.#width = Math.min(most.writes, this.#width + 1 / this.#width)
  }

  /** What stops one call of the connection stops them all: others would only be turned away too. */
  #restAfter(reply: AmazonReply): void {
    const rest = restMs[reply.outcome]
    if (rest !== undefined) this.#restUntilMs = performance.now() + rest
  }
}

const restMs: Partial<Record<AmazonReply['outcome'], number>> = {
  denied: 10_000,
  authorisation_revoked: 10_000,
  application_credentials: 10_000,
  wrong_region: 10_000,
  outage: 1_000,
}
