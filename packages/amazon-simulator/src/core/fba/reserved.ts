import type { Seller } from '../records.ts'
import { sellerKeyOf, type World } from '../world.ts'
import { poolOf } from './pool-of.ts'

/** Units that customers' orders hold in Amazon's warehouses, by `<pool>|<sku>`. */
export function reservedUnits(world: World, owner: Pick<Seller, 'sellerId' | 'region'>): Map<string, number> {
  const reserved = new Map<string, number>()
  const add = (marketplaceId: string, sku: string, units: number): void => {
    const key = `${poolOf(marketplaceId)}|${sku}`
    if (units > 0) reserved.set(key, (reserved.get(key) ?? 0) + units)
  }
  for (const order of world.orders.inGroup(sellerKeyOf(owner))) {
    if (order.fulfilledBy !== 'AMAZON') continue
    for (const line of order.lines) add(order.marketplaceId, line.sku, line.ordered - line.cancelled - line.fulfilled)
  }
  for (const order of world.outboundOrders.inGroup(sellerKeyOf(owner))) {
    for (const item of order.items)
      add(order.marketplaceId, item.sku, item.quantity - item.cancelled - item.unfulfillable - item.shipped)
  }
  return reserved
}
