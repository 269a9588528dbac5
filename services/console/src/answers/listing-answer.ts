import type { Listing } from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'

import { chainStages, type ChainFacts, type SendingFacts, type StageFacts } from '../domain/chain-stages.ts'
import type { ItemReference, ListingAnswer } from '../wire/listing.ts'
import { instant, textOrNull, unitsOrNull } from './values.ts'

/** What inventory knows of a listing's item in the locations of its account. */
export interface StockFacts {
  readonly ledger: StageFacts
  readonly available: StageFacts
}

/** A listing with the stages of its number. */
export function listingAnswer(listing: Listing, stock: StockFacts | undefined): ListingAnswer {
  return {
    id: listing.id,
    channelSku: listing.channelSku,
    asin: listing.asin,
    title: listing.title,
    fba: listing.fba,
    ignoreSync: listing.ignoreSync,
    active: listing.active,
    item: linkedItem(listing),
    state: listing.state,
    reason: textOrNull(listing.reason),
    chain: chainStages(chainFacts(listing, stock)),
  }
}

/** The item a listing is linked to. */
export const linkedItem = ({ itemId, itemSku }: Pick<Listing, 'itemId' | 'itemSku'>): ItemReference | null =>
  itemId === '' ? null : { id: itemId, sku: itemSku }

/** A list tells no versions: a stage that is not older than the wanted number is about that number. */
function chainFacts(listing: Listing, stock: StockFacts | undefined): ChainFacts {
  const { desiredQuantity, updateDate, scheduledAt, submittedAt, lastUpdate, seenAt } = listing
  const wanted = unitsOrNull(desiredQuantity)
  const sending = (at: Date | undefined, quantity: number | null): SendingFacts | null =>
    at ? { at: instant(at), quantity, isCurrent: updateDate === undefined || at >= updateDate } : null
  return {
    state: listing.state,
    reason: textOrNull(listing.reason),
    ledger: stock?.ledger ?? null,
    available: stock?.available ?? null,
    desired: wanted === null ? null : { quantity: wanted, at: instant(updateDate) },
    scheduled: sending(scheduledAt, null),
    submitted: sending(submittedAt, null),
    accepted: sending(lastUpdate, unitsOrNull(listing.acceptedQuantity)),
    seen: sending(seenAt, unitsOrNull(listing.seenQuantity)),
  }
}
