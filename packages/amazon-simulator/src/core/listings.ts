import { announceListing, type ListingGlimpse } from './notifications/listing-change.ts'
import type { Availability, FulfilledBy, Listing, Offer, PendingWrite, Seller } from './records.ts'
import { listingKeyOf, sellerKeyOf, type World } from './world.ts'

/** The listing with this exact SKU as it is now: submissions that are due have landed. */
export function findListing(
  world: World,
  owner: Pick<Seller, 'sellerId' | 'region'>,
  which: { sku: string; now: number },
) {
  const listing = world.listings.find(listingKeyOf({ ...owner, sku: which.sku }))
  if (listing) land(world, listing, which.now)
  return listing
}

/** All listings of a seller as they are now, by SKU. */
export function listListings(world: World, owner: Pick<Seller, 'sellerId' | 'region'>, now: number): Listing[] {
  const listings = world.listings.inGroup(sellerKeyOf(owner))
  for (const listing of listings) land(world, listing, now)
  return listings.toSorted((a, b) => (a.sku < b.sku ? -1 : 1))
}

/** Applies every submission that is due, oldest first. Each overwrites what is live, sales in between included. */
export function land(world: World, listing: Listing, now: number): void {
  for (let next = listing.pendingWrites[0]; next && isDue(next, now); next = listing.pendingWrites[0]) {
    const write = next
    listing.pendingWrites.shift()
    announcing(world, listing, { at: write.appliesAt, change: () => applyWrite(listing, write) })
    world.listings.save(listing)
  }
}

/** A write that waits behind a feed is due only after the feed has let it go. */
function isDue(write: PendingWrite, now: number): boolean {
  return write.behindFeed === null && write.appliesAt <= now
}

function applyWrite(listing: Listing, write: PendingWrite): void {
  if (write.channel !== null) changeChannel(listing, write.channel, write.appliesAt)
  // Without a channel the write takes the seller's own availability away; Amazon's stock is not the seller's to change.
  if (write.availability && listing.fulfillmentChannel === 'DEFAULT') {
    Object.assign(listing.live, write.availability, { at: write.appliesAt })
  }
  for (const change of write.offers) {
    const offer = offerIn(listing, change.marketplaceId)
    if (!offer) continue
    if (change.price !== undefined) offer.price = change.price
    if (change.title !== undefined) offer.title = change.title
  }
  listing.updatedAt = write.appliesAt
}

/**
 * Changes who fulfils a SKU. Units in Amazon's warehouse stay there without an offer: stranded.
 * A quantity written to an FBA SKU under the channel DEFAULT does this on Amazon, too.
 */
export function changeChannel(listing: Listing, channel: Listing['fulfillmentChannel'], at: number): void {
  if (listing.fulfillmentChannel === channel) return
  if (channel === 'DEFAULT') listing.strandedUnits += listing.live.quantity
  const quantity = channel === 'DEFAULT' ? 0 : listing.strandedUnits
  if (channel !== 'DEFAULT') listing.strandedUnits = 0
  listing.fulfillmentChannel = channel
  Object.assign(listing.live, { quantity, leadTimeDays: null, restockDate: null, at })
}

/** The listing's offer in a marketplace. */
export function offerIn(listing: Listing, marketplaceId: string): Offer | undefined {
  return listing.offers.find((offer) => offer.marketplaceId === marketplaceId)
}

/** BUYABLE needs stock, DISCOVERABLE an open offer. Quantity 0 takes a SKU off sale in every marketplace at once. */
export function statusOf(listing: Listing, offer: Offer): ('BUYABLE' | 'DISCOVERABLE')[] {
  if (offer.closed) return []
  return listing.live.quantity > 0 ? ['BUYABLE', 'DISCOVERABLE'] : ['DISCOVERABLE']
}

/** Who fulfils an order for this listing. */
export function fulfilledByOf(listing: Listing): FulfilledBy {
  return listing.fulfillmentChannel === 'DEFAULT' ? 'MERCHANT' : 'AMAZON'
}

/** Units sold: what buyers see falls at once, never below 0. */
export function sell(world: World, listing: Listing, sale: { units: number; now: number }): void {
  const change = (): void => {
    listing.live.quantity = Math.max(0, listing.live.quantity - sale.units)
  }
  announcing(world, listing, { at: sale.now, change })
  listing.live.at = sale.now
  listing.soldSinceSubmitted += sale.units
  world.listings.save(listing)
}

/** Units of a cancelled order go back on sale. `soldSinceSubmitted` keeps counting them as sold. */
export function restock(world: World, listing: Listing, returned: { units: number; now: number }): void {
  const change = (): void => {
    listing.live.quantity += returned.units
  }
  announcing(world, listing, { at: returned.now, change })
  listing.live.at = returned.now
  world.listings.save(listing)
}

/** Makes a change and tells what buyers see differently after it. */
export function announcing(world: World, listing: Listing, what: { at: number; change: () => void }): void {
  const before = glimpse(listing)
  what.change()
  announceListing(world, listing, { before, after: glimpse(listing), at: what.at })
}

function glimpse(listing: Listing): ListingGlimpse {
  const statuses = listing.offers.map((offer) => [offer.marketplaceId, statusOf(listing, offer)] as const)
  const isOwnStock = listing.fulfillmentChannel === 'DEFAULT'
  return { quantity: listing.live.quantity, isOwnStock, statuses: new Map(statuses) }
}

/** What a person changes in Seller Central. */
export interface SellerCentralEdit {
  availability: Partial<Availability>
  channel?: Listing['fulfillmentChannel']
  now: number
}

/** An edit in Seller Central: live and submitted change at once in every marketplace, submissions that wait are void. */
export function editInSellerCentral(world: World, listing: Listing, edit: SellerCentralEdit): void {
  const { availability, channel, now } = edit
  if (channel !== undefined) changeChannel(listing, channel, now)
  if (channel !== undefined || Object.keys(availability).length > 0) {
    Object.assign(listing.live, availability, { at: now })
    const { at: _at, ...live } = listing.live
    listing.submitted = { ...live, at: now, by: 'seller-central' }
    for (const offer of listing.offers) offer.attribute = { ...live }
    listing.soldSinceSubmitted = 0
  }
  listing.pendingWrites = []
  listing.updatedAt = now
  world.listings.save(listing)
}
