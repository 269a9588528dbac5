import { isJsonObject, quoted, type JsonObject } from './json.ts'
import { openUnits, saveChanged } from './orders.ts'
import { findOwnOrder } from './search-orders.ts'
import type { Order, OrderLine, OrderPackage, Seller } from './records.ts'
import { invalidInput } from './refusals.ts'
import { parseIso, wholeSecond } from './times.ts'
import type { World } from './world.ts'

/**
 * confirmShipment: adds a parcel, or edits the parcel with the same reference. Answers nothing (204) or throws.
 * The buyer gets one mail for each parcel, none for an edit. Source: Orders v0, confirmShipment.
 */
export function confirmShipment(
  world: World,
  seller: Seller,
  call: { orderId: string; body: unknown; now: number },
): void {
  const { body, now } = call
  if (!/^\d{3}-\d{7}-\d{7}$/.test(call.orderId)) throw invalidInput(`Order id '${call.orderId}' is not valid.`)
  const order = findOwnOrder(world, seller, call.orderId)
  const request = readRequest(body, now)
  refuseUnshippable(order, request.marketplaceId)
  const existing = order.packages.find(
    ({ packageReferenceId }) => packageReferenceId === request.parcel.packageReferenceId,
  )
  checkItems(order, request.parcel, existing)
  for (const line of order.lines) line.fulfilled += unitsIn(request.parcel, line) - unitsIn(existing, line)
  if (existing) Object.assign(existing, request.parcel, { createdAt: existing.createdAt, status: existing.status })
  else {
    order.packages.push(request.parcel)
    order.buyerMailsSent++
  }
  saveChanged(world, order, now)
}

function readRequest(body: unknown, now: number): { marketplaceId: string; parcel: OrderPackage } {
  const request = asRecord(body, 'the body')
  const detail = asRecord(request['packageDetail'], 'packageDetail')
  const reference = detail['packageReferenceId']
  if (typeof reference !== 'string') throw wrongType('packageDetail.packageReferenceId')
  if (!/^[1-9]\d*$/.test(reference))
    throw invalidInput('PackageReferenceId: is invalid, must be a positive numeric value.')
  const carrierCode = textIn(detail, 'carrierCode')
  const carrierName = optionalTextIn(detail, 'carrierName')
  if (carrierCode.toLowerCase() === 'other' && carrierName === null) {
    throw invalidInput("CarrierName: is required when carrierCode is 'Other'.")
  }
  const shipDate = textIn(detail, 'shipDate')
  const shipTime = parseIso(shipDate)
  if (shipTime === undefined) throw invalidInput(`ShipDate: '${shipDate}' is not an ISO 8601 date-time.`)
  const parcel: OrderPackage = {
    packageReferenceId: reference,
    carrierCode,
    carrierName,
    shippingMethod: optionalTextIn(detail, 'shippingMethod'),
    trackingNumber: textIn(detail, 'trackingNumber'),
    shipTime,
    createdAt: wholeSecond(now),
    status: 'SHIPPED',
    items: readItems(detail['orderItems']),
  }
  return { marketplaceId: textIn(request, 'marketplaceId'), parcel }
}

function readItems(value: unknown): OrderPackage['items'] {
  if (!Array.isArray(value)) throw wrongType('packageDetail.orderItems')
  if (value.length === 0) throw invalidInput('OrderItems: at least one item is required.')
  return value.map((entry: unknown) => {
    const item = asRecord(entry, 'packageDetail.orderItems')
    const { orderItemId, quantity } = item
    if (typeof orderItemId !== 'string') throw wrongType('packageDetail.orderItems.orderItemId')
    if (typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity < 1) {
      throw invalidInput(`OrderItems: quantity '${quoted(quantity)}' must be a whole number of at least 1.`)
    }
    return { orderItemId, quantity }
  })
}

function refuseUnshippable(order: Order, marketplaceId: string): void {
  if (marketplaceId !== order.marketplaceId)
    throw invalidInput(`MarketplaceId: order ${order.orderId} belongs to another marketplace.`)
  if (order.fulfilledBy === 'AMAZON')
    throw invalidInput(`Order ${order.orderId} is fulfilled by Amazon and cannot be confirmed.`)
  if (order.programs.includes('FBM_SHIP_PLUS')) {
    throw invalidInput(`Order ${order.orderId} belongs to FBM Ship+: its shipment is confirmed by Amazon.`)
  }
  if (order.status === 'CANCELLED' || order.status.startsWith('PENDING')) {
    throw invalidInput(`Order ${order.orderId} is ${order.status} and cannot be confirmed.`)
  }
}

function checkItems(order: Order, parcel: OrderPackage, replaced: OrderPackage | undefined): void {
  const free = (line: OrderLine) => openUnits(line) + unitsIn(replaced, line)
  // A second parcel for an order that is complete: Amazon looks for one to update and finds none.
  if (order.lines.every((line) => free(line) === 0)) throw packageToUpdateNotFound(order)
  for (const { orderItemId } of parcel.items) {
    const line = order.lines.find((candidate) => candidate.orderItemId === orderItemId)
    if (!line) throw invalidInput(`OrderItems: NonexistentOrderItem ${orderItemId} in order ${order.orderId}.`)
    const quantity = unitsIn(parcel, line)
    if (quantity > free(line)) {
      throw invalidInput(
        `OrderItems: quantity ${quantity} of ${orderItemId} is more than the ${free(line)} not shipped yet.`,
      )
    }
  }
}

function unitsIn(parcel: OrderPackage | undefined, line: OrderLine): number {
  const items = parcel?.items.filter(({ orderItemId }) => orderItemId === line.orderItemId) ?? []
  return items.reduce((units, { quantity }) => units + quantity, 0)
}

function packageToUpdateNotFound(order: Order): Error {
  return invalidInput(
    'Failed to create package due to not finding a matching package or order already fulfilled. ' +
      `ErrorMessage(errorCode=GeneralError, errorDescription=Unable to find package to update for order (${order.orderId}), ` +
      'errorMetric=PackageToUpdateNotFound, packageIndex=null)',
  )
}

function asRecord(value: unknown, name: string): JsonObject {
  if (!isJsonObject(value)) throw wrongType(name)
  return value
}

function textIn(record: JsonObject, name: string): string {
  const text = optionalTextIn(record, name)
  if (text === null) throw invalidInput(`${name[0]?.toUpperCase()}${name.slice(1)}: is required.`)
  return text
}

function optionalTextIn(record: JsonObject, name: string): string | null {
  const value = record[name]
  if (value === undefined || value === null || value === '') return null
  if (typeof value !== 'string') throw wrongType(name)
  return value
}

function wrongType(field: string): Error {
  return invalidInput(
    `The input you have submitted is not valid. Please check the fields with invalid type [${field}].`,
  )
}
