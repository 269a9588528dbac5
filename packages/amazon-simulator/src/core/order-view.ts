import { findMarketplace, marketplaceName } from './marketplaces.ts'
import { personalDataRole } from './operations.ts'
import { openUnits } from './orders.ts'
import type { Order, OrderLine } from './records.ts'
import { isoSeconds } from './times.ts'

/** The datasets of Orders 2026-01-01. */
export const orderDatasets = [
  'BUYER',
  'RECIPIENT',
  'PROCEEDS',
  'EXPENSE',
  'PROMOTION',
  'CANCELLATION',
  'FULFILLMENT',
  'PACKAGES',
  'TAX',
  'PAYMENT',
  'FULFILLMENT_ORDERS',
] as const
export type OrderDataset = (typeof orderDatasets)[number]

/** Roles of which one must be granted for a dataset to be shown; the others are open. */
export const datasetRoles: Partial<Record<OrderDataset, readonly string[]>> = {
  BUYER: [personalDataRole],
  RECIPIENT: [personalDataRole],
  TAX: ['Tax Invoicing', 'Tax Remittance'],
}

/** Who looks at an order. */
export interface OrderViewer {
  datasets: readonly OrderDataset[]
  roles: readonly string[]
  now: number
}

type Json = Record<string, unknown>

/**
 * An order as Orders 2026-01-01 shows it. A pending order has no price and no address; an FBA order no address line,
 * e-mail or phone. Personal data needs the role Direct to Consumer Shipping.
 */
export function orderView(order: Order, viewer: OrderViewer): Json {
  const marketplace = findMarketplace(order.marketplaceId)
  const view: Json = {
    orderId: order.orderId,
    createdTime: isoSeconds(order.createdAt),
    lastUpdatedTime: isoSeconds(order.updatedAt),
    salesChannel: {
      channelName: 'AMAZON',
      marketplaceId: order.marketplaceId,
      ...(marketplace ? { marketplaceName: marketplaceName(marketplace) } : {}),
    },
    orderItems: order.lines.map((line) => itemView(order, line, viewer.datasets)),
  }
  if (order.programs.length > 0) view['programs'] = order.programs
  for (const dataset of viewer.datasets) Object.assign(view, orderPart[dataset]?.(order, viewer))
  return view
}

/** Pending orders show neither prices nor people. */
function isPending(order: Order): boolean {
  return order.status === 'PENDING' || order.status === 'PENDING_AVAILABILITY'
}

const orderPart: Partial<Record<OrderDataset, (order: Order, viewer: OrderViewer) => Json>> = {
  BUYER: buyerPart,
  RECIPIENT: recipientPart,
  PROCEEDS: (order) => {
    if (isPending(order)) return {}
    const grandTotal = sum(order.lines.map((line) => lineTotal(line)))
    return { proceeds: { grandTotal, breakdowns: [{ type: 'ITEM', subtotal: grandTotal }] } }
  },
  PAYMENT: (order) => {
    if (isPending(order)) return {}
    const paymentAmount = sum(order.lines.map((line) => lineTotal(line)))
    return { payment: { paymentExecutions: [{ paymentMethod: 'CreditCard', paymentAmount }] } }
  },
  FULFILLMENT: (order) => ({ fulfillment: fulfillmentOf(order) }),
  PACKAGES: (order) => (order.fulfilledBy === 'MERCHANT' ? { packages: packagesOf(order) } : {}),
  TAX: (_order, { roles }) => (roles.some((role) => role.startsWith('Tax ')) ? { tax: { taxRegistrations: [] } } : {}),
}

function buyerPart(order: Order, { roles }: OrderViewer): Json {
  if (isPending(order) || !roles.includes(personalDataRole)) return {}
  const hasEmail = order.fulfilledBy === 'MERCHANT' && order.status !== 'CANCELLED'
  return { buyer: { buyerName: order.buyer.name, ...(hasEmail ? { buyerEmail: order.buyer.email } : {}) } }
}

function recipientPart(order: Order, { roles, now }: OrderViewer): Json {
  if (isPending(order) || order.fulfilledBy === 'AMAZON') return {}
  const { name, addressLine1, postalCode, phone, city, countryCode } = order.buyer
  if (!roles.includes(personalDataRole)) return { recipient: { deliveryAddress: { city, countryCode } } }
  const phoneIsShown = order.status !== 'SHIPPED' || now <= order.deliverBy
  const deliveryAddress = { name, addressLine1, city, postalCode, countryCode, addressType: 'RESIDENTIAL' }
  return { recipient: { deliveryAddress: phoneIsShown ? { ...deliveryAddress, phone } : deliveryAddress } }
}

function fulfillmentOf(order: Order): Json {
  return {
    fulfillmentStatus: order.status,
    fulfilledBy: order.fulfilledBy,
    fulfillmentServiceLevel: 'STANDARD',
    shipByWindow: { earliestDateTime: isoSeconds(order.createdAt), latestDateTime: isoSeconds(order.shipBy) },
    deliverByWindow: { earliestDateTime: isoSeconds(order.shipBy), latestDateTime: isoSeconds(order.deliverBy) },
  }
}

function packagesOf(order: Order): Json[] {
  return order.packages.map((parcel) => ({
    packageReferenceId: parcel.packageReferenceId,
    createdTime: isoSeconds(parcel.createdAt),
    packageStatus: { status: parcel.status },
    carrier: parcel.carrierName ?? parcel.carrierCode,
    shipTime: isoSeconds(parcel.shipTime),
    ...(parcel.shippingMethod === null ? {} : { shippingService: parcel.shippingMethod }),
    trackingNumber: parcel.trackingNumber,
    packageItems: parcel.items,
  }))
}

function itemView(order: Order, line: OrderLine, datasets: readonly OrderDataset[]): Json {
  const unitPrice = { amount: line.unitPrice.amount, currencyCode: line.unitPrice.currency }
  const view: Json = {
    orderItemId: line.orderItemId,
    quantityOrdered: line.ordered,
    product: {
      asin: line.asin,
      title: line.title,
      sellerSku: line.sku,
      condition: { conditionType: 'NEW', conditionSubtype: 'NEW' },
      ...(isPending(order) ? {} : { price: { unitPrice } }),
    },
  }
  if (datasets.includes('FULFILLMENT')) {
    view['fulfillment'] = { quantityFulfilled: line.fulfilled, quantityUnfulfilled: openUnits(line) }
  }
  if (datasets.includes('PROCEEDS') && !isPending(order)) {
    const proceedsTotal = lineTotal(line)
    view['proceeds'] = { proceedsTotal, breakdowns: [{ type: 'ITEM', subtotal: proceedsTotal }] }
  }
  if (datasets.includes('CANCELLATION') && (line.cancelRequested || line.cancelledBy))
    view['cancellation'] = cancellationOf(line)
  return view
}

function cancellationOf(line: OrderLine): Json {
  return {
    ...(line.cancelRequested ? { cancellationRequest: { requester: 'BUYER', cancelReason: 'No longer needed' } } : {}),
    ...(line.cancelledBy
      ? { cancellationExecution: { cancelledBy: line.cancelledBy, cancelReason: 'Cancelled' } }
      : {}),
  }
}

function lineTotal(line: OrderLine): { amount: string; currencyCode: string } {
  return { amount: (Number(line.unitPrice.amount) * line.ordered).toFixed(2), currencyCode: line.unitPrice.currency }
}

function sum(amounts: ReturnType<typeof lineTotal>[]): ReturnType<typeof lineTotal> {
  const total = amounts.reduce((before, { amount }) => before + Number(amount), 0)
  return { amount: total.toFixed(2), currencyCode: amounts[0]?.currencyCode ?? '' }
}
