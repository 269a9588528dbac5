import { findListing, offerIn } from '../listings.ts'
import type { Listing } from '../records.ts'
import { isListedIn, submitWrite } from '../submission.ts'
import type { World } from '../world.ts'
import type { FeedMessage } from './feed-message.ts'
import type { Feed } from './feed-records.ts'

/** Brings one message to its listing, as a patch of that instant would. An unknown SKU has no effect, as with a patch. */
export function applyMessage(world: World, of: { feed: Feed; message: FeedMessage; at: number }): void {
  const { feed, message, at } = of
  if (message.isInvalid) return
  const { marketplaceIds } = feed
  const listing = findListing(world, feed, { sku: message.sku, now: at })
  if (!listing || !isListedIn(listing, marketplaceIds)) return
  if (!message.effect) return removeOffers(world, listing, of)
  if (message.operationType === 'UPDATE') dropOtherAttributes(listing, of)
  submitWrite(world, listing, {
    effect: message.effect,
    marketplaceIds,
    submissionId: `${feed.feedId}-${message.messageId}`,
    by: 'feed',
    at,
    behind: null,
  })
}

function removeOffers(world: World, listing: Listing, of: { feed: Feed; at: number }): void {
  listing.offers = listing.offers.filter(({ marketplaceId }) => !of.feed.marketplaceIds.includes(marketplaceId))
  listing.updatedAt = of.at
  if (listing.offers.length === 0) world.listings.remove(listing)
  else world.listings.save(listing)
}

/** UPDATE carries the whole item: what it does not name is gone. */
function dropOtherAttributes(listing: Listing, of: { feed: Feed; message: FeedMessage }): void {
  const named = new Set(of.message.effect?.attributes.map(({ name }) => name))
  for (const marketplaceId of of.feed.marketplaceIds) {
    const offer = offerIn(listing, marketplaceId)
    if (!offer) continue
    offer.attributes = Object.fromEntries(Object.entries(offer.attributes).filter(([name]) => named.has(name)))
  }
}
