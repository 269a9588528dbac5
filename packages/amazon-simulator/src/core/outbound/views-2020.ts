import { isoSeconds } from '../times.ts'
import type { OutboundOrder } from './records.ts'

const dayMs = 24 * 3600 * 1000

/** An order in a list of Fulfillment Outbound 2020-07-01. */
export function orderView2020(order: OutboundOrder): Record<string, unknown> {
  return {
    ...order.request,
    sellerFulfillmentOrderId: order.id,
    marketplaceId: order.marketplaceId,
    shippingSpeedCategory: order.speed,
    fulfillmentAction: order.action,
    fulfillmentPolicy: order.policy,
    receivedDate: isoSeconds(order.createdAt),
    fulfillmentOrderStatus: order.status,
    statusUpdatedDate: isoSeconds(order.statusAt),
  }
}

/** The payload of getFulfillmentOrder. */
export function orderDetail2020(order: OutboundOrder): Record<string, unknown> {
  return {
    fulfillmentOrder: orderView2020(order),
    fulfillmentOrderItems: order.items.map(({ sku, itemId, quantity, cancelled, unfulfillable }) => ({
      sellerSku: sku,
      sellerFulfillmentOrderItemId: itemId,
      quantity,
      cancelledQuantity: cancelled,
      unfulfillableQuantity: unfulfillable,
    })),
    fulfillmentShipments: shipmentsOf(order),
    returnItems: [],
    returnAuthorizations: [],
  }
}

function shipmentsOf(order: OutboundOrder): Record<string, unknown>[] {
  const { shipment } = order
  if (!shipment) return []
  const arrival = isoSeconds(shipment.shippedAt + 3 * dayMs)
  const { packageNumber, trackingNumber } = shipment
  return [
    {
      amazonShipmentId: shipment.shipmentId,
      fulfillmentCenterId: 'SIM1',
      fulfillmentShipmentStatus: 'SHIPPED',
      shippingDate: isoSeconds(shipment.shippedAt),
      estimatedArrivalDate: arrival,
      fulfillmentShipmentItem: order.items
        .filter(({ shipped }) => shipped > 0)
        .map((item) => ({
          sellerSku: item.sku,
          sellerFulfillmentOrderItemId: item.itemId,
          quantity: item.shipped,
          packageNumber,
        })),
      fulfillmentShipmentPackage: [
        { packageNumber, carrierCode: 'AMZN', trackingNumber, estimatedArrivalDate: arrival },
      ],
    },
  ]
}

/** The payload of getPackageTrackingDetails. */
export function trackingView2020(shipment: NonNullable<OutboundOrder['shipment']>): Record<string, unknown> {
  return {
    packageNumber: shipment.packageNumber,
    trackingNumber: shipment.trackingNumber,
    carrierCode: 'AMZN',
    shipDate: isoSeconds(shipment.shippedAt),
    estimatedArrivalDate: isoSeconds(shipment.shippedAt + 3 * dayMs),
    currentStatus: 'IN_TRANSIT',
    trackingEvents: [],
  }
}
