import { offerIn, statusOf } from './listings.ts'
import { findMarketplace } from './marketplaces.ts'
import type { Listing, Offer } from './records.ts'
import { isoSeconds } from './times.ts'

/** The datasets of getListingsItem and searchListingsItems. */
export const itemDatasets = [
  'summaries',
  'attributes',
  'issues',
  'offers',
  'fulfillmentAvailability',
  'procurement',
  'relationships',
  'productTypes',
] as const
export type ItemDataset = (typeof itemDatasets)[number]

/**
 * A listing as Amazon shows it for the given marketplaces.
 * `attributes.fulfillment_availability` is what was last submitted there, `fulfillmentAvailability` what Amazon holds.
 */
export function itemView(
  listing: Listing,
  marketplaceIds: readonly string[],
  datasets: readonly ItemDataset[],
): Record<string, unknown> {
  const offers = marketplaceIds.flatMap((id) => offerIn(listing, id) ?? [])
  const view: Record<string, unknown> = { sku: listing.sku }
  for (const dataset of datasets) view[dataset] = datasetOf[dataset](listing, offers)
  return view
}

const datasetOf: Record<ItemDataset, (listing: Listing, offers: Offer[]) => unknown> = {
  summaries: (listing, offers) => offers.map((offer) => summaryOf(listing, offer)),
  attributes: attributesOf,
  issues: () => [],
  offers: (_listing, offers) =>
    offers.flatMap(({ marketplaceId, price }) =>
      price ? [{ marketplaceId, offerType: 'B2C', price: { currencyCode: price.currency, amount: price.amount } }] : [],
    ),
  fulfillmentAvailability: (listing) => [
    { fulfillmentChannelCode: listing.fulfillmentChannel, quantity: listing.live.quantity },
  ],
  procurement: () => [],
  relationships: (_listing, offers) => offers.map(({ marketplaceId }) => ({ marketplaceId, relationships: [] })),
  productTypes: (listing, offers) =>
    offers.map(({ marketplaceId }) => ({ marketplaceId, productType: listing.productType })),
}

function summaryOf(listing: Listing, offer: Offer): Record<string, unknown> {
  return {
    marketplaceId: offer.marketplaceId,
    asin: offer.asin,
    productType: listing.productType,
    conditionType: 'new_new',
    status: statusOf(listing, offer),
    itemName: offer.title,
    createdDate: isoSeconds(offer.createdAt),
    lastUpdatedDate: isoSeconds(listing.updatedAt),
  }
}

function attributesOf(listing: Listing, offers: Offer[]): Record<string, unknown> {
  const attributes: Record<string, unknown> = {}
  for (const name of new Set(offers.flatMap((offer) => Object.keys(offer.attributes)))) {
    attributes[name] = offers.flatMap((offer) => offer.attributes[name] ?? [])
  }
  attributes['item_name'] = offers.map(({ title, marketplaceId }) => ({
    value: title,
    language_tag: findMarketplace(marketplaceId)?.language,
    marketplace_id: marketplaceId,
  }))
  attributes['purchasable_offer'] = offers.flatMap(({ price, marketplaceId }) =>
    price ? [priceAttribute(marketplaceId, price.amount, price.currency)] : [],
  )
  attributes['fulfillment_availability'] = offers.map((offer) => availabilityAttribute(listing, offer))
  return attributes
}

function priceAttribute(marketplaceId: string, amount: string, currency: string): Record<string, unknown> {
  const schedule = [{ value_with_tax: Number(amount) }]
  return { marketplace_id: marketplaceId, currency, audience: 'ALL', our_price: [{ schedule }] }
}

function availabilityAttribute(listing: Listing, offer: Offer): Record<string, unknown> {
  const code = { fulfillment_channel_code: listing.fulfillmentChannel, marketplace_id: offer.marketplaceId }
  if (listing.fulfillmentChannel !== 'DEFAULT' || !offer.attribute) return code
  const { quantity, leadTimeDays, restockDate } = offer.attribute
  return {
    ...code,
    quantity,
    ...(leadTimeDays === null ? {} : { lead_time_to_ship_max_days: leadTimeDays }),
    ...(restockDate === null ? {} : { restock_date: restockDate }),
  }
}
