import { UnprocessableMessageError, type Consumer } from '@lockstep/bus/consumer'
import type { Clock } from '@lockstep/contracts/clock'
import { ListingEvent } from '@lockstep/contracts/generated/lockstep/channel/v1/channel_events.ts'
import type { Ids } from '@lockstep/contracts/ids'
import { subjects } from '@lockstep/contracts/subjects'
import type { Kysely } from 'kysely'
import { linkLines } from '../commands/link-lines.ts'
import type { OrderDownloadDb } from '../store/tables.ts'

/** Gives the item to unlinked lines of open orders when their listing is linked. No inbox: lines that have an item keep it. */
export function onListingLinked(deps: { db: Kysely<OrderDownloadDb>; ids: Ids; clock: Clock }): Consumer<ListingEvent> {
  return {
    durable: 'order-download-lines-on-linked',
    filter: subjects.listing.allLinked,
    decode: (data) => ListingEvent.decode(data),
    async handle(event, { log }) {
      if (event.itemId === '') throw new UnprocessableMessageError('the event names no item')
      const changed = await linkLines(deps, {
        connectionId: event.connectionId,
        marketplaceId: event.marketplaceId,
        channelSku: event.channelSku,
        listingId: event.listingId,
        itemId: event.itemId,
        itemSku: event.itemSku,
        orderLocationId: event.orderLocationId || null,
      })
      if (changed > 0) log.info({ listing_id: event.listingId, orders: changed }, 'order lines linked')
    },
  }
}
