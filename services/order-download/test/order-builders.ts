import type { AmazonOrder, AmazonOrderLine } from '../src/domain/amazon-order.ts'
import type { Order, OrderLine } from '../src/domain/order.ts'
import type { Arrival } from '../src/domain/take-in.ts'

/** One line as Amazon shows it: one unit of SKU-1 at 9.99 GBP, nothing shipped. */
export function anAmazonLine(given: Partial<AmazonOrderLine> = {}): AmazonOrderLine {
  return {
    channelLineId: '1',
    channelSku: 'SKU-1',
    title: 'A thing',
    quantityOrdered: 1,
    quantityFulfilled: 0,
    quantityUnfulfilled: given.quantityOrdered ?? 1,
    price: { minor: 999, currency: 'GBP' },
    buyerCancelRequested: false,
    ...given,
  }
}

/** An unshipped order of the seller's own stock in the UK. */
export function anAmazonOrder(given: Partial<AmazonOrder> = {}): AmazonOrder {
  return {
    channelOrderId: '202-0000001-0000001',
    marketplaceId: 'A1F83G8C2ARO7P',
    marketplace: 'UK',
    createdAt: new Date('2026-11-21T10:00:00Z'),
    updatedAt: new Date('2026-11-21T10:00:00Z'),
    status: 'UNSHIPPED',
    fulfilledBy: 'MERCHANT',
    shipBy: null,
    programs: [],
    lines: [anAmazonLine()],
    ...given,
  }
}

/** A live account whose lines are all linked. */
export function anArrival(given: Partial<Arrival> = {}): Arrival {
  let last = 0
  return {
    sellerId: 'A1DEMO0000EU',
    connectionId: 'con_1',
    account: { id: 'acc_1', marketplace: 'UK', goLiveAt: new Date('2026-11-01T00:00:00Z') },
    now: new Date('2026-11-21T10:05:00Z'),
    newId: (prefix) => `${prefix}_${(last += 1)}`,
    placeOf: (sku) => ({ listingId: `lst_${sku}`, itemId: `itm_${sku}`, itemSku: sku, orderLocationId: 'loc_1' }),
    ...given,
  }
}

/** A stored line of one open unit. */
export function aLine(given: Partial<OrderLine> = {}): OrderLine {
  return {
    id: 'oln_1',
    channelLineId: '1',
    channelSku: 'SKU-1',
    title: 'A thing',
    listingId: 'lst_SKU-1',
    itemId: 'itm_SKU-1',
    itemSku: 'SKU-1',
    locationId: 'loc_1',
    ordered: 1,
    cancelled: 0,
    fulfilledOnAmazon: 0,
    shippedBeforeGoLive: 0,
    despatched: 0,
    price: { minor: 999, currency: 'GBP' },
    ...given,
  }
}

/** A stored open order. */
export function anOrder(given: Partial<Order> = {}): Order {
  return {
    id: 'ord_1',
    sellerId: 'A1DEMO0000EU',
    channelOrderId: '202-0000001-0000001',
    connectionId: 'con_1',
    accountId: 'acc_1',
    marketplace: 'UK',
    marketplaceId: 'A1F83G8C2ARO7P',
    fulfilledBy: 'MERCHANT',
    channelStatus: 'UNSHIPPED',
    state: 'open',
    locationId: 'loc_1',
    revision: 1,
    createdAt: new Date('2026-11-21T10:00:00Z'),
    channelUpdatedAt: new Date('2026-11-21T10:00:00Z'),
    receivedAt: new Date('2026-11-21T10:05:00Z'),
    shipBy: null,
    buyerCancelRequested: false,
    beforeGoLive: false,
    programs: [],
    finding: null,
    lines: [aLine()],
    ...given,
  }
}
