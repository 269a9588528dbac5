import { isJsonObject, quoted, type JsonObject } from '../json.ts'
import { findMarketplace } from '../marketplaces.ts'
import { checkMarketplaces } from '../query.ts'
import type { Seller } from '../records.ts'
import { invalidInput } from '../refusals.ts'
import type { NewOutboundOrder } from './outbound-orders.ts'

const speeds = ['Standard', 'Expedited', 'Priority', 'ScheduledDelivery']
const policies = ['FillOrKill', 'FillAll', 'FillAllAvailable']
const texts2020 = ['displayableOrderId', 'displayableOrderDate', 'displayableOrderComment']

/** The body of createFulfillmentOrder 2020-07-01. */
export function readOrder2020(seller: Seller, body: unknown): NewOutboundOrder {
  const fields = isJsonObject(body) ? body : {}
  for (const name of texts2020) textIn(fields, name)
  return {
    id: textIn(fields, 'sellerFulfillmentOrderId'),
    marketplaceId: marketplaceOf(seller, fields['marketplaceId']),
    action: choiceIn(fields, 'fulfillmentAction', ['Ship', 'Hold'] as const) ?? 'Ship',
    speed: choiceIn(fields, 'shippingSpeedCategory', speeds) ?? 'Standard',
    policy: choiceIn(fields, 'fulfillmentPolicy', policies) ?? 'FillOrKill',
    items: readItems2020(fields['items']),
    request: { ...pick(fields, [...texts2020, 'notificationEmails']), destinationAddress: addressIn(fields) },
  }
}

/** The items of an order or of a preview of 2020-07-01. */
export function readItems2020(value: unknown): NewOutboundOrder['items'] {
  return listOf(value, 'items').map((item) => {
    const { quantity } = item
    if (typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity < 1)
      throw invalidInput(`'quantity' must be a whole number of at least 1, not '${quoted(quantity)}'.`)
    return { itemId: textIn(item, 'sellerFulfillmentOrderItemId'), sku: textIn(item, 'sellerSku'), quantity }
  })
}

/** What updateFulfillmentOrder 2020-07-01 changes; what it does not name stays. */
export function readUpdate2020(body: unknown): { action: 'Ship' | 'Hold' | undefined; request: JsonObject } {
  const fields = isJsonObject(body) ? body : {}
  return {
    action: choiceIn(fields, 'fulfillmentAction', ['Ship', 'Hold'] as const),
    request: pick(fields, [...texts2020, 'destinationAddress', 'notificationEmails']),
  }
}

/** The body of createOrder 2026-07-04. */
export function readOrder2026(seller: Seller, body: unknown): NewOutboundOrder {
  const fields = isJsonObject(body) ? body : {}
  const configuration = objectIn(fields, 'fulfillmentConfiguration')
  const origin = objectIn(fields, 'origin')
  const country = textIn(origin, 'countryCode')
  const marketplaceId = seller.marketplaceIds.find((id) => {
    const code = findMarketplace(id)?.countryCode
    return code === country || (country === 'UK' && code === 'GB')
  })
  if (marketplaceId === undefined)
    throw invalidInput(`'origin.countryCode' ${country} is no marketplace of the seller.`)
  if (!isJsonObject(objectIn(fields, 'destination')['deliveryAddress']))
    throw invalidInput("'destination.deliveryAddress' is required.")
  return {
    id: textIn(fields, 'orderId'),
    marketplaceId,
    action: actionIn(configuration) ?? 'Ship',
    speed: tierOf(configuration['serviceLevel']),
    policy: configuration['policy'] === 'FILL_ALL_AVAILABLE' ? 'FillAllAvailable' : 'FillOrKill',
    items: listOf(fields['lineItems'], 'lineItems').map(readItem2026),
    request: pick(fields, ['channel', 'origin', 'destination', 'paymentInformation']),
  }
}

/** What updateOrder 2026-07-04 changes. */
export function readUpdate2026(body: unknown): { action: 'Ship' | 'Hold' | undefined; request: JsonObject } {
  const fields = isJsonObject(body) ? body : {}
  const configuration = fields['fulfillmentConfiguration']
  const action = isJsonObject(configuration) ? actionIn(configuration) : undefined
  return { action, request: pick(fields, ['channel', 'destination', 'paymentInformation']) }
}

function readItem2026(item: JsonObject): NewOutboundOrder['items'][number] {
  const amount = objectIn(item, 'amount')
  const units = Number(amount['value'])
  if (!Number.isInteger(units) || units < 1)
    throw invalidInput(`'amount.value' must be a whole number of EACHES, not '${quoted(amount['value'])}'.`)
  const identifier = objectIn(objectIn(item, 'product'), 'productIdentifier')
  return { itemId: textIn(item, 'lineItemId'), sku: textIn(identifier, 'amazonSku'), quantity: units }
}

function actionIn(configuration: JsonObject): 'Ship' | 'Hold' | undefined {
  const action = choiceIn(configuration, 'action', ['SHIP', 'HOLD'] as const)
  if (action === undefined) return undefined
  return action === 'SHIP' ? 'Ship' : 'Hold'
}

function tierOf(serviceLevel: unknown): string {
  const tiers = isJsonObject(serviceLevel) ? serviceLevel['serviceTiers'] : undefined
  const tier: unknown = Array.isArray(tiers) ? tiers[0] : undefined
  const known = { STANDARD: 'Standard', EXPEDITED: 'Expedited', PRIORITY: 'Priority', SCHEDULED: 'Scheduled' }
  return Object.entries(known).find(([name]) => name === tier)?.[1] ?? 'Standard'
}

/** The marketplace an order is for: the one that is named, else the seller's first. */
export function marketplaceOf(seller: Seller, value: unknown): string {
  const marketplaceId = value === undefined ? (seller.marketplaceIds[0] ?? '') : quoted(value)
  checkMarketplaces(seller, [marketplaceId], invalidInput)
  return marketplaceId
}

function addressIn(fields: JsonObject): JsonObject {
  const address = objectIn(fields, 'destinationAddress')
  for (const name of ['name', 'addressLine1', 'postalCode', 'countryCode']) textIn(address, name)
  return address
}

function listOf(value: unknown, name: string): JsonObject[] {
  if (Array.isArray(value) && value.length > 0 && value.every(isJsonObject)) return value
  throw invalidInput(`'${name}' must be a list with at least one item.`)
}

function objectIn(fields: JsonObject, name: string): JsonObject {
  const value = fields[name]
  if (isJsonObject(value)) return value
  throw invalidInput(`'${name}' is required.`)
}

function textIn(fields: JsonObject, name: string): string {
  const value = fields[name]
  if (typeof value === 'string' && value !== '') return value
  throw invalidInput(`'${name}' is required.`)
}

function choiceIn<Value extends string>(
  fields: JsonObject,
  name: string,
  allowed: readonly Value[],
): Value | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  const known = allowed.find((candidate) => candidate === value)
  if (known === undefined) throw invalidInput(`'${name}' must be one of ${allowed.join(', ')}, not '${quoted(value)}'.`)
  return known
}

function pick(fields: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]))
}
