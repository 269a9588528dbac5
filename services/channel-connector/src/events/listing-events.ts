import { ListingEvent } from '@lockstep/contracts/generated/lockstep/channel/v1/channel_events.ts'
import type { Ids } from '@lockstep/contracts/ids'
import { subjects } from '@lockstep/contracts/subjects'
import { enqueue } from '@lockstep/postgres/outbox'
import type { Transaction } from 'kysely'
import type { ChannelDb } from '../store/database.ts'
import type { Listing } from '../store/listings.ts'
import type { RecomputeCause } from '../store/pipeline-tables.ts'

/** Announces that a listing was linked or unlinked, with the transaction of the change. */
export async function announceLink(
  tx: Transaction<ChannelDb>,
  ids: Ids,
  news: { listing: Listing; orderLocationId: string | null; cause: RecomputeCause },
): Promise<void> {
  const { listing, orderLocationId, cause } = news
  const verb = listing.itemId === null ? 'unlinked' : 'linked'
  await enqueue(tx, {
    id: ids.next('evt'),
    subject: subjects.listing[verb](listing.accountId, listing.id),
    payload: ListingEvent.toJSON({
      listingId: listing.id,
      accountId: listing.accountId,
      connectionId: listing.connectionId,
      marketplaceId: listing.marketplaceId,
      channelSku: listing.channelSku,
      itemId: listing.itemId ?? '',
      itemSku: listing.itemSku ?? '',
      orderLocationId: orderLocationId ?? '',
      version: 0n,
      cause,
      at: new Date(),
    }),
  })
}
