import { announcing } from '../listings.ts'
import type { Listing } from '../records.ts'
import { listingKeyOf, type World } from '../world.ts'
import { announceFbaInventory } from './announce.ts'
import { poolOf } from './pool-of.ts'
import type { FbaNumbers, FbaPool } from './records.ts'

/**
 * The pools of a SKU as they are now. What buyers can order of an FBA listing, and what lies stranded of another, is
 * in the listing already; a difference, such as an edit in Seller Central, counts for the first pool.
 */
export function poolsOf(world: World, listing: Listing): FbaPool[] {
  const kept = world.fbaPools.inGroup(listingKeyOf(listing)).map((row) => ({ ...row }))
  const pools = kept.length > 0 ? kept.toSorted((a, b) => (a.pool < b.pool ? -1 : 1)) : firstPool(listing)
  const isOwn = listing.fulfillmentChannel === 'DEFAULT'
  let difference = isOwn ? listing.strandedUnits : listing.live.quantity
  for (const pool of pools) difference -= pool.fulfillable
  for (const pool of pools) {
    const change = Math.max(-pool.fulfillable, difference)
    pool.fulfillable += change
    difference -= change
  }
  return pools
}

/** Units leave the pool of a marketplace, or come back when negative. The listing itself is changed by the caller. */
export function drawFromPool(
  world: World,
  listing: Listing,
  draw: { marketplaceId: string; units: number; now: number },
): void {
  const pools = withPool(world, listing, poolOf(draw.marketplaceId))
  for (const pool of pools) {
    if (pool.pool === poolOf(draw.marketplaceId)) {
      pool.fulfillable = Math.max(0, pool.fulfillable - draw.units)
      pool.changedAt = draw.now
    }
    world.fbaPools.save(pool)
  }
}

/** Sets numbers of a pool, as a delivery or a stocktake in Amazon's warehouse does, and tells of it. */
export function setPool(
  world: World,
  listing: Listing,
  change: { marketplaceId: string; numbers: Partial<FbaNumbers>; now: number },
): FbaPool[] {
  const pools = withPool(world, listing, poolOf(change.marketplaceId))
  const changed = pools.find(({ pool }) => pool === poolOf(change.marketplaceId))
  if (changed) Object.assign(changed, change.numbers)
  const isInboundOnly = Object.keys(change.numbers).every((name) => name.startsWith('inbound'))
  if (changed && !isInboundOnly) changed.changedAt = change.now
  for (const pool of pools) world.fbaPools.save(pool)
  const total = pools.reduce((units, { fulfillable }) => units + fulfillable, 0)
  setListed(world, listing, { total, now: change.now })
  announceFbaInventory(world, listing, { pools, at: change.now })
  return pools
}

function setListed(world: World, listing: Listing, what: { total: number; now: number }): void {
  if (listing.fulfillmentChannel === 'DEFAULT') listing.strandedUnits = what.total
  else if (listing.live.quantity !== what.total) {
    const change = (): void => {
      Object.assign(listing.live, { quantity: what.total, at: what.now })
    }
    announcing(world, listing, { at: what.now, change })
  }
  world.listings.save(listing)
}

function withPool(world: World, listing: Listing, name: string): FbaPool[] {
  const pools = poolsOf(world, listing)
  return pools.some(({ pool }) => pool === name) ? pools : [...pools, emptyPool(listing, name)]
}

function firstPool(listing: Listing): FbaPool[] {
  const isOwn = listing.fulfillmentChannel === 'DEFAULT' && listing.strandedUnits === 0
  const home = listing.offers[0]
  return isOwn || !home ? [] : [emptyPool(listing, poolOf(home.marketplaceId))]
}

function emptyPool({ sellerId, region, sku, updatedAt }: Listing, pool: string): FbaPool {
  const nothing = { fulfillable: 0, inboundWorking: 0, inboundShipped: 0, inboundReceiving: 0, unfulfillable: 0 }
  const moving = { pendingTransshipment: 0, fcProcessing: 0, researching: 0 }
  return { sellerId, region, sku, pool, ...nothing, ...moving, changedAt: updatedAt }
}
