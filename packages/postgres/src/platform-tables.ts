import type { ColumnType, Generated } from 'kysely'

/** A column that the database fills in by its own clock. */
type Stamp = Generated<Date>

/**
 * Events waiting for the relay, and those it has published, kept 7 days so that a lost broker can be refilled.
 * Written only inside the transaction of the change that it announces.
 */
export interface OutboxTable {
  /** Made by the writer; travels as Nats-Msg-Id. */
  id: string
  /** Order of publishing. Not an order of commits: never read it as a cursor. */
  seq: Generated<number>
  subject: string
  /** The event as canonical proto3 JSON; given as JSON text. Never buyer data. */
  payload: ColumnType<unknown, string, never>
  /** The trace in which the change was made. */
  traceparent: string | null
  created_at: Stamp
  /** Set when the broker has acknowledged it; set back to null when the broker has lost it. */
  published_at: Generated<Date | null>
  stream_seq: Generated<number | null>
  /** Why the relay set it aside: its subject or payload is none of ours. Such a row is never published. */
  refused_reason: Generated<string | null>
}

/** Messages whose effect is in this database already, one row per durable and message. */
export interface InboxTable {
  durable: string
  message_id: string
  received_at: Stamp
}

/** First answers of commands, so that a repeated one is answered and not done again. Never holds buyer data. */
export interface IdempotencyAnswerTable {
  method: string
  key: string
  /** SHA-256 of the request. */
  request_hash: Buffer
  answer_bytes: Buffer | null
  answer_json: ColumnType<unknown, string | null, string | null>
  created_at: Stamp
}

/** Who may publish and mark; the epoch grows with each change of hands, and a mark made under an older one is refused. */
export interface RelayLeaseTable {
  name: string
  owner: string
  epoch: number
  expires_at: Date
  /** When the stream that the outbox was published to came into being, as the broker says it; null before the first time. */
  stream_created: string | null
  stream_last_seq: number
}

/** The tables that every service's database has. A service's own database type extends it. */
export interface PlatformTables {
  outbox: OutboxTable
  inbox: InboxTable
  idempotency_answer: IdempotencyAnswerTable
  relay_lease: RelayLeaseTable
}
