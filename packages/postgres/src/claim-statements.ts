import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { Executor } from './executor.ts'

/** Where a claim loop finds its rows. Every row of the table is a piece of work that comes due again and again. */
export interface ClaimTable {
  table: string
  /** Default `id`. */
  idColumn?: string
  /** When the row is due, a timestamptz; null means never. Default `next_at`. */
  dueColumn?: string
  /** Who holds the row (text), until when (timestamptz), and how many runs began since the last one that returned (integer). */
  claimColumns?: { owner: string; until: string; attempts: string }
  /** A further condition on the row, such as sql`enabled`. */
  where?: RawBuilder<unknown>
}

/** A row that is held. */
export interface ClaimedRow {
  id: unknown
  /** What stands in the owner column: the fencing token of this run. */
  token: string
  dueAt: number
  attempts: number
  row: unknown
}

/** What the loop asks of the table. Times are the database's; nothing here reads the process's clock. */
export class ClaimStatements {
  readonly #table
  readonly #id
  readonly #due
  readonly #owner
  readonly #until
  readonly #attempts
  readonly #where: RawBuilder<unknown>
  readonly #names: { id: string; due: string; attempts: string }

  constructor(options: ClaimTable) {
    const columns = options.claimColumns ?? { owner: 'claimed_by', until: 'claimed_until', attempts: 'attempts' }
    this.#names = { id: options.idColumn ?? 'id', due: options.dueColumn ?? 'next_at', attempts: columns.attempts }
    this.#table = sql.table(options.table)
    this.#id = sql.ref(this.#names.id)
    this.#due = sql.ref(this.#names.due)
    this.#owner = sql.ref(columns.owner)
    this.#until = sql.ref(columns.until)
    this.#attempts = sql.ref(columns.attempts)
    this.#where = options.where ?? sql`true`
  }

  /** Takes up to `limit` due rows that nobody holds, longest due first. Rows that another process is claiming are passed over, not waited for. */
  async claim(
    db: Executor,
    take: { token: string; leaseMs: number; limit: number; except: unknown[] },
  ): Promise<ClaimedRow[]> {
    const { rows } = await sql<Record<string, unknown>>`
      update ${this.#table} as claimed
         set ${this.#owner} = ${take.token}, ${this.#until} = ${inMs(take.leaseMs)}, ${this.#attempts} = claimed.${this.#attempts} + 1
        from (select ${this.#id} as id from ${this.#table}
               where ${this.#due} <= clock_timestamp() and (${this.#until} is null or ${this.#until} < clock_timestamp())
                 and ${this.#id} <> all(${take.except}) and ${this.#where}
               order by ${this.#due} limit ${take.limit} for update skip locked) as due
       where claimed.${this.#id} = due.id
      returning claimed.*`.execute(db)
    return rows.map((row) => ({
      id: row[this.#names.id],
      token: take.token,
      dueAt: timeOf(row[this.#names.due]),
      attempts: Number(row[this.#names.attempts]),
      row,
    }))
  }

  /** Extends what is still held; answers the ids of those. */
  async extend(db: Executor, held: readonly ClaimedRow[], leaseMs: number): Promise<Set<unknown>> {
    const { rows } = await sql<{ id: unknown }>`
      update ${this.#table} set ${this.#until} = ${inMs(leaseMs)}
       where ${this.#id} = any(${held.map(({ id }) => id)}) and ${this.#owner} = any(${held.map(({ token }) => token)})
      returning ${this.#id} as id`.execute(db)
    return new Set(rows.map(({ id }) => id))
  }

  /** Lets go after a run that returned; answers when the row is due next, undefined when it is gone or held by another. */
  async release(db: Executor, held: ClaimedRow): Promise<number | undefined> {
    const { rows } = await sql<{ due: unknown }>`
      update ${this.#table} set ${this.#owner} = null, ${this.#until} = null, ${this.#attempts} = 0
       where ${this.#id} = ${held.id} and ${this.#owner} = ${held.token}
      returning ${this.#due} as due`.execute(db)
    return rows[0] === undefined ? undefined : timeOf(rows[0].due)
  }

  /** Lets go after a run that failed: due after the pause, or later if the run had put it off further itself. The attempt stays counted. */
  async backOff(db: Executor, held: ClaimedRow, pauseMs: number): Promise<void> {
    await sql`
      update ${this.#table}
         set ${this.#owner} = null, ${this.#until} = null, ${this.#due} = greatest(${this.#due}, ${inMs(pauseMs)})
       where ${this.#id} = ${held.id} and ${this.#owner} = ${held.token}`.execute(db)
  }

  /** Gives back what was not finished because the process stops: due as before, the attempt not counted. */
  async giveBack(db: Executor, held: ClaimedRow): Promise<void> {
    await sql`
      update ${this.#table}
         set ${this.#owner} = null, ${this.#until} = null, ${this.#attempts} = greatest(0, ${this.#attempts} - 1)
       where ${this.#id} = ${held.id} and ${this.#owner} = ${held.token}`.execute(db)
  }
}

/**
 * True while the run still holds its row; locks the row until the transaction ends, so nobody takes it over in between.
 * A run whose result must not be written twice calls it first in the transaction that writes it, with the row's owner column as token.
 */
export async function stillClaimed<DB>(
  tx: Transaction<DB>,
  claim: { table: string; id: unknown; token: string; idColumn?: string; ownerColumn?: string },
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from ${sql.table(claim.table)}
     where ${sql.ref(claim.idColumn ?? 'id')} = ${claim.id} and ${sql.ref(claim.ownerColumn ?? 'claimed_by')} = ${claim.token}
       for update`.execute(tx)
  return rows.length === 1
}

function inMs(ms: number): RawBuilder<unknown> {
  return sql`clock_timestamp() + make_interval(secs => ${ms / 1_000})`
}

function timeOf(value: unknown): number {
  return value instanceof Date ? value.getTime() : Number.POSITIVE_INFINITY
}
