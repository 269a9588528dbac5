import { isoSeconds } from '../times.ts'
import type { OutboundItem, OutboundOrder, OutboundStatus } from './records.ts'

/** 2026-07-04 tells fewer statuses apart. */
export const status2026: Record<OutboundStatus, string> = {
  Received: 'PROCESSING',
  Planning: 'PROCESSING',
  Processing: 'PROCESSING',
  Complete: 'COMPLETE',
  CompletePartialled: 'COMPLETE_PARTIAL',
  Cancelled: 'CANCELLED',
  Unfulfillable: 'UNFULFILLABLE',
}

/** An order of Fulfillment Outbound 2026-07-04. */
export function orderView2026(order: OutboundOrder, withShipments: boolean): Record<string, unknown> {
  return {
    ...order.request,
    orderId: order.id,
    receiveTime: isoSeconds(order.createdAt),
    status: status2026[order.status],
    statusUpdateTime: isoSeconds(order.statusAt),
    fulfillmentConfiguration: {
      action: order.action.toUpperCase(),
      serviceLevel: { serviceTiers: [order.speed.toUpperCase()] },
    },
    lineItems: order.items.map((item) => ({
      lineItemId: item.itemId,
      product: { productIdentifier: { amazonSku: item.sku } },
      amount: eaches(item.quantity),
      cancelledAmount: eaches(item.cancelled),
      unfulfillableAmount: eaches(item.unfulfillable),
    })),
    ...(withShipments ? { shipments: shipmentsOf(order) } : {}),
  }
}

function shipmentsOf(order: OutboundOrder): Record<string, unknown>[] {
  const { shipment } = order
  if (!shipment) return []
  const shipped = order.items.filter((item) => item.shipped > 0)
  const tracking = { trackingNumber: shipment.trackingNumber }
  return [
    {
      amazonShipmentId: shipment.shipmentId,
      amazonFacility: { facilityId: 'SIM1' },
      status: 'SHIPPED',
      shipTime: isoSeconds(shipment.shippedAt),
      serviceLevel: { serviceTier: order.speed.toUpperCase() },
      items: shipped.map((item) => ({
        shipmentItemId: shipmentItemId(item),
        productIdentifier: { amazonSku: item.sku },
        lineItemId: item.itemId,
        amount: eaches(item.shipped),
      })),
      packages: [
        {
          packageId: `PKG-${shipment.packageNumber}`,
          status: 'IN_TRANSIT',
          shipmentItemIds: shipped.map(shipmentItemId),
          tracking: { carrier: { carrierCode: 'AMZL', ...tracking }, amazon: tracking },
        },
      ],
    },
  ]
}

function shipmentItemId({ itemId }: OutboundItem): string {
  return `SI-${itemId}`
}

function eaches(units: number): { unit: string; value: string } {
  return { unit: 'EACHES', value: units.toFixed(1) }
}
