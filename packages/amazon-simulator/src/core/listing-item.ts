import type { ItemDataset } from './item-datasets.ts'
import { offerIn, statusOf } from './listings.ts'
import { findMarketplace } from './marketplaces.ts'
import type { Listing, Offer } from './records.ts'
import { isoSeconds } from './times.ts'

/**
 * A listing as Amazon shows it for the given marketplaces.
 * `attributes` is what was last submitted there, the other datasets what Amazon holds.
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
  attributes['item_name'] = offers.flatMap((offer) => offer.attributes['item_name'] ?? [nameAttribute(offer)])
  attributes['purchasable_offer'] = offers.flatMap(
    (offer) => offer.attributes['purchasable_offer'] ?? priceAttributes(offer),
  )
  attributes['fulfillment_availability'] = offers.map((offer) => availabilityAttribute(listing, offer))
  return attributes
}

function nameAttribute({ title, marketplaceId }: Offer): Record<string, unknown> {
  return { value: title, language_tag: findMarketplace(marketplaceId)?.language, marketplace_id: marketplaceId }
}

function priceAttributes({ price, marketplaceId }: Offer): Record<string, unknown>[] {
  if (!price) return []
  const schedule = [{ value_with_tax: Number(price.amount) }]
  return [{ marketplace_id: marketplaceId, currency: price.currency, audience: 'ALL', our_price: [{ schedule }] }]
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
