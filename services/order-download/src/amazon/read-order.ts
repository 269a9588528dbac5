import { createHash } from 'node:crypto'
import { findMarketplace } from '@lockstep/sp-api/marketplaces'
import { readOrder as readChannelOrder, type ChannelOrder, type Money as Price } from '@lockstep/sp-api/orders'
import { z } from 'zod'
import type { Reading } from '../commands/ingest-page.ts'
import { contradictionIn, type AmazonOrder } from '../domain/amazon-order.ts'
import type { Money } from '../domain/order.ts'
import { withoutBuyerData } from './without-buyer-data.ts'

/** Reads one order of a page. One that cannot be read, or contradicts itself, is kept as it came with what is wrong with it; never throws. */
export function readOrder(raw: unknown): Reading {
  const text = JSON.stringify(raw) ?? 'null'
  if (hasUnstorableText(text)) {
    return unreadable(raw, { text, reason: 'it holds characters that are no text', payload: null })
  }
  const payload = withoutBuyerData(raw)
  const read = readChannelOrder(raw)
  if (read.kind === 'unreadable') return unreadable(raw, { text, reason: read.problem, payload })
  const order = bookable(read.order)
  return typeof order === 'string'
    ? unreadable(raw, { text, reason: order, payload })
    : { kind: 'order', order, payload }
}

/** JSON writes the zero byte and lone halves of a surrogate pair as escapes; Postgres stores neither. */
function hasUnstorableText(json: string): boolean {
  return /\\u0000|\\ud[89a-f][0-9a-f]{2}/i.test(json)
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

/** The order as we book it, or why it cannot be booked. */
function bookable(read: ChannelOrder): AmazonOrder | string {
  const { fulfilledBy, status } = read
  if (status === '') return 'fulfillment: it carries no status'
  // Who ships decides whether goods may leave our hands: a word nobody knows must not.
  if (fulfilledBy !== 'MERCHANT' && fulfilledBy !== 'AMAZON')
    return 'fulfillment.fulfilledBy: neither MERCHANT nor AMAZON'
  const marketplaceId = read.marketplaceId ?? ''
  const order: AmazonOrder = {
    channelOrderId: read.orderId,
    marketplaceId,
    marketplace: findMarketplace(marketplaceId)?.code ?? marketplaceId,
    createdAt: read.createdAt,
    updatedAt: read.updatedAt,
    status,
    fulfilledBy,
    shipBy: read.shipBy,
    programs: [...read.programs],
    lines: read.lines.map((line) => ({
      channelLineId: line.orderItemId,
      channelSku: line.sku,
      title: line.title,
      quantityOrdered: line.ordered,
      quantityFulfilled: line.fulfilled,
      quantityUnfulfilled: line.unfulfilled,
      price: line.unitPrice && minorUnits(line.unitPrice),
      buyerCancelRequested: line.buyerAskedToCancel,
    })),
  }
  return contradictionIn(order) ?? order
}

/** An amount beyond what a number holds exactly stays unknown, like every price that cannot be read. */
function minorUnits({ amount, currency }: Price): Money | null {
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  const minor = Math.round(Number(amount) * 10 ** digits)
  return Number.isSafeInteger(minor) ? { minor, currency } : null
}
