import type { Ids } from '@lockstep/contracts/ids'
import { PollCompleted } from '@lockstep/contracts/generated/lockstep/orders/v1/order_events.ts'
import { subjects } from '@lockstep/contracts/subjects'
import type { OutboxRow } from '@lockstep/postgres/outbox'

/** Orders in one event at most, so that a message stays well under the broker's limit. */
const ORDERS_PER_EVENT = 5_000

export interface CompletedPoll {
  connectionId: string
  bound: Date
  accountIds: string[]
  wentLiveAccountIds: string[]
  orders: { orderId: string; revision: number }[]
}

/** The outbox rows that announce the end of a poll. Only the last one carries the bound: a reader that has it has all before it. */
export function pollAnnouncements(ids: Ids, poll: CompletedPoll): OutboxRow[] {
  const chunks = chunked(poll.orders)
  return chunks.map((orders, index) => {
    const isLast = index === chunks.length - 1
    const message: PollCompleted = {
      connectionId: poll.connectionId,
      coveredUntil: isLast ? poll.bound : undefined,
      accountIds: isLast ? poll.accountIds : [],
      wentLiveAccountIds: isLast ? poll.wentLiveAccountIds : [],
      orders: orders.map(({ orderId, revision }) => ({ orderId, revision: BigInt(revision) })),
    }
    return {
      id: ids.next('evt'),
      subject: subjects.poll.completed(poll.connectionId),
      payload: PollCompleted.toJSON(message),
    }
  })
}

function chunked<T>(entries: T[]): T[][] {
  const count = Math.max(1, Math.ceil(entries.length / ORDERS_PER_EVENT))
  return Array.from({ length: count }, (_, index) =>
    entries.slice(index * ORDERS_PER_EVENT, (index + 1) * ORDERS_PER_EVENT),
  )
}
