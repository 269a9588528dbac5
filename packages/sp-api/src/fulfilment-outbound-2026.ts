import { type DescribedCall, describeCall } from './call.ts'
import type { Money } from './orders.ts'
import {
  callUnless,
  checkAddress,
  checkCountry,
  checkId,
  checkInstant,
  checkLines,
  checkOrderId,
  checkText,
  ifGiven,
  type OutboundAddress,
  type OutboundCall,
  type OutboundLine,
  type OutboundRefusal,
  refused,
} from './outbound-checks.ts'

// Source of every shape here: SP-API, Fulfillment Outbound 2026-07-04, orders as they are asked for.

/** Amazon states no limit; this one keeps a mistake from being sent. */
const MAX_NOTES_CHARACTERS = 1_000

/** How fast an order is to go: `PRIORITY` in Canada, India and Mexico only, `SCHEDULED` in Japan only. */
export type ServiceTier = 'STANDARD' | 'EXPEDITED' | 'PRIORITY' | 'SCHEDULED'

/** One line of an order to create. */
export interface OutboundLineWish extends OutboundLine {
  readonly declaredUnitValue?: Money
}

/** An order for Amazon's warehouses to ship. */
export interface OutboundOrderWish {
  /** The seller's own id. Amazon takes each once, for good: this is what makes an order safe to ask about. */
  readonly orderId: string
  /** Where it was sold, as SHOPIFY. */
  readonly channel?: string
  /** The country whose stock is to ship. */
  readonly originCountry: string
  readonly address: OutboundAddress
  readonly deliveryNotes?: string
  readonly tier: ServiceTier
  /** Needed with `SCHEDULED`. */
  readonly deliveryWindow?: { readonly from: Date; readonly to: Date }
  /** An order left on `HOLD` is cancelled by Amazon after 14 days. */
  readonly action?: 'SHIP' | 'HOLD'
  /** What becomes of the order when units are missing: nothing ships, all is waited for, or what is there ships. */
  readonly policy?: 'FILL_OR_KILL' | 'FILL_ALL' | 'FILL_ALL_AVAILABLE'
  readonly items: readonly OutboundLineWish[]
}

/** Which orders to list. Every page repeats the first one's values and adds the token. */
export interface OutboundOrdersSearch {
  readonly changedSince?: Date
  readonly withShipments: boolean
  readonly pageToken?: string
}

/** Orders a shipment. After an unknown outcome read the order by its id before anything is sent again. */
export function createOutboundOrderCall(order: OutboundOrderWish): OutboundCall {
  return callUnless(checkOrder(order), () =>
    describeCall('createOutboundOrder', {
      json: {
        orderId: order.orderId,
        channel: order.channel,
        origin: { countryCode: order.originCountry },
        destination: { deliveryAddress: order.address, deliveryNotes: order.deliveryNotes },
        fulfillmentConfiguration: {
          serviceLevel: { serviceTiers: [order.tier], deliveryInterval: intervalOf(order.deliveryWindow) },
          action: order.action,
          policy: order.policy,
        },
        lineItems: order.items.map((item) => ({ lineItemId: item.itemId, ...lineItemOf(item) })),
      },
    }),
  )
}

/** Asks for one order, its shipments and their tracking included. */
export function getOutboundOrderCall(orderId: string): OutboundCall {
  return callUnless(checkOrderId(orderId), () =>
    describeCall('getOutboundOrder', { path: { orderId }, query: { shipments: 'INCLUDE' } }),
  )
}

/** Lists orders by their last change. */
export function listOutboundOrdersCall(search: OutboundOrdersSearch): DescribedCall {
  const { changedSince, withShipments, pageToken } = search
  const shipments = withShipments ? 'INCLUDE' : 'EXCLUDE'
  return describeCall('listOutboundOrders', {
    query: { updatedAfter: changedSince?.toISOString(), shipments, pageToken },
  })
}

/** Lets an order go that is on hold, or holds one: nothing else can be changed. */
export function updateOutboundOrderCall(orderId: string, action: 'SHIP' | 'HOLD'): OutboundCall {
  return callUnless(checkOrderId(orderId), () =>
    describeCall('updateOutboundOrder', { path: { orderId }, json: { fulfillmentConfiguration: { action } } }),
  )
}

/** Asks for the cancellation of an order. Taken over is not cancelled: read the order. */
export function cancelOutboundOrderCall(orderId: string): OutboundCall {
  return callUnless(checkOrderId(orderId), () => describeCall('cancelOutboundOrder', { path: { orderId } }))
}

/** A line as Amazon takes it, in an order and in a preview alike. */
export function lineItemOf({ sku, quantity, declaredUnitValue: value }: Omit<OutboundLineWish, 'itemId'>): object {
  return {
    product: {
      productIdentifier: { amazonSku: sku },
      perUnitDeclaredValue: value && { currencyCode: value.currency, amount: value.amount },
    },
    amount: { unit: 'EACHES', value: quantity.toFixed(1) },
  }
}

function intervalOf(window: OutboundOrderWish['deliveryWindow']): object | undefined {
  return window && { startTime: window.from.toISOString(), endTime: window.to.toISOString() }
}

function checkOrder(order: OutboundOrderWish): OutboundRefusal | undefined {
  return (
    checkOrderId(order.orderId) ??
    ifGiven(order.channel, (channel) => checkId('channel', channel, 40)) ??
    checkCountry('originCountry', order.originCountry) ??
    checkAddress(order.address) ??
    ifGiven(order.deliveryNotes, (text) => checkText('deliveryNotes', text, MAX_NOTES_CHARACTERS)) ??
    checkWindow(order) ??
    checkLines(order.items)
  )
}

function checkWindow({ tier, deliveryWindow }: OutboundOrderWish): OutboundRefusal | undefined {
  if (tier === 'SCHEDULED' && !deliveryWindow) {
    return refused('deliveryWindow', 'SCHEDULED has no delivery window: give from and to')
  }
  return ifGiven(
    deliveryWindow,
    ({ from, to }) => checkInstant('deliveryWindow.from', from) ?? checkInstant('deliveryWindow.to', to),
  )
}
