import { addSellerCentralPackage, openUnits, restockLine, saveChanged, saveRequested } from './orders.ts'
import { ControlRefusalError } from './refusals.ts'
import type { Order, OrderLine } from './records.ts'
import type { World } from './world.ts'

/** Lines of an order, by Amazon's line id or by SKU; without `quantity` every open unit. */
export interface LineChoice {
  orderItemId?: string
  sku?: string
  quantity?: number
}

/** Cancels open units, all of them unless lines are chosen. They go back on sale unless `restock` is false. */
export function cancelOrder(
  world: World,
  order: Order,
  call: { lines?: LineChoice[]; restock: boolean; cancelledBy: 'BUYER' | 'MERCHANT'; now: number },
): Order {
  for (const { line, units } of chosenUnits(order, call.lines)) {
    line.cancelled += units
    line.cancelledBy = call.cancelledBy
    if (call.restock) restockLine(world, order, { line, units, now: call.now })
  }
  saveChanged(world, order, call.now)
  return order
}

/** The buyer asks for a cancellation; nothing is cancelled yet. */
export function requestCancellation(world: World, order: Order, call: { lines?: LineChoice[]; now: number }): Order {
  for (const { line } of chosenUnits(order, call.lines)) line.cancelRequested = true
  saveRequested(world, order, call.now)
  return order
}

/** Payment goes through: a pending order can be shipped. */
export function payOrder(world: World, order: Order, now: number): Order {
  if (order.status !== 'PENDING' && order.status !== 'PENDING_AVAILABILITY') {
    throw conflict(order, 'NOT_PENDING', 'only a pending order can be paid')
  }
  order.status = 'UNSHIPPED'
  saveChanged(world, order, now)
  return order
}

/** Ships every open unit without the API: the seller in Seller Central, or Amazon itself for an FBA order. */
export function shipInSellerCentral(world: World, order: Order, call: { tracking: string; now: number }): Order {
  if (order.status !== 'UNSHIPPED' && order.status !== 'PARTIALLY_SHIPPED') {
    throw conflict(order, 'NOT_SHIPPABLE', 'only an unshipped or partially shipped order can be shipped')
  }
  const items = order.lines.flatMap((line) => {
    const quantity = openUnits(line)
    return quantity > 0 ? [{ orderItemId: line.orderItemId, quantity }] : []
  })
  for (const line of order.lines) line.fulfilled += openUnits(line)
  if (order.fulfilledBy === 'MERCHANT')
    addSellerCentralPackage(order, { tracking: call.tracking, items, now: call.now })
  order.buyerMailsSent++
  saveChanged(world, order, call.now)
  return order
}

/** The carrier delivers every package. */
export function deliverOrder(world: World, order: Order, now: number): Order {
  if (order.status !== 'SHIPPED') throw conflict(order, 'NOT_SHIPPED', 'only a shipped order can be delivered')
  for (const parcel of order.packages) parcel.status = 'DELIVERED'
  saveChanged(world, order, now)
  return order
}

function chosenUnits(order: Order, choices: LineChoice[] | undefined): { line: OrderLine; units: number }[] {
  const open = order.lines.filter((line) => openUnits(line) > 0)
  if (open.length === 0) throw conflict(order, 'NOTHING_OPEN', 'every unit is shipped or cancelled already')
  if (!choices) return open.map((line) => ({ line, units: openUnits(line) }))
  return choices.map((choice) => {
    const line = open.find(({ orderItemId, sku }) => orderItemId === choice.orderItemId || sku === choice.sku)
    const units = choice.quantity ?? (line ? openUnits(line) : 0)
    if (line && units <= openUnits(line)) return { line, units }
    const message = `order ${order.orderId} has no open line for ${JSON.stringify(choice)}: GET /_sim/orders/${order.orderId} shows what is open`
    throw new ControlRefusalError(400, { code: 'INVALID', field: 'lines', message })
  })
}

function conflict(order: Order, code: string, rule: string): ControlRefusalError {
  return new ControlRefusalError(409, { code, message: `order ${order.orderId} is ${order.status}: ${rule}` })
}
