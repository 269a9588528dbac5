import { z } from 'zod'

import { type DescribedCall, describeCall, jsonOf } from './call.ts'

// Source of every shape here: SP-API, Orders 2026-01-01.

/** The datasets of an order that hold no buyer data. */
export const OPEN_DATASETS = ['FULFILLMENT', 'PROCEEDS', 'CANCELLATION', 'PACKAGES'] as const

/** The datasets that hold buyer data and need the role Direct to Consumer Shipping. */
export const BUYER_DATASETS = ['BUYER', 'RECIPIENT'] as const

/** One page of a poll. Every page of it repeats the first one's values and adds the token. */
export interface OrdersSearch {
  readonly marketplaceIds: readonly string[]
  readonly lastUpdatedAfter: Date
  readonly includedData: readonly string[]
  readonly paginationToken?: string
  readonly fulfilledBy?: readonly ('MERCHANT' | 'AMAZON')[]
  readonly fulfillmentStatuses?: readonly string[]
}

/** A page as Amazon sent it: its orders are read one by one, so that one that makes no sense does not hold up the others. */
export interface OrdersPage {
  readonly orders: readonly unknown[]
  readonly nextToken: string | null
  /** Everything updated up to here is in the poll: the next one starts from it. */
  readonly lastUpdatedBefore: Date | null
}

export interface Money {
  /** As Amazon wrote it: a decimal number in text. */
  readonly amount: string
  readonly currency: string
}

/** One order in plain values. Words of Amazon's that we do not know are kept as they came. */
export interface ChannelOrder {
  readonly orderId: string
  readonly createdAt: Date
  readonly updatedAt: Date
  /** Null for sales outside Amazon's own channels, which name none. */
  readonly marketplaceId: string | null
  readonly status: string
  /** Null when the dataset FULFILLMENT was not asked for. */
  readonly fulfilledBy: string | null
  readonly shipBy: Date | null
  readonly programs: readonly string[]
  readonly lines: readonly ChannelOrderLine[]
  readonly packages: readonly ChannelPackage[]
  /** Only when it was asked for, and only with the role. */
  readonly buyer: Buyer | null
}

export interface ChannelOrderLine {
  readonly orderItemId: string
  /** Empty for a line whose listing is gone. */
  readonly sku: string
  readonly title: string
  readonly ordered: number
  /** Null while Amazon does not say. */
  readonly fulfilled: number | null
  readonly unfulfilled: number | null
  readonly unitPrice: Money | null
  readonly buyerAskedToCancel: boolean
}

export interface ChannelPackage {
  readonly packageReferenceId: string
  readonly carrier: string | null
  readonly trackingNumber: string | null
}

export interface Buyer {
  readonly name: string | null
  readonly email: string | null
  readonly address: Readonly<Record<string, string>> | null
}

/** Asks for a page. No upper bound is sent: Amazon takes none within the last two minutes, and echoes its own. */
export function searchOrdersCall(search: OrdersSearch): DescribedCall {
  const { lastUpdatedAfter, ...rest } = search
  const query = { ...rest, lastUpdatedAfter: lastUpdatedAfter.toISOString(), maxResultsPerPage: '100' }
  return describeCall('searchOrders', { query })
}

/** Asks for one order. */
export function getOrderCall(orderId: string, includedData: readonly string[] = OPEN_DATASETS): DescribedCall {
  return describeCall('getOrder', { path: { orderId }, query: { includedData } })
}

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

const PageShape = z.object({
  orders: z.array(z.unknown()),
  pagination: z.object({ nextToken: z.string().nullish() }).nullish(),
  lastUpdatedBefore: instant.nullish(),
})

/** A page of orders, or undefined for a body that is none. */
export function readOrdersPage(body: Uint8Array): OrdersPage | undefined {
  const read = PageShape.safeParse(jsonOf(body))
  if (!read.success) return undefined
  const { orders, pagination, lastUpdatedBefore } = read.data
  return { orders, nextToken: pagination?.nextToken || null, lastUpdatedBefore: lastUpdatedBefore ?? null }
}

const MoneyShape = z.object({ amount: z.union([z.string(), z.number()]), currencyCode: z.string() })
const LineShape = z.object({
  orderItemId: z.string().min(1),
  quantityOrdered: z.number(),
  product: z
    .object({
      title: z.string().nullish(),
      sellerSku: z.string().nullish(),
      price: z.object({ unitPrice: z.unknown() }).partial().nullish(),
    })
    .nullish(),
  cancellation: z.object({ cancellationRequest: z.unknown() }).partial().nullish(),
  fulfillment: z
    .object({ quantityFulfilled: z.number().nullish(), quantityUnfulfilled: z.number().nullish() })
    .nullish(),
})
const PackageShape = z.object({
  packageReferenceId: z.coerce.string(),
  carrier: z.string().nullish(),
  trackingNumber: z.string().nullish(),
})
const OrderShape = z.object({
  orderId: z.string().min(1),
  createdTime: instant,
  lastUpdatedTime: instant,
  programs: z.array(z.string()).nullish(),
  salesChannel: z.object({ marketplaceId: z.string().nullish() }).nullish(),
  fulfillment: z
    .object({
      fulfillmentStatus: z.string().min(1),
      fulfilledBy: z.string().nullish(),
      shipByWindow: z.object({ latestDateTime: instant.nullish() }).nullish(),
    })
    .nullish(),
  orderItems: z.array(LineShape),
  packages: z.array(PackageShape).nullish(),
  buyer: z.object({ buyerName: z.string().nullish(), buyerEmail: z.string().nullish() }).nullish(),
  recipient: z.object({ deliveryAddress: z.record(z.string(), z.unknown()).nullish() }).nullish(),
})
const EnvelopeShape = z.object({ order: z.record(z.string(), z.unknown()) })

/** What came of reading one order; `problem` names fields, never their values: those may say who bought. */
export type OrderReading =
  | { readonly kind: 'order'; readonly order: ChannelOrder }
  | { readonly kind: 'unreadable'; readonly problem: string }

/** One order of a page. Buyer data are left out unless they are asked for. Never throws. */
export function readOrder(raw: unknown, include: { buyer: boolean } = { buyer: false }): OrderReading {
  const read = OrderShape.safeParse(raw)
  if (read.success) return { kind: 'order', order: orderFrom(read.data, include.buyer ? buyerFrom(read.data) : null) }
  const problems = read.error.issues.map(
    ({ path, code }) => `${path.join('.') || 'the order'}: ${code.replaceAll('_', ' ')}`,
  )
  return { kind: 'unreadable', problem: problems.slice(0, 5).join('; ') }
}

/** The order in a reply to getOrder, which may stand in an envelope. */
export function readOrderReply(body: Uint8Array, include: { buyer: boolean } = { buyer: false }): OrderReading {
  return readOrder(rawOrderIn(body), include)
}

/** The order in a reply to getOrder as it came; undefined for a body that is no JSON. */
export function rawOrderIn(body: Uint8Array): unknown {
  const json = jsonOf(body)
  const enveloped = EnvelopeShape.safeParse(json)
  return enveloped.success ? enveloped.data.order : json
}

function orderFrom(read: z.output<typeof OrderShape>, buyer: Buyer | null): ChannelOrder {
  return {
    orderId: read.orderId,
    createdAt: read.createdTime,
    updatedAt: read.lastUpdatedTime,
    marketplaceId: read.salesChannel?.marketplaceId ?? null,
    status: read.fulfillment?.fulfillmentStatus ?? '',
    fulfilledBy: read.fulfillment?.fulfilledBy ?? null,
    shipBy: read.fulfillment?.shipByWindow?.latestDateTime ?? null,
    programs: read.programs ?? [],
    lines: read.orderItems.map(lineFrom),
    packages: (read.packages ?? []).map(({ packageReferenceId, carrier, trackingNumber }) => ({
      packageReferenceId,
      carrier: carrier ?? null,
      trackingNumber: trackingNumber ?? null,
    })),
    buyer,
  }
}

function lineFrom(read: z.output<typeof LineShape>): ChannelOrderLine {
  return {
    orderItemId: read.orderItemId,
    sku: read.product?.sellerSku ?? '',
    title: read.product?.title ?? '',
    ordered: read.quantityOrdered,
    fulfilled: read.fulfillment?.quantityFulfilled ?? null,
    unfulfilled: read.fulfillment?.quantityUnfulfilled ?? null,
    unitPrice: moneyFrom(read.product?.price?.unitPrice),
    buyerAskedToCancel: (read.cancellation?.cancellationRequest ?? null) !== null,
  }
}

/** A price that cannot be read stays unknown: it never holds an order back, and never becomes 0. */
function moneyFrom(raw: unknown): Money | null {
  const read = MoneyShape.safeParse(raw)
  if (!read.success) return null
  const amount = String(read.data.amount)
  const isMoney = /^-?\d+(\.\d+)?$/.test(amount) && /^[A-Z]{3}$/.test(read.data.currencyCode)
  return isMoney ? { amount, currency: read.data.currencyCode } : null
}

function buyerFrom(read: z.output<typeof OrderShape>): Buyer {
  const fields = Object.entries(read.recipient?.deliveryAddress ?? {})
  const texts = fields.filter((field): field is [string, string] => typeof field[1] === 'string')
  return {
    name: read.buyer?.buyerName ?? null,
    email: read.buyer?.buyerEmail ?? null,
    address: read.recipient?.deliveryAddress ? Object.fromEntries(texts) : null,
  }
}
