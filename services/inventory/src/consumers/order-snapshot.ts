import { UnprocessableMessageError } from '@lockstep/bus/consumer'
import type { OrderEvent } from '@lockstep/contracts/generated/lockstep/orders/v1/order_events.ts'
import {
  Fulfilment,
  type Order,
  type OrderLine,
} from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import type { ChannelSale } from '../domain/holds.ts'
import type { OrderSnapshot, SnapshotLine } from '../domain/order-books.ts'
import { placeOf, unitsOf } from './message-fields.ts'

/** What an order's event says about stock, and how the ledger names the order to people. Throws for an event that no retry makes readable. */
export function snapshotOf({ order }: OrderEvent): { snapshot: OrderSnapshot; note: string; sales: ChannelSale[] } {
  if (!order?.id) throw new UnprocessableMessageError('the event holds no order')
  const snapshot = {
    orderId: order.id,
    revision: unitsOf('revision', order.revision),
    movesStock: movesStock(order),
    lines: order.lines.map((line) => snapshotLine(order, line)),
  }
  return { snapshot, note: order.channelOrderId, sales: salesOf(order) }
}

/** What the order says about the level of its SKUs on the channel. Amazon sells what it ships itself from another stock. */
function salesOf(order: Order): ChannelSale[] {
  const { createdAt, connectionId } = order
  if (order.fulfilledBy === Fulfilment.AMAZON || connectionId === '' || !createdAt) return []
  return order.lines.map((line) => {
    // A line without a place reserves nothing yet: until it does, what it sold stays held.
    const isCounted = order.beforeGoLive || placeOf(line.itemId, line.locationId || order.locationId) !== undefined
    const units = Math.max(0, unitsOf('ordered', line.ordered) - unitsOf('cancelled', line.cancelled))
    const { id: lineId, channelSku } = line
    return { lineId, orderId: order.id, connectionId, channelSku, soldAt: createdAt, units: isCounted ? units : 0 }
  })
}

/** Amazon ships its own orders from its own stock, and orders from before the go-live were counted when the stock was. */
function movesStock(order: Order): boolean {
  return order.fulfilledBy !== Fulfilment.AMAZON && !order.beforeGoLive
}

function snapshotLine(order: Order, line: OrderLine): SnapshotLine {
  if (line.id === '') throw new UnprocessableMessageError(`a line of order ${order.id} has no id`)
  return {
    lineId: line.id,
    place: placeOf(line.itemId, line.locationId || order.locationId),
    ordered: unitsOf('ordered', line.ordered),
    cancelled: unitsOf('cancelled', line.cancelled),
    fulfilledOnAmazon: unitsOf('fulfilled_on_amazon', line.fulfilledOnAmazon),
  }
}
