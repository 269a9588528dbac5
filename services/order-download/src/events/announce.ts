import type { Ids } from '@lockstep/contracts/ids'
import { OrderEvent } from '@lockstep/contracts/generated/lockstep/orders/v1/order_events.ts'
import { subjects } from '@lockstep/contracts/subjects'
import type { OutboxRow } from '@lockstep/postgres/outbox'
import type { Order } from '../domain/order.ts'
import { orderEvent } from './order-message.ts'

export type OrderVerb = 'received' | 'changed' | 'cancelled'

/** The outbox row that announces an order's new revision. */
export function orderAnnouncement(ids: Ids, order: Order, happened: { verb: OrderVerb; at: Date }): OutboxRow {
  return {
    id: ids.next('evt'),
    subject: subjects.order[happened.verb](order.accountId ?? undefined, order.id),
    payload: OrderEvent.toJSON(orderEvent(order, happened.at)),
  }
}

/** What happened between two revisions, in the words of the subject. */
export function verbOf(before: Order | undefined, after: Order): OrderVerb {
  if (!before) return 'received'
  return after.state === 'cancelled' && before.state !== 'cancelled' ? 'cancelled' : 'changed'
}
