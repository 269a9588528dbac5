import type { Kysely } from 'kysely'
import { canDespatch, type DespatchCheck } from '../domain/can-despatch.ts'
import type { Order } from '../domain/order.ts'
import { findOrders } from '../store/orders.ts'
import { findQuarantined, findQuarantineReason, type QuarantineRow } from '../store/quarantine.ts'
import type { OrderDownloadDb } from '../store/tables.ts'

export type FoundOrder =
  | { kind: 'found'; order: Order; readAt: Date; check: DespatchCheck }
  /** Amazon shows it, but it could not be read and nothing of it is stored. */
  | { kind: 'quarantined'; entry: QuarantineRow }
  /** Two sellers have an order of this id. */
  | { kind: 'ambiguous'; candidates: string[] }
  | { kind: 'unknown' }

/** Finds an order by our id or Amazon's, with what stands against despatching it. */
export async function findOrder(db: Kysely<OrderDownloadDb>, idOrChannelId: string): Promise<FoundOrder> {
  const stored = await findOrders(db, idOrChannelId)
  const [first] = stored
  if (stored.length > 1) return { kind: 'ambiguous', candidates: stored.map(({ order }) => order.id) }
  if (first) {
    const reason = await findQuarantineReason(db, first.order)
    return { kind: 'found', ...first, check: canDespatch(first.order, reason) }
  }
  const quarantined = await findQuarantined(db, idOrChannelId)
  const [entry] = quarantined
  if (quarantined.length > 1) return { kind: 'ambiguous', candidates: quarantined.map(({ id }) => id) }
  return entry ? { kind: 'quarantined', entry } : { kind: 'unknown' }
}
