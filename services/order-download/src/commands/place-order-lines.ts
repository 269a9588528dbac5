import type { Ids } from '@lockstep/contracts/ids'
import { enqueueAll } from '@lockstep/postgres/outbox'
import type { Transaction } from 'kysely'
import { notesOfChange } from '../domain/audit-notes.ts'
import type { Order } from '../domain/order.ts'
import { placeLines, type Placement } from '../domain/place-lines.ts'
import { orderAnnouncement, verbOf } from '../events/announce.ts'
import { appendAudit } from '../store/audit.ts'
import { saveOrder } from '../store/orders.ts'
import type { OrderDownloadDb } from '../store/tables.ts'

export interface PlacedBecause {
  at: Date
  /** What led to it, for the audit trail. */
  cause: string
  placementOf(order: Order): Placement
}

/** Fills the places of locked orders as far as they are known now; each order that gains one gets a revision, audit entries and an event. */
export async function placeOrderLines(
  deps: { ids: Ids },
  tx: Transaction<OrderDownloadDb>,
  { orders, because }: { orders: Order[]; because: PlacedBecause },
): Promise<number> {
  const { at, cause } = because
  const placed = orders.flatMap((before) => {
    const after = placeLines(before, because.placementOf(before))
    return after ? [{ before, after }] : []
  })
  for (const { after } of placed) await saveOrder(tx, after)
  const entries = placed.flatMap(({ before, after }) =>
    notesOfChange(before, after).map((note) => ({ orderId: after.id, at, actor: 'order-download', cause, ...note })),
  )
  await appendAudit(tx, entries)
  await enqueueAll(
    tx,
    placed.map(({ before, after }) => orderAnnouncement(deps.ids, after, { verb: verbOf(before, after), at })),
  )
  return placed.length
}
