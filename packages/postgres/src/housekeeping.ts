import { sql, type RawBuilder } from 'kysely'
import type { Executor } from './executor.ts'
import type { Log } from './log.ts'
import { jittered, Wakeup } from './wakeup.ts'

/** How long rows are kept, and how often and how many at a time are removed. */
export interface HousekeepingOptions {
  log?: Log
  /** Default 10 minutes. */
  everyMs?: number
  /** Most rows per statement. Default 5 000. */
  slice?: number
  /** Published events. Default 7 days: as long as a stream keeps them, so a lost broker can be refilled. */
  outboxDays?: number
  /** Default 15 days: longer than a stream's age and the outbox together, because a refill sends old ids again. */
  inboxDays?: number
  /** Default 7 days. */
  idempotencyDays?: number
  /** What else this service forgets: which rows of which table. */
  also?: readonly { table: string; tooOld: RawBuilder<unknown> }[]
}

/**
 * Removes what is older than its keeping time, now and then, in small statements that hold nobody up. Any number of processes may do it at once.
 * Events that were never published are kept whatever their age.
 */
export function startHousekeeping(db: Executor, options: HousekeepingOptions = {}): AsyncDisposable {
  const wakeup = new Wakeup()
  const state = { stopping: false }
  const ended = tidyForEver(db, options, { wakeup, state })
  return {
    async [Symbol.asyncDispose]() {
      state.stopping = true
      wakeup.poke()
      await ended
    },
  }
}

/** One round: removes everything that is too old. Answers how many rows went. */
export async function tidyUp(
  db: Executor,
  options: HousekeepingOptions = {},
  isStopping: () => boolean = () => false,
): Promise<number> {
  const { slice = 5_000, outboxDays = 7, inboxDays = 15, idempotencyDays = 7, also = [] } = options
  const rounds = [
    {
      table: 'outbox',
      tooOld: sql`created_at < ${daysAgo(outboxDays)} and published_at < ${daysAgo(outboxDays)}`,
    },
    { table: 'inbox', tooOld: sql`received_at < ${daysAgo(inboxDays)}` },
    { table: 'idempotency_answer', tooOld: sql`created_at < ${daysAgo(idempotencyDays)}` },
    ...also,
  ]
  let removed = 0
  for (const { table, tooOld } of rounds) {
    let last = slice
    while (last === slice && !isStopping()) {
      last = await removeSlice(db, { table, tooOld, slice })
      removed += last
    }
  }
  return removed
}

async function removeSlice(
  db: Executor,
  { table, tooOld, slice }: { table: string; tooOld: RawBuilder<unknown>; slice: number },
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from ${sql.table(table)}
     where ctid = any(array(select ctid from ${sql.table(table)} where ${tooOld} limit ${slice} for update skip locked))`.execute(
    db,
  )
  return Number(numAffectedRows)
}

/** The moment this many days ago, by the database's clock. */
export function daysAgo(days: number): RawBuilder<unknown> {
  return sql`clock_timestamp() - make_interval(days => ${days})`
}

async function tidyForEver(
  db: Executor,
  options: HousekeepingOptions,
  { wakeup, state }: { wakeup: Wakeup; state: { stopping: boolean } },
): Promise<void> {
  while (!state.stopping) {
    // First a pause: a service that just started has better things to do.
    await wakeup.sleep(jittered(options.everyMs ?? 600_000, 0.2))
    try {
      if (!state.stopping) await tidyUp(db, options, () => state.stopping)
    } catch (error) {
      options.log?.warn({ err: error }, 'removing old rows failed')
    }
  }
}
