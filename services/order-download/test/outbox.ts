import { OrderEvent, PollCompleted } from '@lockstep/contracts/generated/lockstep/orders/v1/order_events.ts'
import { parseSubject } from '@lockstep/contracts/subjects'
import type { Kysely } from 'kysely'
import type { OrderDownloadDb } from '../src/store/tables.ts'

/** The subjects' verbs of everything announced about an order, in order. */
export async function verbsOf(db: Kysely<OrderDownloadDb>, orderId: string): Promise<string[]> {
  const rows = await outbox(db)
  return rows.filter(({ entityId }) => entityId === orderId).map(({ verb }) => verb)
}

/** Every snapshot announced of an order, in order. */
export async function snapshotsOf(db: Kysely<OrderDownloadDb>, orderId: string): Promise<OrderEvent[]> {
  const rows = await outbox(db)
  return rows.filter(({ entityId }) => entityId === orderId).map(({ payload }) => OrderEvent.fromJSON(payload))
}

/** Every completed poll announced, in order, with its place among all events. */
export async function completedPolls(db: Kysely<OrderDownloadDb>): Promise<(PollCompleted & { seq: number })[]> {
  const rows = await outbox(db)
  return rows
    .filter(({ entity }) => entity === 'poll')
    .map(({ payload, seq }) => ({ ...PollCompleted.fromJSON(payload), seq }))
}

/** The place of an order's last event among all events. */
export async function lastSeqOf(db: Kysely<OrderDownloadDb>, orderId: string): Promise<number> {
  const rows = await outbox(db)
  return Math.max(...rows.filter(({ entityId }) => entityId === orderId).map(({ seq }) => seq))
}

async function outbox(db: Kysely<OrderDownloadDb>) {
  const rows = await db.selectFrom('outbox').select(['seq', 'subject', 'payload']).orderBy('seq').execute()
  return rows.map((row) => ({ ...row, ...partsOf(row.subject) }))
}

function partsOf(subject: string) {
  const parts = parseSubject(subject)
  if (!parts) throw new Error(`not one of our subjects: ${subject}`)
  return parts
}
