import { context, isSpanContextValid, trace } from '@opentelemetry/api'
import { sql, type Transaction } from 'kysely'
import { failpoint } from './failpoint.ts'

/** An event that a change announces. */
export interface OutboxRow {
  /** Unique for ever; becomes Nats-Msg-Id. */
  id: string
  /** Built by `subjects` of @lockstep/contracts. */
  subject: string
  /** What the generated `toJSON` of the subject's message gives. Never buyer data. */
  payload: unknown
  /** Defaults to the span that is active. */
  traceparent?: string | undefined
}

/** Announces one event with the transaction it is written in: both happen or neither. The relay publishes it after the commit. */
export function enqueue<DB>(tx: Transaction<DB>, row: OutboxRow): Promise<void> {
  return enqueueAll(tx, [row])
}

/** Announces events in the order given, in one statement, with the transaction they are written in. */
export async function enqueueAll<DB>(tx: Transaction<DB>, rows: readonly OutboxRow[]): Promise<void> {
  if (rows.length === 0) return
  failpoint('outbox.before-enqueue')
  const here = activeTraceparent()
  const ids = rows.map((row) => row.id)
  const subjects = rows.map((row) => row.subject)
  const payloads = rows.map((row) => JSON.stringify(row.payload))
  const parents = rows.map((row) => row.traceparent ?? here ?? null)
  await sql`
    insert into outbox (id, subject, payload, traceparent)
    select id, subject, payload::jsonb, traceparent
      from unnest(${ids}::text[], ${subjects}::text[], ${payloads}::text[], ${parents}::text[])
           with ordinality as given (id, subject, payload, traceparent, place)
     order by place`.execute(tx)
  failpoint('outbox.after-enqueue')
}

function activeTraceparent(): string | undefined {
  const span = trace.getSpanContext(context.active())
  if (!span || !isSpanContextValid(span)) return undefined
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`
}
