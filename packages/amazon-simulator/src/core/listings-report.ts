import { listListings, offerIn, statusOf } from './listings.ts'
import type { Listing, Offer, Seller } from './records.ts'
import type { World } from './world.ts'

/** The columns of GET_MERCHANT_LISTINGS_ALL_DATA, in Amazon's order. Source: "Inventory reports attributes". */
export const listingsReportColumns = [
  'item-name',
  'item-description',
  'listing-id',
  'seller-sku',
  'price',
  'quantity',
  'open-date',
  'image-url',
  'item-is-marketplace',
  'product-id-type',
  'zshop-shipping-fee',
  'item-note',
  'item-condition',
  'zshop-category1',
  'zshop-browse-path',
  'zshop-storefront-feature',
  'asin1',
  'asin2',
  'asin3',
  'will-ship-internationally',
  'expedited-shipping',
  'zshop-boldface',
  'product-id',
  'bid-for-featured-placement',
  'add-delete',
  'pending-quantity',
  'fulfillment-channel',
  'merchant-shipping-group',
  'status',
] as const
type Column = (typeof listingsReportColumns)[number]

/** All listings of one marketplace, active and not, tab-delimited. Undefined when there is none: the report is cancelled. */
export function listingsReport(
  world: World,
  seller: Seller,
  of: { marketplaceId: string; now: number },
): string | undefined {
  const rows = listListings(world, seller, of.now).flatMap((listing) => {
    const offer = offerIn(listing, of.marketplaceId)
    return offer ? [rowOf(listing, offer)] : []
  })
  if (rows.length === 0) return undefined
  const lines = rows.map((row) => listingsReportColumns.map((column) => cell(row[column] ?? '')).join('\t'))
  return [listingsReportColumns.join('\t'), ...lines, ''].join('\n')
}

function rowOf(listing: Listing, offer: Offer): Partial<Record<Column, string>> {
  const isOwn = listing.fulfillmentChannel === 'DEFAULT'
  return {
    'item-name': offer.title,
    'listing-id': offer.listingId,
    'seller-sku': listing.sku,
    price: offer.price?.amount ?? '',
    // Amazon leaves the quantity of FBA offers empty.
    quantity: isOwn ? String(listing.live.quantity) : '',
    'open-date': `${new Date(offer.createdAt).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    'item-is-marketplace': 'y',
    'product-id-type': '1',
    'item-condition': '11',
    asin1: offer.asin,
    'product-id': offer.asin,
    'pending-quantity': '0',
    'fulfillment-channel': listing.fulfillmentChannel,
    'merchant-shipping-group': 'Migrated Template',
    status: statusOf(listing, offer).includes('BUYABLE') ? 'Active' : 'Inactive',
  }
}

function cell(text: string): string {
  return text.replaceAll(/[\t\r\n]/g, ' ')
}
