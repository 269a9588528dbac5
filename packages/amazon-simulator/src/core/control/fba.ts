import { setPool } from '../fba/pools.ts'
import { fbaNumbers, type FbaNumbers } from '../fba/records.ts'
import { findListing } from '../listings.ts'
import { ControlRefusalError } from '../refusals.ts'
import type { World } from '../world.ts'
import { Input } from './input.ts'
import { sellerIn } from './sellers.ts'

/** Amazon's stock of a SKU by pool of marketplaces. */
export interface FbaInventoryView {
  sku: string
  pools: (FbaNumbers & { pool: string })[]
}

/** What Amazon's warehouse holds for a marketplace, set from outside. What is not named stays. */
export function putFbaInventory(world: World, body: unknown, now: number): FbaInventoryView {
  const input = new Input(body, ['sellerId', 'region', 'sku', 'marketplaceId', ...fbaNumbers])
  const seller = sellerIn(world, input)
  const sku = input.text('sku')
  const marketplaceId = input.text('marketplaceId')
  const listing = findListing(world, seller, { sku, now })
  if (!listing || (listing.fulfillmentChannel === 'DEFAULT' && listing.strandedUnits === 0)) {
    const message = `'${sku}' has no units at Amazon: PUT /_sim/listings with fulfillmentChannel AMAZON_${seller.region} first`
    throw new ControlRefusalError(409, { code: 'NOT_FBA', field: 'sku', message })
  }
  const numbers: Partial<FbaNumbers> = {}
  for (const name of fbaNumbers) {
    const value = input.optionalWhole(name, 0)
    if (value !== undefined) numbers[name] = value
  }
  const pools = setPool(world, listing, { marketplaceId, numbers, now })
  return {
    sku,
    pools: pools.map(({ sellerId: _sellerId, region: _region, sku: _sku, changedAt: _at, ...numbersOf }) => numbersOf),
  }
}
