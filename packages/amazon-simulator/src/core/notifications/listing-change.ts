import type { Listing } from '../records.ts'
import { isoMillis } from '../times.ts'
import type { World } from '../world.ts'
import { emitNotification } from './emit-notification.ts'

/** What buyers see of a listing at one moment. */
export interface ListingGlimpse {
  quantity: number
  isOwnStock: boolean
  /** By marketplace. */
  statuses: Map<string, readonly string[]>
}

/** Tells of a changed quantity of the seller's own stock, and of each offer whose status changed with it. */
export function announceListing(
  world: World,
  listing: Listing,
  change: { before: ListingGlimpse; after: ListingGlimpse; at: number },
): void {
  const { before, after, at } = change
  if (after.isOwnStock && (before.quantity !== after.quantity || !before.isOwnStock)) {
    const payload = {
      SellerId: listing.sellerId,
      FulfillmentChannelCode: 'DEFAULT',
      Sku: listing.sku,
      Quantity: after.quantity,
    }
    emitNotification(world, { seller: listing, type: 'LISTINGS_ITEM_MFN_QUANTITY_CHANGE', payload, at })
  }
  for (const offer of listing.offers) {
    const status = after.statuses.get(offer.marketplaceId) ?? []
    if (before.statuses.get(offer.marketplaceId)?.join(' ') === status.join(' ')) continue
    const payload = {
      SellerId: listing.sellerId,
      MarketplaceId: offer.marketplaceId,
      Asin: offer.asin,
      Sku: listing.sku,
      CreatedDate: isoMillis(offer.createdAt),
      Status: status,
    }
    const where = { marketplaceId: offer.marketplaceId }
    emitNotification(world, { seller: listing, type: 'LISTINGS_ITEM_STATUS_CHANGE', payload, at, ...where })
  }
}
