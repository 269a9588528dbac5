import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Reading } from '../commands/ingest-page.ts'
import { contradictionIn, type AmazonOrder, type AmazonOrderLine } from '../domain/amazon-order.ts'
import type { Money } from '../domain/order.ts'
import { withoutBuyerData } from './without-buyer-data.ts'

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text))
const quantity = z.number()

const MoneyShape = z.object({ amount: z.union([z.string(), z.number()]), currencyCode: z.string() })

const LineShape = z.object({
  orderItemId: z.string().min(1),
  quantityOrdered: quantity,
  product: z
    .object({
      title: z.string().nullish(),
      sellerSku: z.string().nullish(),
      price: z.object({ unitPrice: z.unknown() }).partial().nullish(),
    })
    .nullish(),
  cancellation: z.object({ cancellationRequest: z.unknown() }).partial().nullish(),
  fulfillment: z.object({ quantityFulfilled: quantity.nullish(), quantityUnfulfilled: quantity.nullish() }).nullish(),
})

/** The parts of an order that we book by; Amazon's shapes are read leniently, because it adds fields and words without notice. */
const OrderShape = z.object({
  orderId: z.string().min(1),
  createdTime: instant,
  lastUpdatedTime: instant,
  programs: z.array(z.string()).nullish(),
  salesChannel: z.object({ marketplaceId: z.string().nullish() }).nullish(),
  fulfillment: z.object({
    fulfillmentStatus: z.string().min(1),
    fulfilledBy: z.enum(['MERCHANT', 'AMAZON']),
    shipByWindow: z.object({ latestDateTime: instant.nullish() }).nullish(),
  }),
  orderItems: z.array(LineShape),
})

/** Reads one order of a page. One that cannot be read, or contradicts itself, is kept as it came with what is wrong with it; never throws. */
export function readOrder(raw: unknown): Reading {
  const text = JSON.stringify(raw) ?? 'null'
  if (hasUnstorableText(text))
    return unreadable(raw, { text, reason: 'it holds characters that are no text', payload: null })
  const payload = withoutBuyerData(raw)
  const read = OrderShape.safeParse(raw)
  if (!read.success) return unreadable(raw, { text, reason: problemsOf(read.error), payload })
  const order = orderFrom(read.data)
  const contradiction = contradictionIn(order)
  return contradiction === undefined
    ? { kind: 'order', order, payload }
    : unreadable(raw, { text, reason: contradiction, payload })
}

/** JSON writes the zero byte and lone halves of a surrogate pair as escapes; Postgres stores neither. */
function hasUnstorableText(json: string): boolean {
  return /\\u0000|\\ud[89a-f][0-9a-f]{2}/i.test(json)
}

/** Names the fields, never their values: those may hold anything. */
function problemsOf(error: z.ZodError): string {
  const problems = error.issues.map(
    (issue) => `${issue.path.join('.') || 'the order'}: ${issue.code.replaceAll('_', ' ')}`,
  )
  return problems.slice(0, 5).join('; ')
}

function unreadable(raw: unknown, found: { text: string; reason: string; payload: unknown }): Reading {
  const { text, reason, payload } = found
  const named = z.object({ orderId: z.string().min(1).max(100) }).safeParse(raw)
  const placed = z.object({ salesChannel: z.object({ marketplaceId: z.string().max(100) }) }).safeParse(raw)
  const channelOrderId = named.success && payload !== null ? named.data.orderId : null
  return {
    kind: 'unreadable',
    channelOrderId,
    marketplaceId: placed.success && payload !== null ? placed.data.salesChannel.marketplaceId : null,
    reason,
    sourceKey: channelOrderId ?? `sha256 ${createHash('sha256').update(text).digest('hex')}`,
    payload,
  }
}

function orderFrom(read: z.output<typeof OrderShape>): AmazonOrder {
  return {
    channelOrderId: read.orderId,
    marketplaceId: read.salesChannel?.marketplaceId ?? '',
    createdAt: read.createdTime,
    updatedAt: read.lastUpdatedTime,
    status: read.fulfillment.fulfillmentStatus,
    fulfilledBy: read.fulfillment.fulfilledBy,
    shipBy: read.fulfillment.shipByWindow?.latestDateTime ?? null,
    programs: read.programs ?? [],
    lines: read.orderItems.map(lineFrom),
  }
}

function lineFrom(read: z.output<typeof LineShape>): AmazonOrderLine {
  return {
    channelLineId: read.orderItemId,
    channelSku: read.product?.sellerSku ?? '',
    title: read.product?.title ?? '',
    quantityOrdered: read.quantityOrdered,
    quantityFulfilled: read.fulfillment?.quantityFulfilled ?? null,
    quantityUnfulfilled: read.fulfillment?.quantityUnfulfilled ?? null,
    price: moneyFrom(read.product?.price?.unitPrice),
    buyerCancelRequested: (read.cancellation?.cancellationRequest ?? null) !== null,
  }
}

/** An amount that cannot be read stays unknown: a price never holds an order back, and never becomes 0. */
function moneyFrom(raw: unknown): Money | null {
  const read = MoneyShape.safeParse(raw)
  if (!read.success) return null
  const { amount, currencyCode } = read.data
  if (!/^[A-Z]{3}$/.test(currencyCode) || !/^-?\d+(\.\d+)?$/.test(String(amount))) return null
  const minor = Math.round(Number(amount) * 10 ** fractionDigits(currencyCode))
  return Number.isSafeInteger(minor) ? { minor, currency: currencyCode } : null
}

function fractionDigits(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}
