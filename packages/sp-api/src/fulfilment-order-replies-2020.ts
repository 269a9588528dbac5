import { z } from 'zod'

import { jsonOf } from './call.ts'
import { type ReturnItem, ReturnItemShape } from './fulfilment-returns-2020.ts'
import type { OutboundLine } from './outbound-checks.ts'
import { instantOrNull, textOrNull } from './outbound-values.ts'

// Source of every shape here: SP-API, Fulfillment Outbound 2020-07-01, orders as they are answered.

/** One order without its lines. Words of Amazon's that we do not know are kept as they came; whom it goes to is left out. */
export interface FulfilmentOrder {
  readonly orderId: string
  readonly marketplaceId: string | null
  /** New, Received, Planning (until here it can be cancelled), Processing, Cancelled, Complete, CompletePartialled, Unfulfillable, Invalid. */
  readonly status: string
  readonly statusAt: Date | null
  readonly receivedAt: Date | null
  readonly speed: string | null
  readonly action: string | null
  readonly policy: string | null
}

export interface FulfilmentOrderLine {
  readonly itemId: string
  readonly sku: string
  readonly quantity: number
  readonly cancelled: number
  readonly unfulfillable: number
}

export interface FulfilmentShipment {
  readonly shipmentId: string
  readonly status: string
  readonly shippedAt: Date | null
  readonly arrivesAt: Date | null
  readonly items: readonly (OutboundLine & { readonly packageNumber: number | null })[]
  readonly packages: readonly FulfilmentPackage[]
}

/** A parcel; `getPackageTrackingCall` asks where it is. */
export interface FulfilmentPackage {
  readonly packageNumber: number
  readonly carrier: string | null
  readonly trackingNumber: string | null
  readonly arrivesAt: Date | null
}

/** One order with all that became of it. */
export interface FulfilmentOrderDetail {
  readonly order: FulfilmentOrder
  readonly items: readonly FulfilmentOrderLine[]
  readonly shipments: readonly FulfilmentShipment[]
  readonly returns: readonly ReturnItem[]
}

/** A page of orders. One that makes no sense does not hold up the others: it is counted. */
export interface FulfilmentOrdersPage {
  readonly orders: readonly FulfilmentOrder[]
  readonly unreadable: number
  readonly nextToken: string | null
}

const OrderShape = z
  .object({
    sellerFulfillmentOrderId: z.string().min(1),
    marketplaceId: textOrNull,
    fulfillmentOrderStatus: z.string().min(1),
    statusUpdatedDate: instantOrNull,
    receivedDate: instantOrNull,
    shippingSpeedCategory: textOrNull,
    fulfillmentAction: textOrNull,
    fulfillmentPolicy: textOrNull,
  })
  .transform((read): FulfilmentOrder => ({
    orderId: read.sellerFulfillmentOrderId,
    marketplaceId: read.marketplaceId,
    status: read.fulfillmentOrderStatus,
    statusAt: read.statusUpdatedDate,
    receivedAt: read.receivedDate,
    speed: read.shippingSpeedCategory,
    action: read.fulfillmentAction,
    policy: read.fulfillmentPolicy,
  }))
const units = z.number().int()
const lineOf = { sellerSku: z.string(), sellerFulfillmentOrderItemId: z.string().min(1), quantity: units }
const LineShape = z
  .object({ ...lineOf, cancelledQuantity: units.nullish(), unfulfillableQuantity: units.nullish() })
  .transform((read): FulfilmentOrderLine => ({
    itemId: read.sellerFulfillmentOrderItemId,
    sku: read.sellerSku,
    quantity: read.quantity,
    cancelled: read.cancelledQuantity ?? 0,
    unfulfillable: read.unfulfillableQuantity ?? 0,
  }))
const ShippedShape = z
  .object({ ...lineOf, sellerSku: textOrNull, packageNumber: units.nullish() })
  .transform((read) => ({
    itemId: read.sellerFulfillmentOrderItemId,
    sku: read.sellerSku ?? '',
    quantity: read.quantity,
    packageNumber: read.packageNumber ?? null,
  }))
const PackageShape = z
  .object({
    packageNumber: units,
    carrierCode: textOrNull,
    trackingNumber: textOrNull,
    estimatedArrivalDate: instantOrNull,
  })
  .transform((read): FulfilmentPackage => ({
    packageNumber: read.packageNumber,
    carrier: read.carrierCode,
    trackingNumber: read.trackingNumber,
    arrivesAt: read.estimatedArrivalDate,
  }))
const ShipmentShape = z
  .object({
    amazonShipmentId: z.string().min(1),
    fulfillmentShipmentStatus: z.string(),
    shippingDate: instantOrNull,
    estimatedArrivalDate: instantOrNull,
    fulfillmentShipmentItem: z.array(ShippedShape).nullish(),
    fulfillmentShipmentPackage: z.array(PackageShape).nullish(),
  })
  .transform((read): FulfilmentShipment => ({
    shipmentId: read.amazonShipmentId,
    status: read.fulfillmentShipmentStatus,
    shippedAt: read.shippingDate,
    arrivesAt: read.estimatedArrivalDate,
    items: read.fulfillmentShipmentItem ?? [],
    packages: read.fulfillmentShipmentPackage ?? [],
  }))
const DetailShape = z.object({
  payload: z.object({
    fulfillmentOrder: OrderShape,
    fulfillmentOrderItems: z.array(LineShape),
    fulfillmentShipments: z.array(ShipmentShape).nullish(),
    returnItems: z.array(ReturnItemShape).nullish(),
  }),
})
const PageShape = z.object({
  payload: z.object({ fulfillmentOrders: z.array(z.unknown()).nullish(), nextToken: textOrNull }),
})

/** One order with its shipments, or undefined for a body that is none: a line or a parcel that cannot be read is not left out. */
export function readFulfillmentOrder(body: Uint8Array): FulfilmentOrderDetail | undefined {
  const read = DetailShape.safeParse(jsonOf(body))
  if (!read.success) return undefined
  const { fulfillmentOrder: order, fulfillmentOrderItems: items, fulfillmentShipments, returnItems } = read.data.payload
  return { order, items, shipments: fulfillmentShipments ?? [], returns: returnItems ?? [] }
}

/** A page of orders, or undefined for a body that is none. */
export function readFulfillmentOrdersPage(body: Uint8Array): FulfilmentOrdersPage | undefined {
  const read = PageShape.safeParse(jsonOf(body))
  if (!read.success) return undefined
  const all = (read.data.payload.fulfillmentOrders ?? []).map((raw) => OrderShape.safeParse(raw))
  const orders = all.flatMap(({ data }) => (data ? [data] : []))
  return { orders, unreadable: all.length - orders.length, nextToken: read.data.payload.nextToken }
}
