/** Who ships an order: the seller, or Amazon from its own warehouses. */
export type FulfilledBy = 'MERCHANT' | 'AMAZON'

/** Where an order stands with us. */
export type OrderState = 'parked' | 'open' | 'processed' | 'cancelled'

/** What a person should look at although the order was taken in. */
export type OrderFinding = 'UNKNOWN_STATUS' | 'NO_ACCOUNT'

export interface Money {
  /** In the smallest unit of the currency. */
  minor: number
  currency: string
}

/** Where a line belongs. Fixed once the item is known. */
export interface LinePlace {
  listingId: string | null
  itemId: string | null
  itemSku: string | null
  locationId: string | null
}

export interface OrderLine extends LinePlace {
  id: string
  channelLineId: string
  channelSku: string
  title: string
  /** Units that concern us: without those shipped before the account's go-live. */
  ordered: number
  cancelled: number
  /** Units that Amazon shows as shipped since go-live. */
  fulfilledOnAmazon: number
  /** Units Amazon had shipped when the order was first seen, from before go-live: they are in neither figure above. */
  shippedBeforeGoLive: number
  /** Units that left by our own despatches. */
  despatched: number
  /** Unknown stays null; it never becomes 0. */
  price: Money | null
}

export interface Order {
  id: string
  sellerId: string
  channelOrderId: string
  connectionId: string
  accountId: string | null
  marketplace: string
  marketplaceId: string
  fulfilledBy: FulfilledBy
  channelStatus: string
  state: OrderState
  locationId: string | null
  revision: number
  createdAt: Date
  channelUpdatedAt: Date
  receivedAt: Date
  shipBy: Date | null
  buyerCancelRequested: boolean
  beforeGoLive: boolean
  programs: string[]
  finding: OrderFinding | null
  lines: OrderLine[]
}

/** FBA orders are recorded apart from those that are despatched here. */
export function folderOf(order: Pick<Order, 'fulfilledBy'>): 'FBM' | 'FBA' {
  return order.fulfilledBy === 'AMAZON' ? 'FBA' : 'FBM'
}
