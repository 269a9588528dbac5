import { poolOf } from '../fba/pool-of.ts'
import { poolsOf } from '../fba/pools.ts'
import { moveFbaUnits } from '../fba/stock-moves.ts'
import type { JsonObject } from '../json.ts'
import { findListing } from '../listings.ts'
import type { Seller } from '../records.ts'
import { invalidInput, notFound } from '../refusals.ts'
import { sellerKeyOf, type World } from '../world.ts'
import type { OutboundItem, OutboundOrder, OutboundStatus } from './records.ts'

/** An order a seller sends, in the words of neither API. */
export interface NewOutboundOrder {
  id: string
  marketplaceId: string
  action: 'Ship' | 'Hold'
  speed: string
  policy: string
  items: { itemId: string; sku: string; quantity: number }[]
  request: JsonObject
}

const mostItems = 100
const mostUnits = 250
const longestId = 40
/** An order left on Hold is cancelled by Amazon. */
const holdMs = 14 * 24 * 3600 * 1000

/** Takes an order. The seller's id is its identity: a second order under it is refused and changes nothing. */
export function createOutboundOrder(
  world: World,
  seller: Seller,
  call: { order: NewOutboundOrder; now: number },
): OutboundOrder {
  const { order: wanted, now } = call
  refuseMalformed(wanted)
  if (world.outboundOrders.find(keyOf(seller, wanted.id)))
    throw invalidInput(`A fulfillment order with the id '${wanted.id}' exists already.`)
  const items = wanted.items.map((item) => plannedItem(world, seller, { item, wanted, now }))
  const isKilled = wanted.policy === 'FillOrKill' && items.some(({ unfulfillable }) => unfulfillable > 0)
  const isEmpty = items.every(({ quantity, unfulfillable }) => unfulfillable === quantity)
  const isHopeless = isKilled || isEmpty
  if (isHopeless) for (const item of items) item.unfulfillable = item.quantity
  const order: OutboundOrder = {
    ...wanted,
    sellerId: seller.sellerId,
    region: seller.region,
    status: isHopeless ? 'Unfulfillable' : 'Received',
    isStuck: world.settings.outboundStaysPlanning,
    items,
    createdAt: now,
    statusAt: now,
    shipment: null,
  }
  world.outboundOrders.save(order)
  for (const item of items) move(world, order, { item, units: item.quantity - item.unfulfillable, now })
  return order
}

/** The seller's order as it is now, or 404. */
export function getOutboundOrder(world: World, seller: Seller, which: { id: string; now: number }): OutboundOrder {
  const order = world.outboundOrders.find(keyOf(seller, which.id))
  if (!order) throw notFound(`Fulfillment order '${which.id}' was not found.`)
  advance(world, order, which.now)
  return order
}

/** All of the seller's orders as they are now, newest change first. */
export function listOutboundOrders(world: World, seller: Seller, now: number): OutboundOrder[] {
  const orders = world.outboundOrders.inGroup(sellerKeyOf(seller))
  for (const order of orders) advance(world, order, now)
  return orders.toSorted((a, b) => b.statusAt - a.statusAt || (a.id < b.id ? -1 : 1))
}

/** Stops an order whose units are not being picked yet. The units are free again. */
export function cancelOutboundOrder(world: World, seller: Seller, which: { id: string; now: number }): OutboundOrder {
  const order = getOutboundOrder(world, seller, which)
  refuseUnlessOpen(order)
  cancel(world, order, which.now)
  return order
}

/** Changes an order that is still open. */
export function updateOutboundOrder(
  world: World,
  seller: Seller,
  change: { id: string; action: 'Ship' | 'Hold' | undefined; request: JsonObject; now: number },
): OutboundOrder {
  const order = getOutboundOrder(world, seller, change)
  refuseUnlessOpen(order)
  if (change.action === 'Ship' && order.action === 'Hold') order.statusAt = change.now
  order.action = change.action ?? order.action
  order.request = { ...order.request, ...change.request }
  world.outboundOrders.save(order)
  return order
}

/** How many units of a SKU could be shipped for a marketplace now. */
export function shippableUnits(world: World, seller: Seller, of: { sku: string; marketplaceId: string; now: number }) {
  const listing = findListing(world, seller, of)
  const pools = listing && listing.fulfillmentChannel !== 'DEFAULT' ? poolsOf(world, listing) : []
  return pools.find(({ pool }) => pool === poolOf(of.marketplaceId))?.fulfillable ?? 0
}

const steps: Partial<Record<OutboundStatus, OutboundStatus>> = {
  Received: 'Planning',
  Planning: 'Processing',
  Processing: 'Complete',
}

/** Lets every step happen whose time has come. */
function advance(world: World, order: OutboundOrder, now: number): void {
  if (order.action === 'Hold' && order.status === 'Received') {
    if (now >= order.createdAt + holdMs) cancel(world, order, order.createdAt + holdMs)
    return
  }
  for (let next = steps[order.status]; next; next = steps[order.status]) {
    const at = order.statusAt + world.settings.outboundStepMs
    if (now < at || (order.isStuck && order.status === 'Planning')) return
    order.status = next
    order.statusAt = at
    if (next === 'Complete') ship(world, order, at)
    world.outboundOrders.save(order)
  }
}

function ship(world: World, order: OutboundOrder, at: number): void {
  for (const item of order.items) item.shipped = item.quantity - item.cancelled - item.unfulfillable
  if (order.items.some(({ unfulfillable }) => unfulfillable > 0)) order.status = 'CompletePartialled'
  order.shipment = {
    shipmentId: `D${world.ids.hex('outbound-shipment', 8).toUpperCase()}`,
    packageNumber: Number(world.ids.digits('outbound-package', 8)),
    trackingNumber: `TBA${world.ids.digits('outbound-tracking', 12)}`,
    shippedAt: at,
  }
}

function cancel(world: World, order: OutboundOrder, now: number): void {
  for (const item of order.items) {
    const units = item.quantity - item.unfulfillable - item.cancelled
    item.cancelled += units
    move(world, order, { item, units: -units, now })
  }
  Object.assign(order, { status: 'Cancelled', statusAt: now })
  world.outboundOrders.save(order)
}

/** Units leave what buyers can order, or come back when negative. */
function move(
  world: World,
  order: Pick<OutboundOrder, 'sellerId' | 'region' | 'marketplaceId'>,
  of: { item: OutboundItem; units: number; now: number },
): void {
  const { units, now } = of
  const listing = findListing(world, order, { sku: of.item.sku, now })
  if (listing && units !== 0) moveFbaUnits(world, listing, { marketplaceId: order.marketplaceId, units, now })
}

function plannedItem(
  world: World,
  seller: Seller,
  of: { item: NewOutboundOrder['items'][number]; wanted: NewOutboundOrder; now: number },
): OutboundItem {
  const { item, wanted, now } = of
  const free = shippableUnits(world, seller, { sku: item.sku, marketplaceId: wanted.marketplaceId, now })
  const unfulfillable = Math.max(0, item.quantity - free)
  return { ...item, cancelled: 0, unfulfillable, shipped: 0 }
}

function refuseMalformed({ id, items }: NewOutboundOrder): void {
  if (id === '' || id.length > longestId) throw invalidInput(`The order id must have 1 to ${longestId} characters.`)
  if (items.length === 0 || items.length > mostItems) throw invalidInput(`An order has 1 to ${mostItems} line items.`)
  if (new Set(items.map(({ itemId }) => itemId)).size < items.length)
    throw invalidInput('Two items of the order have the same item id.')
  const units = items.reduce((sum, { quantity }) => sum + quantity, 0)
  if (units > mostUnits) throw invalidInput(`An order has at most ${mostUnits} units, not ${units}.`)
}

function refuseUnlessOpen(order: OutboundOrder): void {
  if (order.status !== 'Received' && order.status !== 'Planning')
    throw invalidInput(`Fulfillment order '${order.id}' is ${order.status} and cannot be changed any more.`)
}

function keyOf(owner: Pick<Seller, 'sellerId' | 'region'>, id: string): string {
  return `${sellerKeyOf(owner)}|${id}`
}
