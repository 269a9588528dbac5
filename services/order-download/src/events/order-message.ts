import type { OrderEvent } from '@lockstep/contracts/generated/lockstep/orders/v1/order_events.ts'
import {
  Fulfilment,
  OrderState,
  type Order as OrderMessage,
  type OrderLine as OrderLineMessage,
} from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { folderOf, type Order, type OrderLine } from '../domain/order.ts'

const states = {
  parked: OrderState.PARKED,
  open: OrderState.OPEN,
  processed: OrderState.PROCESSED,
  cancelled: OrderState.CANCELLED,
} as const

/** An order as other services see it. */
export function orderMessage(order: Order): OrderMessage {
  return {
    id: order.id,
    channelOrderId: order.channelOrderId,
    accountId: order.accountId ?? '',
    connectionId: order.connectionId,
    marketplace: order.marketplace,
    marketplaceId: order.marketplaceId,
    fulfilledBy: order.fulfilledBy === 'AMAZON' ? Fulfilment.AMAZON : Fulfilment.MERCHANT,
    channelStatus: order.channelStatus,
    state: states[order.state],
    folder: folderOf(order),
    locationId: order.locationId ?? '',
    revision: BigInt(order.revision),
    createdAt: order.createdAt,
    channelUpdatedAt: order.channelUpdatedAt,
    receivedAt: order.receivedAt,
    shipBy: order.shipBy ?? undefined,
    buyerCancelRequested: order.buyerCancelRequested,
    beforeGoLive: order.beforeGoLive,
    programs: order.programs,
    lines: order.lines.map(lineMessage),
  }
}

function lineMessage(line: OrderLine): OrderLineMessage {
  return {
    id: line.id,
    channelLineId: line.channelLineId,
    channelSku: line.channelSku,
    listingId: line.listingId ?? '',
    itemId: line.itemId ?? '',
    itemSku: line.itemSku ?? '',
    locationId: line.locationId ?? '',
    ordered: BigInt(line.ordered),
    cancelled: BigInt(line.cancelled),
    fulfilledOnAmazon: BigInt(line.fulfilledOnAmazon),
    price: line.price ? { minor: BigInt(line.price.minor), currency: line.price.currency } : undefined,
    title: line.title,
  }
}

/** The order's newest snapshot with the time it was taken in. */
export function orderEvent(order: Order, at: Date): OrderEvent {
  return { order: orderMessage(order), at }
}
