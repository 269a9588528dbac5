import type { Kysely, Transaction } from 'kysely'
import type { OrderDownloadDb } from './tables.ts'

export interface AuditEntry {
  orderId: string
  at: Date
  text: string
  note: string
  actor: string
  cause: string
  oldValue: string
  newValue: string
}

/** Adds entries to audit trails. Nothing ever changes or removes one. */
export async function appendAudit(tx: Transaction<OrderDownloadDb>, entries: AuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  const rows = entries.map(({ orderId, oldValue, newValue, ...entry }) => ({
    order_id: orderId,
    old_value: oldValue,
    new_value: newValue,
    ...entry,
  }))
  await tx.insertInto('audit_entry').values(rows).execute()
}

/** Where a page of a trail begins: after this entry. */
export interface AuditPlace {
  at: Date
  id: number
}

/** A page of one order's trail, oldest first, entries of the same time in the order they were written. */
export async function listAuditEntries(
  db: Kysely<OrderDownloadDb>,
  wanted: { orderId: string; after: AuditPlace | undefined; limit: number },
): Promise<(AuditEntry & { id: number })[]> {
  const { orderId, after, limit } = wanted
  let query = db
    .selectFrom('audit_entry')
    .select(['id', 'at', 'text', 'note', 'actor', 'cause', 'old_value as oldValue', 'new_value as newValue'])
    .where('order_id', '=', orderId)
  if (after) {
    query = query.where((is) => is(is.refTuple('at', 'id'), '>', is.tuple(after.at, after.id)))
  }
  const rows = await query.orderBy('at').orderBy('id').limit(limit).execute()
  return rows.map((row) => ({ orderId, ...row }))
}
