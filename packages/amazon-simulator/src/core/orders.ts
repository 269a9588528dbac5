import { inventBuyer } from './buyers.ts'
import { moveFbaUnits } from './fba/stock-moves.ts'
import { findListing, fulfilledByOf, offerIn, restock, sell } from './listings.ts'
import { findMarketplace, type Marketplace } from './marketplaces.ts'
import { announceOrder } from './notifications/order-change.ts'
import { ControlRefusalError } from './refusals.ts'
import type { FulfilledBy, Listing, Money, Offer, Order, OrderLine, OrderStatus, Seller } from './records.ts'
import { wholeSecond } from './times.ts'
import type { World } from './world.ts'

/** An order a buyer places. */
export interface OrderPlacement {
  marketplaceId: string
  lines: { sku: string; quantity: number; unitPrice?: string }[]
  status?: OrderStatus
  fulfilledBy?: FulfilledBy
  createdAt?: number
  shipBy?: number
  programs?: string[]
  ignoreQuantity?: boolean
}

const dayMs = 24 * 3600 * 1000

/**
 * Places an order. Live quantity falls at once, floor 0, whatever the status; 409 NOT_ENOUGH when fewer are on sale,
 * unless `ignoreQuantity`. Order times are whole seconds.
 */
export function placeOrder(world: World, seller: Seller, call: { placement: OrderPlacement; now: number }): Order {
  const { placement, now } = call
  const marketplace = findMarketplace(placement.marketplaceId)
  if (!marketplace || !seller.marketplaceIds.includes(marketplace.id)) {
    throw refused(
      'marketplaceId',
      `seller ${seller.sellerId} does not sell in '${placement.marketplaceId}': use one of ${seller.marketplaceIds.join(', ')}`,
    )
  }
  const sales = placement.lines.map((line) => ({
    line,
    ...offerFor(world, seller, { sku: line.sku, marketplace, now }),
  }))
  const fulfilledBy = fulfillerOf(
    sales.map(({ listing }) => listing),
    placement.fulfilledBy,
  )
  if (!placement.ignoreQuantity) refuseUnsellable(sales)
  const updatedAt = wholeSecond(now)
  const createdAt = wholeSecond(placement.createdAt ?? now)
  const shipBy = placement.shipBy ?? createdAt + 2 * dayMs
  const order: Order = {
    orderId: newOrderId(world, marketplace),
    sellerId: seller.sellerId,
    region: seller.region,
    marketplaceId: marketplace.id,
    fulfilledBy,
    status: placement.status ?? 'UNSHIPPED',
    programs: placement.programs ?? [],
    createdAt,
    placedAt: updatedAt,
    updatedAt,
    shipBy,
    deliverBy: shipBy + 3 * dayMs,
    lines: sales.map(({ line, offer }) => newLine(world, line, { offer, marketplace })),
    packages: [],
    buyer: inventBuyer(world.ids, marketplace.id),
    buyerMailsSent: 0,
  }
  settleStatusAtPlacement(order, now)
  world.orders.save(order)
  for (const { line, listing } of sales)
    if (drawsOn(listing, fulfilledBy)) moveUnits(world, listing, { order, units: line.quantity, now })
  if (world.settings.notifyNewOrders) announceOrder(world, order, { type: 'OrderStatusChange', at: now })
  return order
}

/** Units are sold, or come back when negative: the seller's own, or Amazon's for the order's marketplace. */
function moveUnits(world: World, listing: Listing, move: { order: Order; units: number; now: number }): void {
  const { order, units, now } = move
  if (fulfilledByOf(listing) === 'AMAZON')
    moveFbaUnits(world, listing, { marketplaceId: order.marketplaceId, units, now })
  else if (units > 0) sell(world, listing, { units, now })
  else restock(world, listing, { units: -units, now })
}

/** An order that Amazon ships leaves the seller's own stock alone. */
function drawsOn(listing: Listing, fulfilledBy: FulfilledBy): boolean {
  return fulfilledBy === 'MERCHANT' || fulfilledByOf(listing) === 'AMAZON'
}

interface Sale {
  line: OrderPlacement['lines'][number]
  listing: Listing
  offer: Offer
}

function offerFor(world: World, seller: Seller, what: { sku: string; marketplace: Marketplace; now: number }) {
  const listing = findListing(world, seller, what)
  const offer = listing && offerIn(listing, what.marketplace.id)
  if (!listing || !offer) {
    throw refused(
      'lines.sku',
      `SKU '${what.sku}' has no offer in ${what.marketplace.id}: create it with PUT /_sim/listings first`,
    )
  }
  return { listing, offer }
}

function fulfillerOf(listings: Listing[], asked: FulfilledBy | undefined): FulfilledBy {
  if (asked) return asked
  const fulfillers = new Set(listings.map(fulfilledByOf))
  const [first] = fulfillers
  if (!first || fulfillers.size > 1) {
    throw refused(
      'lines',
      'an order is fulfilled by one party: place FBA and own SKUs as two orders, or name fulfilledBy',
    )
  }
  return first
}

function refuseUnsellable(sales: Sale[]): void {
  const closed = sales.find(({ offer }) => offer.closed)
  if (closed) {
    throw new ControlRefusalError(409, {
      code: 'CLOSED',
      field: 'lines.sku',
      message: `the offer of '${closed.listing.sku}' is closed: open it with PUT /_sim/listings {"closed":false} or send ignoreQuantity`,
    })
  }
  const wanted = new Map<Listing, number>()
  for (const { listing, line } of sales) wanted.set(listing, (wanted.get(listing) ?? 0) + line.quantity)
  for (const [listing, quantity] of wanted) {
    if (quantity <= listing.live.quantity) continue
    throw new ControlRefusalError(409, {
      code: 'NOT_ENOUGH',
      field: 'lines.quantity',
      message: `only ${listing.live.quantity} of '${listing.sku}' are on sale, ${quantity} were ordered: order fewer or send ignoreQuantity`,
    })
  }
}

function newLine(
  world: World,
  line: OrderPlacement['lines'][number],
  what: { offer: Offer; marketplace: Marketplace },
): OrderLine {
  const listed = what.offer.price?.amount ?? '9.99'
  const unitPrice: Money = { amount: line.unitPrice ?? listed, currency: what.marketplace.currency }
  return {
    orderItemId: world.ids.digits('order-item', 14),
    sku: line.sku,
    asin: what.offer.asin,
    title: what.offer.title,
    unitPrice,
    ordered: line.quantity,
    cancelled: 0,
    fulfilled: 0,
    cancelRequested: false,
    cancelledBy: null,
  }
}

/** An order may be placed in any status; its lines then agree with it. */
function settleStatusAtPlacement(order: Order, now: number): void {
  if (order.status === 'CANCELLED')
    for (const line of order.lines) Object.assign(line, { cancelled: line.ordered, cancelledBy: 'BUYER' })
  if (order.status === 'SHIPPED') {
    for (const line of order.lines) line.fulfilled = line.ordered
    if (order.fulfilledBy === 'MERCHANT')
      addSellerCentralPackage(order, { tracking: 'SIM', items: everyUnit(order), now })
  }
}

function everyUnit(order: Order): { orderItemId: string; quantity: number }[] {
  return order.lines.map(({ orderItemId, ordered }) => ({ orderItemId, quantity: ordered }))
}

/** A package entered by hand in Seller Central. */
export function addSellerCentralPackage(
  order: Order,
  parcel: { tracking: string; items: { orderItemId: string; quantity: number }[]; now: number },
): void {
  order.packages.push({
    packageReferenceId: String(
      1 + Math.max(0, ...order.packages.map(({ packageReferenceId }) => Number(packageReferenceId))),
    ),
    carrierCode: 'Other',
    carrierName: 'Seller Central',
    shippingMethod: null,
    trackingNumber: parcel.tracking,
    shipTime: wholeSecond(parcel.now),
    createdAt: wholeSecond(parcel.now),
    status: 'SHIPPED',
    items: parcel.items,
  })
}

/** Units of a line neither shipped nor cancelled. */
export function openUnits(line: OrderLine): number {
  return Math.max(0, line.ordered - line.cancelled - line.fulfilled)
}

/** Stores a changed order and tells of it: its update time moves, its status follows from its lines. */
export function saveChanged(world: World, order: Order, now: number): void {
  touch(world, order, now)
  announceOrder(world, order, { type: 'OrderStatusChange', at: now })
}

/** Stores an order whose buyer asks for something, and tells of that. */
export function saveRequested(world: World, order: Order, now: number): void {
  touch(world, order, now)
  announceOrder(world, order, { type: 'BuyerRequestedChange', at: now })
}

function touch(world: World, order: Order, now: number): void {
  order.updatedAt = Math.max(order.updatedAt, wholeSecond(now))
  order.status = statusAfter(order)
  world.orders.save(order)
}

function statusAfter(order: Order): OrderStatus {
  const fulfilled = order.lines.some((line) => line.fulfilled > 0)
  if (order.lines.some((line) => openUnits(line) > 0)) return fulfilled ? 'PARTIALLY_SHIPPED' : order.status
  return fulfilled ? 'SHIPPED' : 'CANCELLED'
}

/** Gives units of cancelled lines back to the listing they were sold from. */
export function restockLine(world: World, order: Order, what: { line: OrderLine; units: number; now: number }): void {
  const listing = findListing(world, order, { sku: what.line.sku, now: what.now })
  if (listing && drawsOn(listing, order.fulfilledBy))
    moveUnits(world, listing, { order, units: -what.units, now: what.now })
}

const orderIdPrefix: Record<string, string> = {
  US: '11',
  CA: '70',
  GB: '20',
  DE: '30',
  FR: '40',
  IT: '40',
  ES: '40',
  JP: '24',
  AU: '25',
}

function newOrderId(world: World, marketplace: Marketplace): string {
  const prefix = orderIdPrefix[marketplace.countryCode] ?? '40'
  for (;;) {
    const digits = world.ids.digits('order', 15)
    const orderId = `${prefix}${digits[0]}-${digits.slice(1, 8)}-${digits.slice(8)}`
    if (!world.orders.find(orderId)) return orderId
  }
}

function refused(field: string, message: string): ControlRefusalError {
  return new ControlRefusalError(400, { code: 'INVALID', field, message })
}
