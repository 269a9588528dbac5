import type { Order, OrderLine, OrderStatus } from '../records.ts'
import { isoSeconds } from '../times.ts'
import type { World } from '../world.ts'
import { emitNotification } from './emit-notification.ts'

/** ORDER_CHANGE still speaks the vocabulary of Orders v0. */
const v0Status: Record<OrderStatus, string> = {
  PENDING_AVAILABILITY: 'PendingAvailability',
  PENDING: 'Pending',
  UNSHIPPED: 'Unshipped',
  PARTIALLY_SHIPPED: 'PartiallyShipped',
  SHIPPED: 'Shipped',
  CANCELLED: 'Canceled',
  UNFULFILLABLE: 'Unfulfillable',
}

const v0Programs: Record<string, string> = { AMAZON_BUSINESS: 'Business', PRIME: 'Prime', PREORDER: 'Preorder' }

/** Tells of an order that is new or changed, or whose buyer asks for a cancellation. No personal data but the postcode. */
export function announceOrder(
  world: World,
  order: Order,
  change: { type: 'OrderStatusChange' | 'BuyerRequestedChange'; at: number },
): void {
  const isRequest = change.type === 'BuyerRequestedChange'
  const notification = {
    NotificationLevel: isRequest ? 'OrderItemLevel' : 'OrderLevel',
    SellerId: order.sellerId,
    AmazonOrderId: order.orderId,
    OrderChangeType: change.type,
    OrderChangeTrigger: {
      TimeOfOrderChange: isoSeconds(order.updatedAt),
      ChangeReason: isRequest ? 'Buyer Requested Cancel' : 'OrderStatusChange',
    },
    Summary: summaryOf(order),
  }
  emitNotification(world, {
    seller: order,
    type: 'ORDER_CHANGE',
    payload: { OrderChangeNotification: notification },
    at: change.at,
    marketplaceId: order.marketplaceId,
    orderChangeType: change.type,
  })
}

function summaryOf(order: Order): Record<string, unknown> {
  const shipped = order.lines.reduce((units, line) => units + line.fulfilled, 0)
  const open = order.lines.reduce((units, line) => units + openUnits(line), 0)
  return {
    MarketplaceId: order.marketplaceId,
    OrderStatus: v0Status[order.status],
    PurchaseDate: isoSeconds(order.createdAt),
    DestinationPostalCode: order.status.startsWith('PENDING') ? null : order.buyer.postalCode,
    FulfillmentType: order.fulfilledBy === 'AMAZON' ? 'AFN' : 'MFN',
    OrderType: order.programs.includes('PREORDER') ? 'Preorder' : 'StandardOrder',
    NumberOfItemsShipped: shipped,
    NumberOfItemsUnshipped: open,
    EarliestShipDate: isoSeconds(order.createdAt),
    LatestShipDate: isoSeconds(order.shipBy),
    EarliestDeliveryDate: isoSeconds(order.shipBy),
    LatestDeliveryDate: isoSeconds(order.deliverBy),
    OrderPrograms: order.programs.flatMap((program) => v0Programs[program] ?? []),
    OrderItems: order.lines.map((line) => ({
      OrderItemId: line.orderItemId,
      SellerSKU: line.sku,
      OrderItemStatus: itemStatus(order, line),
      Quantity: line.ordered - line.cancelled,
      QuantityShipped: line.fulfilled,
      IsBuyerRequestedCancel: line.cancelRequested,
    })),
  }
}

function itemStatus(order: Order, line: OrderLine): string {
  if (line.cancelled >= line.ordered) return v0Status.CANCELLED
  if (line.fulfilled === 0) return order.status.startsWith('PENDING') ? v0Status[order.status] : v0Status.UNSHIPPED
  return openUnits(line) > 0 ? v0Status.PARTIALLY_SHIPPED : v0Status.SHIPPED
}

function openUnits({ ordered, cancelled, fulfilled }: OrderLine): number {
  return Math.max(0, ordered - cancelled - fulfilled)
}
