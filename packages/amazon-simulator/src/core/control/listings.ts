import {
  announcing,
  editInSellerCentral,
  findListing,
  listListings,
  offerIn,
  statusOf,
  type SellerCentralEdit,
} from '../listings.ts'
import { findMarketplace } from '../marketplaces.ts'
import type { Availability, Listing, Money, Offer, Seller } from '../records.ts'
import { ControlRefusalError } from '../refusals.ts'
import { isoMillis } from '../times.ts'
import type { World } from '../world.ts'
import { Input } from './input.ts'
import { findSeller, sellerIn } from './sellers.ts'

/** One row of `GET /_sim/listings`: what was submitted, what is live, what waits. */
export interface ListingRow {
  sellerId: string
  region: string
  sku: string
  productType: string
  fulfillmentChannel: string
  marketplaceIds: string[]
  submitted: { quantity: number; leadTimeDays: number | null; restockDate: string | null; at: string; by: string }
  live: { quantity: number; leadTimeDays: number | null; restockDate: string | null; at: string }
  soldSinceSubmitted: number
  strandedUnits: number
  pendingWrites: { quantity: number | null; appliesAt: string; behindFeed: string | null }[]
  offers: {
    marketplaceId: string
    asin: string
    title: string
    price: Money | null
    closed: boolean
    status: string[]
    attributeQuantity: number | null
  }[]
}

/** Every listing, or those of one seller, or one. */
export function readListings(world: World, which: { sellerId?: string; sku?: string; now: number }): ListingRow[] {
  const { sellerId, sku, now } = which
  const sellers =
    sellerId === undefined
      ? [...world.sellers.all()]
      : [...world.sellers.all()].filter((seller) => seller.sellerId === sellerId)
  if (sellerId !== undefined && sellers.length === 0) findSeller(world, { sellerId })
  return sellers
    .flatMap((seller) =>
      sku === undefined ? listListings(world, seller, now) : (findListing(world, seller, { sku, now }) ?? []),
    )
    .map(listingRow)
}

const fields = [
  'sellerId',
  'region',
  'sku',
  'quantity',
  'leadTimeDays',
  'restockDate',
  'fulfillmentChannel',
  'marketplaceId',
  'asin',
  'title',
  'price',
  'closed',
  'productType',
] as const

/** A person in Seller Central changes a listing, or creates it. */
export function putListing(world: World, body: unknown, now: number): ListingRow {
  const input = new Input(body, fields)
  const seller = sellerIn(world, input)
  const sku = input.text('sku')
  if (Array.from(sku).length > 40) throw input.wrong('sku', 'must have at most 40 characters')
  const channel = input.optionalChoice('fulfillmentChannel', ['DEFAULT', `AMAZON_${seller.region}`] as const)
  const known = findListing(world, seller, { sku, now })
  const listing = known ?? newListing(seller, { sku, channel: channel ?? 'DEFAULT', now })
  // Read before anything is changed: a refusal must leave the listing as it was.
  const edit = readEdit(input, { ...(channel === undefined ? {} : { channel }), now })
  const productType = input.optionalText('productType')
  const change = (): void => {
    changeOffer(world, listing, { input, seller, isNew: !known, now })
    listing.productType = productType ?? listing.productType
    editInSellerCentral(world, listing, edit)
  }
  announcing(world, listing, { at: now, change })
  return listingRow(listing)
}

function readEdit(input: Input, given: Omit<SellerCentralEdit, 'availability'>): SellerCentralEdit {
  const availability: Partial<Availability> = {}
  const quantity = input.optionalWhole('quantity', 0)
  if (quantity !== undefined) availability.quantity = quantity
  if (input.has('leadTimeDays')) {
    const days = input.raw('leadTimeDays') === null ? null : input.whole('leadTimeDays', 1)
    if (days !== null && days > 30) throw input.wrong('leadTimeDays', 'must be from 1 to 30')
    availability.leadTimeDays = days
  }
  if (input.has('restockDate')) {
    const isNull = input.raw('restockDate') === null
    if (!isNull) input.optionalTime('restockDate')
    availability.restockDate = isNull ? null : input.text('restockDate')
  }
  return { ...given, availability }
}

interface OfferEdit {
  input: Input
  seller: Seller
  isNew: boolean
  now: number
}

function changeOffer(world: World, listing: Listing, edit: OfferEdit): void {
  const { input, seller, isNew, now } = edit
  const offerFields = ['asin', 'title', 'price', 'closed'].filter((name) => input.has(name))
  const marketplaceId = input.optionalText('marketplaceId')
  if (marketplaceId === undefined) {
    if (isNew) throw unknownSku(listing.sku)
    if (offerFields.length > 0) throw input.wrong('marketplaceId', `is needed with ${offerFields.join(', ')}`)
    return
  }
  if (!seller.marketplaceIds.includes(marketplaceId)) {
    throw input.wrong(
      'marketplaceId',
      `must be a marketplace of seller ${seller.sellerId}: ${seller.marketplaceIds.join(', ')}`,
    )
  }
  const price = readPrice(input, findMarketplace(marketplaceId)?.currency ?? '')
  const closed = input.has('closed') ? input.flag('closed', false) : undefined
  const asin = input.optionalText('asin')
  const title = input.optionalText('title')
  const offer = offerIn(listing, marketplaceId) ?? newOffer(world, listing, { input, marketplaceId, now })
  offer.asin = asin ?? offer.asin
  offer.title = title ?? offer.title
  if (price !== undefined) offer.price = price
  // A person's edit is submitted and live at once.
  if (title !== undefined) delete offer.attributes['item_name']
  if (price !== undefined) delete offer.attributes['purchasable_offer']
  if (closed !== undefined) offer.closed = closed
}

function newOffer(world: World, listing: Listing, of: { input: Input; marketplaceId: string; now: number }): Offer {
  const { input, marketplaceId, now } = of
  if (!input.has('asin') || !input.has('title')) throw unknownSku(listing.sku)
  const { quantity, leadTimeDays, restockDate } = listing.submitted
  const offer: Offer = {
    marketplaceId,
    asin: input.text('asin'),
    title: input.text('title'),
    price: { amount: '9.99', currency: findMarketplace(marketplaceId)?.currency ?? '' },
    closed: false,
    listingId: `${world.ids.digits('listing', 4)}ZZ${world.ids.hex('listing', 5).toUpperCase()}`,
    createdAt: now,
    attribute: { quantity, leadTimeDays, restockDate },
    attributes: {},
  }
  listing.offers.push(offer)
  return offer
}

function newListing(seller: Seller, of: { sku: string; channel: Listing['fulfillmentChannel']; now: number }): Listing {
  const nothing: Availability = { quantity: 0, leadTimeDays: null, restockDate: null }
  return {
    sellerId: seller.sellerId,
    region: seller.region,
    sku: of.sku,
    productType: 'PRODUCT',
    fulfillmentChannel: of.channel,
    submitted: { ...nothing, at: of.now, by: 'seller-central' },
    live: { ...nothing, at: of.now },
    soldSinceSubmitted: 0,
    strandedUnits: 0,
    pendingWrites: [],
    offers: [],
    updatedAt: of.now,
  }
}

function readPrice(input: Input, currency: string): Money | undefined {
  const price = input.raw('price')
  if (price === undefined) return undefined
  const amount: unknown = typeof price === 'object' && price !== null && 'amount' in price ? price.amount : price
  const named: unknown = typeof price === 'object' && price !== null && 'currency' in price ? price.currency : currency
  if (named !== currency) throw input.wrong('price', `must be in ${currency}, the marketplace's currency`)
  const text = typeof amount === 'number' ? amount.toFixed(2) : amount
  if (typeof text !== 'string' || !/^\d+(\.\d+)?$/.test(text))
    throw input.wrong('price', 'must be {"amount":"9.99","currency":"…"}')
  return { amount: text, currency }
}

function unknownSku(sku: string): ControlRefusalError {
  const message = `'${sku}' has no offer there: to create one send marketplaceId, asin and title`
  return new ControlRefusalError(404, { code: 'NOT_FOUND', field: 'sku', message })
}

/** A listing as the control API shows it. */
export function listingRow(listing: Listing): ListingRow {
  const { at: submittedAt, ...submitted } = listing.submitted
  const { at: liveAt, ...live } = listing.live
  return {
    sellerId: listing.sellerId,
    region: listing.region,
    sku: listing.sku,
    productType: listing.productType,
    fulfillmentChannel: listing.fulfillmentChannel,
    marketplaceIds: listing.offers.map((offer) => offer.marketplaceId),
    submitted: { ...submitted, at: isoMillis(submittedAt) },
    live: { ...live, at: isoMillis(liveAt) },
    soldSinceSubmitted: listing.soldSinceSubmitted,
    strandedUnits: listing.strandedUnits,
    pendingWrites: listing.pendingWrites.map((write) => ({
      quantity: write.availability?.quantity ?? null,
      appliesAt: isoMillis(write.appliesAt),
      behindFeed: write.behindFeed,
    })),
    offers: listing.offers.map((offer) => ({
      marketplaceId: offer.marketplaceId,
      asin: offer.asin,
      title: offer.title,
      price: offer.price,
      closed: offer.closed,
      status: statusOf(listing, offer),
      attributeQuantity: offer.attribute?.quantity ?? null,
    })),
  }
}
