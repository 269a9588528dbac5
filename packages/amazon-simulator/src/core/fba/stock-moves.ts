import { restock, sell } from '../listings.ts'
import { hasSubscription } from '../notifications/emit-notification.ts'
import type { Listing } from '../records.ts'
import type { World } from '../world.ts'
import { announceFbaInventory } from './announce.ts'
import { drawFromPool, poolsOf } from './pools.ts'

/** Units of Amazon's stock are sold in a marketplace, or come back when negative. */
export function moveFbaUnits(
  world: World,
  listing: Listing,
  move: { marketplaceId: string; units: number; now: number },
): void {
  drawFromPool(world, listing, move)
  if (move.units > 0) sell(world, listing, { units: move.units, now: move.now })
  else restock(world, listing, { units: -move.units, now: move.now })
  if (hasSubscription(world, listing, 'FBA_INVENTORY_AVAILABILITY_CHANGES'))
    announceFbaInventory(world, listing, { pools: poolsOf(world, listing), at: move.now })
}
