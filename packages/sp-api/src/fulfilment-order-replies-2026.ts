import { z } from 'zod'

import { jsonOf } from './call.ts'
import { instantOrNull, textOrNull, unitsOrNull } from './outbound-values.ts'

// Source of every shape here: SP-API, Fulfillment Outbound 2026-07-04, orders as they are answered.

/** What came of a create: `order` is null where Amazon has only taken it over. Update and cancellation answer an empty object: read the order. */
export interface OutboundSubmission {
  readonly orderId: string
  readonly status: string | null
  readonly order: OutboundOrder | null
}

/** One order. Words of Amazon's that we do not know are kept as they came; whom it goes to is left out. */
export interface OutboundOrder {
  readonly orderId: string
  readonly channel: string | null
  /** PROCESSING, COMPLETE, COMPLETE_PARTIAL, CANCELLED, UNFULFILLABLE, INVALID; null while Amazon does not say. */
  readonly status: string | null
  readonly statusAt: Date | null
  readonly receivedAt: Date | null
  readonly action: string | null
  readonly policy: string | null
  readonly tiers: readonly string[]
  readonly items: readonly OutboundOrderLine[]
  /** Empty when they were not asked for. */
  readonly shipments: readonly OutboundShipment[]
}

/** Amounts are null where they are no whole number of units. */
export interface OutboundOrderLine {
  readonly itemId: string
  readonly sku: string
  readonly quantity: number | null
  readonly cancelled: number | null
  readonly unfulfillable: number | null
}

export interface OutboundShipment {
  readonly shipmentId: string
  /** PROCESSING, SHIPPED, CANCELLED. */
  readonly status: string
  readonly tier: string | null
  readonly shippedAt: Date | null
  readonly arrivesAt: Date | null
  readonly items: readonly OutboundShipmentItem[]
  readonly packages: readonly OutboundPackage[]
}

export interface OutboundShipmentItem {
  /** What a package names it by. */
  readonly shipmentItemId: string | null
  readonly itemId: string
  readonly sku: string
  readonly quantity: number | null
}

/** A parcel with its tracking. Who received it and the photo of its delivery are left out: they are buyer data. */
export interface OutboundPackage {
  readonly packageId: string
  /** PROCESSING, IN_TRANSIT, DELAYED, OUT_FOR_DELIVERY, DELIVERED, UNDELIVERABLE, EXPIRED. */
  readonly status: string | null
  readonly arrivesAt: Date | null
  readonly carrier: string | null
  readonly trackingNumber: string | null
  readonly trackingUrl: string | null
  readonly amazonTrackingNumber: string | null
  readonly amazonTrackingUrl: string | null
  readonly shipmentItemIds: readonly string[]
}

/** A page of orders. One that makes no sense does not hold up the others: it is counted. */
export interface OutboundOrdersPage {
  readonly orders: readonly OutboundOrder[]
  readonly unreadable: number
  readonly nextToken: string | null
}

const ProductShape = z.object({ amazonSku: z.string() })
const LineShape = z
  .object({
    lineItemId: z.string().min(1),
    product: z.object({ productIdentifier: ProductShape }),
    amount: unitsOrNull,
    cancelledAmount: unitsOrNull,
    unfulfillableAmount: unitsOrNull,
  })
  .transform((read): OutboundOrderLine => ({
    itemId: read.lineItemId,
    sku: read.product.productIdentifier.amazonSku,
    quantity: read.amount,
    cancelled: read.cancelledAmount,
    unfulfillable: read.unfulfillableAmount,
  }))
const ShippedShape = z
  .object({
    shipmentItemId: textOrNull,
    lineItemId: z.string().min(1),
    productIdentifier: ProductShape,
    amount: unitsOrNull,
  })
  .transform((read): OutboundShipmentItem => ({
    shipmentItemId: read.shipmentItemId,
    itemId: read.lineItemId,
    sku: read.productIdentifier.amazonSku,
    quantity: read.amount,
  }))
const WayShape = z.object({ carrierCode: textOrNull, trackingNumber: textOrNull, trackingUrl: textOrNull }).nullish()
const PackageShape = z
  .object({
    packageId: z.string().min(1),
    status: textOrNull,
    deliveryTime: instantOrNull,
    shipmentItemIds: z.array(z.string()).nullish(),
    tracking: z.object({ carrier: WayShape, amazon: WayShape }).nullish(),
  })
  .transform(({ tracking, ...read }): OutboundPackage => ({
    packageId: read.packageId,
    status: read.status,
    arrivesAt: read.deliveryTime,
    carrier: tracking?.carrier?.carrierCode ?? null,
    trackingNumber: tracking?.carrier?.trackingNumber ?? null,
    trackingUrl: tracking?.carrier?.trackingUrl ?? null,
    amazonTrackingNumber: tracking?.amazon?.trackingNumber ?? null,
    amazonTrackingUrl: tracking?.amazon?.trackingUrl ?? null,
    shipmentItemIds: read.shipmentItemIds ?? [],
  }))
const ShipmentShape = z
  .object({
    amazonShipmentId: z.string().min(1),
    status: z.string(),
    shipTime: instantOrNull,
    deliveryTime: instantOrNull,
    serviceLevel: z.object({ serviceTier: textOrNull }).nullish(),
    items: z.array(ShippedShape),
    packages: z.array(PackageShape).nullish(),
  })
  .transform((read): OutboundShipment => ({
    shipmentId: read.amazonShipmentId,
    status: read.status,
    tier: read.serviceLevel?.serviceTier ?? null,
    shippedAt: read.shipTime,
    arrivesAt: read.deliveryTime,
    items: read.items,
    packages: read.packages ?? [],
  }))
const ConfigurationShape = z.object({
  action: textOrNull,
  policy: textOrNull,
  serviceLevel: z.object({ serviceTiers: z.array(z.string()).nullish() }).nullish(),
})
const OrderShape = z
  .object({
    orderId: z.string().min(1),
    channel: textOrNull,
    status: textOrNull,
    statusUpdateTime: instantOrNull,
    receiveTime: instantOrNull,
    fulfillmentConfiguration: ConfigurationShape.nullish(),
    lineItems: z.array(LineShape),
    shipments: z.array(ShipmentShape).nullish(),
  })
  .transform(({ fulfillmentConfiguration: configuration, ...read }): OutboundOrder => ({
    orderId: read.orderId,
    channel: read.channel,
    status: read.status,
    statusAt: read.statusUpdateTime,
    receivedAt: read.receiveTime,
    action: configuration?.action ?? null,
    policy: configuration?.policy ?? null,
    tiers: configuration?.serviceLevel?.serviceTiers ?? [],
    items: read.lineItems,
    shipments: read.shipments ?? [],
  }))
const PageShape = z.object({
  orders: z.array(z.unknown()),
  pagination: z.object({ nextToken: textOrNull }).nullish(),
})

/** What came of a create: the order, or its id and status alone where Amazon has taken it over; undefined for neither. */
export function readOutboundSubmission(body: Uint8Array): OutboundSubmission | undefined {
  const json = jsonOf(body)
  const order = readOutboundOrder(body)
  if (order) return { orderId: order.orderId, status: order.status, order }
  const taken = z.object({ orderId: z.string().min(1), status: textOrNull }).safeParse(json)
  return taken.success ? { ...taken.data, order: null } : undefined
}

/** One order, or undefined for a body that is none: a line or a parcel that cannot be read is not left out. */
export function readOutboundOrder(body: Uint8Array): OutboundOrder | undefined {
  return z.object({ order: OrderShape }).safeParse(jsonOf(body)).data?.order
}

/** A page of orders, or undefined for a body that is none. */
export function readOutboundOrdersPage(body: Uint8Array): OutboundOrdersPage | undefined {
  const read = PageShape.safeParse(jsonOf(body))
  if (!read.success) return undefined
  const all = read.data.orders.map((raw) => OrderShape.safeParse(raw))
  const orders = all.flatMap(({ data }) => (data ? [data] : []))
  return { orders, unreadable: all.length - orders.length, nextToken: read.data.pagination?.nextToken ?? null }
}
