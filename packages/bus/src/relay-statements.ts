import { sql, type Kysely, type Transaction } from 'kysely'

/** The right to publish what the outbox holds; good for as long as nobody else has taken it. */
export interface Lease {
  epoch: number
  /** When the stream that was published to so far came into being; null before the first time. */
  streamCreated: string | null
  /** The highest place in that stream that was acknowledged. */
  streamLastSeq: number
}

/** An event that waits to be published. */
export interface WaitingEvent {
  id: string
  seq: number
  subject: string
  payload: unknown
  traceparent: string | null
}

/** Thrown when a newer epoch exists: another process publishes, this one's marks would be wrong. */
export class FencedError extends Error {
  override name = 'FencedError'
}

/** What the relay asks of its database. Every write checks the epoch in the same statement, and that row stays locked until it is done. */
export class RelayStatements<DB> {
  readonly #db: Kysely<DB>
  readonly #name: string
  readonly #holder: string
  readonly #leaseMs: number

  constructor(db: Kysely<DB>, lease: { name: string; holder: string; leaseMs: number }) {
    this.#db = db
    this.#name = lease.name
    this.#holder = lease.holder
    this.#leaseMs = lease.leaseMs
  }

  /** Takes the lease when nobody holds it; undefined when somebody does. */
  async acquire(): Promise<Lease | undefined> {
    const { rows } = await sql<Lease>`
      insert into relay_lease as held (name, owner, epoch, expires_at)
      values (${this.#name}, ${this.#holder}, 1, ${this.#expiry()})
      on conflict (name) do update set owner = excluded.owner, epoch = held.epoch + 1, expires_at = excluded.expires_at
       where held.expires_at < clock_timestamp()
      returning epoch, stream_created as "streamCreated", stream_last_seq as "streamLastSeq"`.execute(this.#db)
    return rows[0]
  }

  /** Extends the lease. Throws FencedError when it was taken over. */
  async extend(epoch: number): Promise<void> {
    const { numAffectedRows } = await sql`
      update relay_lease set expires_at = ${this.#expiry()} where ${this.#isOurs(epoch)}`.execute(this.#db)
    if (numAffectedRows !== 1n) throw new FencedError('another process holds the lease')
  }

  /** Lets go at once, so that a successor need not wait. */
  async release(epoch: number): Promise<void> {
    await sql`update relay_lease set expires_at = '-infinity' where ${this.#isOurs(epoch)}`.execute(this.#db)
  }

  /** The oldest events that wait. Reads by what is unpublished, never from a position: a transaction that commits late is found all the same. */
  async waiting(limit: number): Promise<WaitingEvent[]> {
    const { rows } = await sql<WaitingEvent>`
      select id, seq, subject, payload, traceparent from outbox
       where published_at is null and refused_reason is null order by seq limit ${limit}`.execute(this.#db)
    return rows
  }

  /** Notes what the broker acknowledged, and extends the lease. Throws FencedError, with nothing written, when the lease was taken over. */
  async markPublished(epoch: number, acknowledged: readonly { id: string; streamSeq: number }[]): Promise<void> {
    const ids = acknowledged.map(({ id }) => id)
    const places = acknowledged.map(({ streamSeq }) => streamSeq)
    const { rows } = await sql<{ held: boolean }>`
      with held as (
        update relay_lease
           set expires_at = ${this.#expiry()}, stream_last_seq = greatest(stream_last_seq, ${Math.max(...places)}::bigint)
         where ${this.#isOurs(epoch)}
        returning 1
      ), marked as (
        update outbox set published_at = clock_timestamp(), stream_seq = acknowledged.place
          from unnest(${ids}::text[], ${places}::bigint[]) as acknowledged (id, place), held
         where outbox.id = acknowledged.id
      )
      select exists (select from held) as held`.execute(this.#db)
    if (!rows[0]?.held) throw new FencedError('another process holds the lease')
  }

  /** Sets an event aside that can never be published, with the reason. */
  async refuse(epoch: number, id: string, reason: string): Promise<void> {
    await sql`
      update outbox set refused_reason = ${reason}
       where id = ${id} and exists (select from relay_lease where ${this.#isOurs(epoch)})`.execute(this.#db)
  }

  /** Notes which stream is published to. */
  async recordStream(epoch: number, stream: { created: string; lastSeq: number }): Promise<void> {
    await this.#db.transaction().execute((tx) => this.#record(tx, epoch, stream))
  }

  /**
   * Makes everything wait again that the stream does not hold any more: all of it when the stream is a new one, else what lay behind its last place.
   * Answers how many events that were. All or nothing, and nobody else publishes meanwhile.
   */
  async refill(epoch: number, stream: { created: string; lastSeq: number }, lostAfter: number): Promise<number> {
    return this.#db.transaction().execute(async (tx) => {
      await sql`set local statement_timeout = 0`.execute(tx)
      await this.#record(tx, epoch, stream)
      const { numAffectedRows = 0n } = await sql`
        update outbox set published_at = null, stream_seq = null
         where published_at is not null and stream_seq > ${lostAfter}`.execute(tx)
      return Number(numAffectedRows)
    })
  }

  /** How much waits, and since when; counts no further than 100 000. */
  async backlog(): Promise<{ waiting: number; oldestAt: Date | null; refused: number }> {
    const { rows } = await sql<{ waiting: number; oldestAt: Date | null; refused: number }>`
      select count(*) filter (where refused_reason is null) as waiting, min(created_at) filter (where refused_reason is null) as "oldestAt",
             count(refused_reason) as refused
        from (select created_at, refused_reason from outbox where published_at is null order by seq limit 100000) as unpublished`.execute(
      this.#db,
    )
    return rows[0] ?? { waiting: 0, oldestAt: null, refused: 0 }
  }

  async #record(tx: Transaction<DB>, epoch: number, stream: { created: string; lastSeq: number }): Promise<void> {
    const { numAffectedRows } = await sql`
      update relay_lease set expires_at = ${this.#expiry()}, stream_created = ${stream.created}, stream_last_seq = ${stream.lastSeq}
       where ${this.#isOurs(epoch)}`.execute(tx)
    if (numAffectedRows !== 1n) throw new FencedError('another process holds the lease')
  }

  #expiry(): ReturnType<typeof sql> {
    return sql`clock_timestamp() + make_interval(secs => ${this.#leaseMs / 1_000})`
  }

  #isOurs(epoch: number): ReturnType<typeof sql> {
    return sql`name = ${this.#name} and owner = ${this.#holder} and epoch = ${epoch}`
  }
}
