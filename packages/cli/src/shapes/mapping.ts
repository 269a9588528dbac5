import type {
  Listing,
  ListListingsResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'

import { isoTime, jsonNumberOrNull, textOrNull } from './values.ts'

/** The linked item, or null. */
export const linkedItemShape = (listing: Listing) =>
  listing.itemId === '' ? null : { id: listing.itemId, sku: listing.itemSku }

/** A listing of mapping list. */
export const listingShape = (listing: Listing) => ({
  id: listing.id,
  sku: listing.channelSku,
  asin: textOrNull(listing.asin),
  title: textOrNull(listing.title),
  fba: listing.fba,
  ignore_sync: listing.ignoreSync,
  status: listing.active ? 'active' : 'inactive',
  linked_item: linkedItemShape(listing),
  update_date: isoTime(listing.updateDate),
  last_update: isoTime(listing.lastUpdate),
  qty: jsonNumberOrNull(listing.acceptedQuantity),
})

/** mapping list. */
export const mappingShape = (mapping: ListListingsResponse) => ({
  account: { id: mapping.accountId, name: mapping.accountName },
  active: mapping.active,
  linked: mapping.linked,
  unlinked: mapping.unlinked,
  report: { state: textOrNull(mapping.reportState), at: isoTime(mapping.reportAt) },
  listings: mapping.listings.map(listingShape),
  next_page_token: textOrNull(mapping.nextPageToken),
})
