import type { Clock } from '@lockstep/contracts/clock'
import type { Ids } from '@lockstep/contracts/ids'
import type { Kysely } from 'kysely'
import { lockOrders } from '../store/orders.ts'
import { listOrdersToLink } from '../store/resolutions.ts'
import type { OrderDownloadDb } from '../store/tables.ts'
import { placeOrderLines } from './place-order-lines.ts'

/** A listing that was linked to an item. */
export interface LinkedListing {
  connectionId: string
  marketplaceId: string
  channelSku: string
  listingId: string
  itemId: string
  itemSku: string
  orderLocationId: string | null
}

/** Orders written in one transaction. */
const ORDERS_AT_ONCE = 100

/** Gives the item to unlinked lines of unfinished orders. Lines that have one keep it, so a repeat changes nothing. Answers how many orders changed. */
export async function linkLines(
  deps: { db: Kysely<OrderDownloadDb>; ids: Ids; clock: Clock },
  linked: LinkedListing,
): Promise<number> {
  let total = 0
  for (;;) {
    const changed = await deps.db.transaction().execute(async (tx) => {
      const orderIds = await listOrdersToLink(tx, { ...linked, limit: ORDERS_AT_ONCE })
      const orders = await lockOrders(tx, orderIds)
      return placeOrderLines(deps, tx, {
        orders,
        because: {
          at: deps.clock.now(),
          cause: `listing ${linked.listingId} linked`,
          placementOf: () => ({ account: null, placeOf: (sku) => (sku === linked.channelSku ? linked : undefined) }),
        },
      })
    })
    total += changed
    if (changed < ORDERS_AT_ONCE) return total
  }
}
