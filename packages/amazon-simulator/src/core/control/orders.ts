import { findListing } from '../listings.ts'
import {
  cancelOrder,
  deliverOrder,
  payOrder,
  requestCancellation,
  shipInSellerCentral,
  type LineChoice,
} from '../order-changes.ts'
import { placeOrder, type OrderPlacement } from '../orders.ts'
import { orderStatuses, type Order } from '../records.ts'
import { ControlRefusalError } from '../refusals.ts'
import { isoSeconds } from '../times.ts'
import type { World } from '../world.ts'
import { Input } from './input.ts'
import { sellerIn } from './sellers.ts'

/** An order as the control API shows it. */
export interface OrderDetail {
  orderId: string
  sellerId: string
  marketplaceId: string
  status: string
  fulfilledBy: string
  programs: string[]
  createdTime: string
  lastUpdatedTime: string
  visibleFrom: string
  shipBy: string
  lines: {
    orderItemId: string
    sku: string
    ordered: number
    cancelled: number
    fulfilled: number
    cancelRequested: boolean
  }[]
  packages: {
    packageReferenceId: string
    carrierCode: string
    carrierName: string | null
    trackingNumber: string
    shipTime: string
    items: { orderItemId: string; quantity: number }[]
  }[]
  buyerMailsSent: number
}

/** The answer of `POST /_sim/orders`. */
export interface PlacedOrder {
  orderId: string
  liveAfter: Record<string, number>
}

const placementFields = [
  'sellerId',
  'region',
  'marketplaceId',
  'lines',
  'status',
  'fulfilledBy',
  'createdAt',
  'shipBy',
  'programs',
  'ignoreQuantity',
] as const

/** A buyer orders. Throws 409 NOT_ENOUGH when fewer units are live. */
export function postOrder(world: World, body: unknown, now: number): PlacedOrder {
  const input = new Input(body, placementFields)
  const placement = readPlacement(input)
  const seller = sellerIn(world, input)
  const order = placeOrder(world, seller, { placement, now })
  const liveAfter: Record<string, number> = {}
  for (const { sku } of order.lines) liveAfter[sku] = findListing(world, seller, { sku, now })?.live.quantity ?? 0
  return { orderId: order.orderId, liveAfter }
}

function readPlacement(input: Input): OrderPlacement {
  const lines = input.optionalObjects('lines', ['sku', 'quantity', 'unitPrice'])
  if (!lines) throw input.wrong('lines', 'must be a list of {sku, quantity}')
  const optional = {
    status: input.optionalChoice('status', orderStatuses),
    fulfilledBy: input.optionalChoice('fulfilledBy', ['MERCHANT', 'AMAZON'] as const),
    createdAt: input.optionalTime('createdAt'),
    shipBy: input.optionalTime('shipBy'),
    programs: input.optionalTexts('programs'),
  }
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined))
  return {
    ...(given as Partial<OrderPlacement>),
    marketplaceId: input.text('marketplaceId'),
    lines: lines.map((line) => ({
      sku: line.text('sku'),
      quantity: line.whole('quantity', 1),
      ...readUnitPrice(line),
    })),
    ignoreQuantity: input.flag('ignoreQuantity', false),
  }
}

function readUnitPrice(line: Input): { unitPrice?: string } {
  const price = line.raw('unitPrice')
  if (price === undefined) return {}
  const amount: unknown = typeof price === 'object' && price !== null && 'amount' in price ? price.amount : price
  const text = typeof amount === 'number' ? amount.toFixed(2) : amount
  if (typeof text !== 'string' || !/^\d+(\.\d+)?$/.test(text))
    throw line.wrong('unitPrice', 'must be an amount such as "9.99"')
  return { unitPrice: text }
}

/** What can be done to an order through `POST /_sim/orders/{id}/{action}`. */
export const orderActions = ['cancel', 'request-cancel', 'pay', 'ship', 'deliver'] as const
export type OrderAction = (typeof orderActions)[number]

/** Does it and shows the order. Throws 404 for an unknown order, 409 when its status does not allow the action. */
export function changeOrder(
  world: World,
  call: { orderId: string; action: OrderAction; body: unknown; now: number },
): OrderDetail {
  const { action, body, now } = call
  const order = getOrder(world, call.orderId)
  switch (action) {
    case 'cancel': {
      const input = new Input(body, ['lines', 'restock', 'cancelledBy'])
      const cancelledBy = input.optionalChoice('cancelledBy', ['BUYER', 'MERCHANT'] as const) ?? 'BUYER'
      return orderDetail(
        world,
        cancelOrder(world, order, { ...readLines(input), restock: input.flag('restock', true), cancelledBy, now }),
      )
    }
    case 'request-cancel':
      return orderDetail(world, requestCancellation(world, order, { ...readLines(new Input(body, ['lines'])), now }))
    case 'pay':
      return orderDetail(world, payOrder(world, order, now))
    case 'ship': {
      const tracking =
        new Input(body, ['tracking']).optionalText('tracking') ?? `SIM${order.orderId.replaceAll('-', '')}`
      return orderDetail(world, shipInSellerCentral(world, order, { tracking, now }))
    }
    case 'deliver':
      return orderDetail(world, deliverOrder(world, order, now))
    default:
      return action satisfies never
  }
}

function readLines(input: Input): { lines?: LineChoice[] } {
  const lines = input.optionalObjects('lines', ['orderItemId', 'sku', 'quantity'])
  if (!lines) return {}
  return {
    lines: lines.map((line) => {
      const orderItemId = line.optionalText('orderItemId')
      const sku = line.optionalText('sku')
      const quantity = line.optionalWhole('quantity', 1)
      return {
        ...(orderItemId === undefined ? {} : { orderItemId }),
        ...(sku === undefined ? {} : { sku }),
        ...(quantity === undefined ? {} : { quantity }),
      }
    }),
  }
}

/** The order, or 404. */
export function getOrder(world: World, orderId: string): Order {
  const order = world.orders.find(orderId)
  if (order) return order
  throw new ControlRefusalError(404, {
    code: 'NOT_FOUND',
    field: 'orderId',
    message: `no order '${orderId}': POST /_sim/orders answers with the id of a new one`,
  })
}

/** What the control API shows of an order. */
export function orderDetail(world: World, order: Order): OrderDetail {
  return {
    orderId: order.orderId,
    sellerId: order.sellerId,
    marketplaceId: order.marketplaceId,
    status: order.status,
    fulfilledBy: order.fulfilledBy,
    programs: order.programs,
    createdTime: isoSeconds(order.createdAt),
    lastUpdatedTime: isoSeconds(order.updatedAt),
    visibleFrom: isoSeconds(order.updatedAt + world.settings.orderVisibilityMs),
    shipBy: isoSeconds(order.shipBy),
    lines: order.lines.map(({ orderItemId, sku, ordered, cancelled, fulfilled, cancelRequested }) => ({
      orderItemId,
      sku,
      ordered,
      cancelled,
      fulfilled,
      cancelRequested,
    })),
    packages: order.packages.map(
      ({ packageReferenceId, carrierCode, carrierName, trackingNumber, shipTime, items }) => ({
        packageReferenceId,
        carrierCode,
        carrierName,
        trackingNumber,
        shipTime: isoSeconds(shipTime),
        items,
      }),
    ),
    buyerMailsSent: order.buyerMailsSent,
  }
}
