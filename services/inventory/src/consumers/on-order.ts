import { UnprocessableMessageError, type Consumer } from '@lockstep/bus/consumer'
import { OrderEvent } from '@lockstep/contracts/generated/lockstep/orders/v1/order_events.ts'
import { subjects } from '@lockstep/contracts/subjects'
import { applyOrderSnapshot } from '../commands/apply-order-snapshot.ts'
import { UnknownPlaceError } from '../commands/move-by-books.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { countBookMessage } from '../metrics.ts'
import { snapshotOf } from './order-snapshot.ts'

/** Keeps the books of order lines by the newest snapshot of their order. The revision guards it, so it needs no inbox. */
export function onOrder(deps: CommandDeps): Consumer<OrderEvent> {
  return {
    durable: 'inventory-books-on-order',
    filter: subjects.order.all,
    // On the way to Amazon: a killed worker's messages are with another within ten seconds.
    ackWaitMs: 10_000,
    decode: (data) => OrderEvent.decode(data),
    async handle(event) {
      const isNew = await parkingUnknownPlaces(() => applyOrderSnapshot(deps, snapshotOf(event)))
      countBookMessage('order', isNew ? 'applied' : 'known')
    },
  }
}

/** No retry creates an item or a location: such a message waits for a person. */
export async function parkingUnknownPlaces<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof UnknownPlaceError) throw new UnprocessableMessageError(error.message, { cause: error })
    throw error
  }
}
