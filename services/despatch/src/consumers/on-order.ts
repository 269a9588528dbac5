import type { Consumer } from '@lockstep/bus/consumer'
import { subjects } from '@lockstep/contracts/subjects'
import { OrderEvent } from '@lockstep/contracts/generated/lockstep/orders/v1/order_events.ts'

import { confirmByOrder } from '../commands/confirm-by-order.ts'

/** Confirms submitted despatches as soon as a poll shows them. No inbox: a confirmed despatch is left alone, so a repeat changes nothing. */
export function onOrder(deps: Parameters<typeof confirmByOrder>[0]): Consumer<OrderEvent> {
  return {
    durable: 'despatch-confirm-on-order',
    filter: subjects.order.all,
    decode: (data) => OrderEvent.decode(data),
    handle: ({ order }) =>
      confirmByOrder(deps, {
        orderId: order?.id ?? '',
        fulfilled: new Map(
          (order?.lines ?? [])
            .filter((line) => line.fulfilledOnAmazon > 0n)
            .map((line) => [line.channelLineId, Number(line.fulfilledOnAmazon)]),
        ),
      }),
  }
}
