import type { Money } from './orders.ts'

// Source of every shape here: SP-API, Listings Items 2021-08-01, patchListingsItem; a listings feed holds the same patches.

/** A quantity of the merchant's own channel. It holds in every marketplace, whatever the request names. */
export interface QuantityChange {
  readonly kind: 'quantity'
  readonly quantity: number
  readonly leadTimeDays: number | null
  /** `merge` leaves what is not named as it is; `replace` clears lead time and restock date. */
  readonly op: 'merge' | 'replace'
}

/** The price of one marketplace's offer. */
export interface PriceChange {
  readonly kind: 'price'
  readonly marketplaceId: string
  readonly price: Money
}

/** A text of one marketplace's offer, in one language. */
export interface TextChange {
  readonly kind: 'title' | 'description'
  readonly marketplaceId: string
  /** As Amazon writes it: en_GB. */
  readonly languageTag: string
  readonly text: string
}

/** One thing to change about a listing. */
export type ListingChange = QuantityChange | PriceChange | TextChange

/** A change as Amazon takes it: only whole attributes can be addressed. */
export interface AttributePatch {
  readonly op: 'merge' | 'replace'
  readonly path: string
  readonly value: readonly Readonly<Record<string, unknown>>[]
}

const attributes = {
  quantity: '/attributes/fulfillment_availability',
  price: '/attributes/purchasable_offer',
  title: '/attributes/item_name',
  description: '/attributes/product_description',
} as const

/** The patch of one change. Throws a RangeError for a price that is no decimal number above 0: nothing may guess one. */
export function patchOf(change: ListingChange): AttributePatch {
  const path = attributes[change.kind]
  switch (change.kind) {
    case 'quantity':
      return { op: change.op, path, value: [availabilityOf(change)] }
    case 'price':
      return { op: 'merge', path, value: [offerOf(change)] }
    case 'title':
    case 'description': {
      const { marketplaceId, languageTag, text } = change
      return { op: 'replace', path, value: [{ marketplace_id: marketplaceId, language_tag: languageTag, value: text }] }
    }
    default:
      return change satisfies never
  }
}

/** Whether a change counts as one of product data, which all sellers of an application share a limit for. Source: Listings Items rate page. */
export function isProductData(change: ListingChange): boolean {
  return change.kind === 'title' || change.kind === 'description'
}

function availabilityOf({ quantity, leadTimeDays }: QuantityChange): Record<string, unknown> {
  return {
    fulfillment_channel_code: 'DEFAULT',
    quantity,
    ...(leadTimeDays === null ? {} : { lead_time_to_ship_max_days: leadTimeDays }),
  }
}

/** Merged, so that a sale price and the bounds for repricing stay. A JSON number is what Amazon asks for here. */
function offerOf({ marketplaceId, price }: PriceChange): Record<string, unknown> {
  const value = /^\d+(\.\d+)?$/.test(price.amount) ? Number(price.amount) : 0
  if (!(value > 0 && Number.isFinite(value))) {
    throw new RangeError(`"${price.amount}" is no price: a decimal number above 0 is needed`)
  }
  return {
    marketplace_id: marketplaceId,
    currency: price.currency,
    our_price: [{ schedule: [{ value_with_tax: value }] }],
  }
}
