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

// Source of every shape here: SP-API, Fulfillment Outbound 2020-07-01, orders as they are asked for.

/** How fast an order is to go; `ScheduledDelivery` in Japan only. */
export type FulfilmentSpeed = 'Standard' | 'Expedited' | 'Priority' | 'ScheduledDelivery'

/** One line of an order to create or to change. */
export interface FulfilmentLineWish extends OutboundLine {
  readonly giftMessage?: string
  readonly displayedComment?: string
  /** Required in India. */
  readonly declaredUnitValue?: Money
}

/** What can be changed about an order until its units are picked. What is not named stays. */
export interface FulfilmentOrderChange {
  readonly marketplaceId?: string
  /** The order's number as its recipient knows it; on the packing slip. */
  readonly displayedId?: string
  readonly displayedAt?: Date
  readonly displayedComment?: string
  readonly speed?: FulfilmentSpeed
  readonly address?: OutboundAddress
  /** An order left on `Hold` is cancelled by Amazon after 14 days. */
  readonly action?: 'Ship' | 'Hold'
  /** What becomes of the order when units are missing: nothing ships, all is waited for, or what is there ships. */
  readonly policy?: 'FillOrKill' | 'FillAll' | 'FillAllAvailable'
  readonly shipFromCountry?: string
  readonly notifiedEmails?: readonly string[]
  readonly items?: readonly FulfilmentLineWish[]
}

/** An order for Amazon's warehouses to ship. */
export interface FulfilmentOrderWish extends FulfilmentOrderChange {
  /** The seller's own id. Amazon takes each once, for good: this is what makes an order safe to ask about. */
  readonly orderId: string
  readonly displayedId: string
  readonly displayedAt: Date
  readonly displayedComment: string
  readonly speed: FulfilmentSpeed
  readonly address: OutboundAddress
  /** Needed with `ScheduledDelivery`. */
  readonly deliveryWindow?: { readonly from: Date; readonly to: Date }
  readonly items: readonly FulfilmentLineWish[]
}

/** Which orders to list. Every page repeats `changedSince`. */
export interface FulfilmentOrdersSearch {
  /** Amazon lists the last 36 hours when absent. */
  readonly changedSince?: Date
  readonly nextToken?: string
}

/** Orders a shipment. After an unknown outcome read the order by its id before anything is sent again. */
export function createFulfillmentOrderCall(order: FulfilmentOrderWish): OutboundCall {
  const { orderId, deliveryWindow: window } = order
  return callUnless(checkOrderId(orderId) ?? checkWindow(order) ?? checkChange(order), () => {
    const deliveryWindow = window && { startDate: window.from.toISOString(), endDate: window.to.toISOString() }
    return describeCall('createFulfillmentOrder', {
      json: { sellerFulfillmentOrderId: orderId, ...fieldsOf(order), deliveryWindow },
    })
  })
}

/** Asks for one order with its shipments. */
export function getFulfillmentOrderCall(orderId: string): OutboundCall {
  return callUnless(checkOrderId(orderId), () =>
    describeCall('getFulfillmentOrder', { path: { sellerFulfillmentOrderId: orderId } }),
  )
}

/** Lists orders by their last change. */
export function listFulfillmentOrdersCall(search: FulfilmentOrdersSearch): DescribedCall {
  const query = { queryStartDate: search.changedSince?.toISOString(), nextToken: search.nextToken }
  return describeCall('listAllFulfillmentOrders', { query })
}

/** Changes an order that is not being picked yet. */
export function updateFulfillmentOrderCall(orderId: string, change: FulfilmentOrderChange): OutboundCall {
  const isEmpty = Object.values(change).every((value) => value === undefined)
  const empty = isEmpty ? refused('change', `nothing is to change about ${JSON.stringify(orderId)}`) : undefined
  return callUnless(checkOrderId(orderId) ?? empty ?? checkChange(change), () =>
    describeCall('updateFulfillmentOrder', { path: { sellerFulfillmentOrderId: orderId }, json: fieldsOf(change) }),
  )
}

/** Cancels an order that is not being picked yet. */
export function cancelFulfillmentOrderCall(orderId: string): OutboundCall {
  return callUnless(checkOrderId(orderId), () =>
    describeCall('cancelFulfillmentOrder', { path: { sellerFulfillmentOrderId: orderId } }),
  )
}

function fieldsOf(change: FulfilmentOrderChange): object {
  return {
    marketplaceId: change.marketplaceId,
    displayableOrderId: change.displayedId,
    displayableOrderDate: change.displayedAt?.toISOString(),
    displayableOrderComment: change.displayedComment,
    shippingSpeedCategory: change.speed,
    destinationAddress: change.address,
    fulfillmentAction: change.action,
    fulfillmentPolicy: change.policy,
    shipFromCountryCode: change.shipFromCountry,
    notificationEmails: change.notifiedEmails,
    items: change.items?.map((item) => ({
      sellerSku: item.sku,
      sellerFulfillmentOrderItemId: item.itemId,
      quantity: item.quantity,
      giftMessage: item.giftMessage,
      displayableComment: item.displayedComment,
      perUnitDeclaredValue: item.declaredUnitValue && {
        currencyCode: item.declaredUnitValue.currency,
        value: item.declaredUnitValue.amount,
      },
    })),
  }
}

function checkChange(change: FulfilmentOrderChange): OutboundRefusal | undefined {
  return (
    ifGiven(change.displayedId, checkDisplayedId) ??
    ifGiven(change.displayedAt, (at) => checkInstant('displayedAt', at)) ??
    ifGiven(change.displayedComment, (text) => checkText('displayedComment', text, 750)) ??
    ifGiven(change.address, checkAddress) ??
    ifGiven(change.shipFromCountry, (code) => checkCountry('shipFromCountry', code)) ??
    ifGiven(change.items, (items) => checkLines(items) ?? checkLineTexts(items))
  )
}

/** Amazon takes no two spaces in a row. */
function checkDisplayedId(id: string): OutboundRefusal | undefined {
  if (/ {2}/.test(id)) return refused('displayedId', `${JSON.stringify(id)} holds two spaces in a row: use one`)
  return checkId('displayedId', id, 40)
}

function checkLineTexts(items: readonly FulfilmentLineWish[]): OutboundRefusal | undefined {
  for (const [index, { giftMessage, displayedComment }] of items.entries()) {
    const problem =
      ifGiven(giftMessage, (text) => checkText(`items[${String(index)}].giftMessage`, text, 512)) ??
      ifGiven(displayedComment, (text) => checkText(`items[${String(index)}].displayedComment`, text, 250))
    if (problem) return problem
  }
  return undefined
}

function checkWindow({ speed, action, deliveryWindow }: FulfilmentOrderWish): OutboundRefusal | undefined {
  if (speed === 'ScheduledDelivery' && action === 'Hold') {
    return refused('action', '"Hold" does not go with ScheduledDelivery: use Ship')
  }
  if (speed === 'ScheduledDelivery' && !deliveryWindow) {
    return refused('deliveryWindow', 'ScheduledDelivery has no delivery window: give from and to')
  }
  return ifGiven(
    deliveryWindow,
    ({ from, to }) => checkInstant('deliveryWindow.from', from) ?? checkInstant('deliveryWindow.to', to),
  )
}
