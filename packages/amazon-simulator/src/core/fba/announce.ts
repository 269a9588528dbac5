import { emitNotification } from '../notifications/emit-notification.ts'
import type { Listing } from '../records.ts'
import type { World } from '../world.ts'
import { fnskuOf } from './fnsku.ts'
import { poolOf } from './pool-of.ts'
import type { FbaPool } from './records.ts'
import { reservedUnits } from './reserved.ts'

/** Tells of Amazon's stock of a SKU, for every marketplace with an offer. */
export function announceFbaInventory(
  world: World,
  listing: Listing,
  what: { pools: readonly FbaPool[]; at: number },
): void {
  const reserved = reservedUnits(world, listing)
  const byMarketplace = listing.offers.map((offer) => {
    const name = poolOf(offer.marketplaceId)
    const pool = what.pools.find((candidate) => candidate.pool === name)
    return {
      MarketplaceId: offer.marketplaceId,
      ItemName: offer.title,
      FulfillmentInventory: inventoryIn(pool, reserved.get(`${name}|${listing.sku}`) ?? 0),
    }
  })
  const payload = {
    SellerId: listing.sellerId,
    FNSKU: fnskuOf(world, listing),
    ASIN: listing.offers[0]?.asin ?? '',
    SKU: listing.sku,
    FulfillmentInventoryByMarketplace: byMarketplace,
  }
  emitNotification(world, { seller: listing, type: 'FBA_INVENTORY_AVAILABILITY_CHANGES', payload, at: what.at })
}

function inventoryIn(pool: FbaPool | undefined, pendingCustomerOrder: number): Record<string, unknown> {
  return {
    InboundQuantityBreakdown: {
      Working: pool?.inboundWorking ?? 0,
      Shipped: pool?.inboundShipped ?? 0,
      Receiving: pool?.inboundReceiving ?? 0,
    },
    Fulfillable: pool?.fulfillable ?? 0,
    Unfulfillable: pool?.unfulfillable ?? 0,
    Researching: pool?.researching ?? 0,
    ReservedQuantityBreakdown: {
      WarehouseProcessing: pool?.fcProcessing ?? 0,
      WarehouseTransfer: pool?.pendingTransshipment ?? 0,
      PendingCustomerOrder: pendingCustomerOrder,
    },
    FutureSupplyBuyable: 0,
    PendingCustomerOrderInTransit: 0,
  }
}
