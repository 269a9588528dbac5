import type { RuleChange } from './rule-change.ts'

/** A sale whose listing has no item yet, or whose account has no order location. */
export interface PlacelessSale {
  channelSku: string
  units: number
  /** The item of its listing as things stand. */
  itemId: string | null
  /** What it is about to get as things stand. */
  awaited: { itemId: string; locationId: string } | null
  /** Items of which inventory has reserved for its order already. */
  reserved: readonly string[]
}

/** Units that are about to be reserved, by item and location; below 0 where they are no longer. */
export type AwaitedChange = ReadonlyMap<string, ReadonlyMap<string, number>>

/**
 * How the awaited units change when links or order locations do: a sale that gets its place is taken off the item, as making the change does it. Sales that
 * keep the item they wait for stay as they are.
 */
export function supposedAwaits(
  change: RuleChange,
  orderLocationId: string | null,
  sales: readonly PlacelessSale[],
): AwaitedChange {
  const units = new Map<string, Map<string, number>>()
  const add = (place: { itemId: string; locationId: string }, count: number) => {
    const ofItem = units.get(place.itemId) ?? new Map<string, number>()
    units.set(place.itemId, ofItem.set(place.locationId, (ofItem.get(place.locationId) ?? 0) + count))
  }
  for (const sale of sales) {
    const item = itemUnder(change, sale)
    if (item === undefined) continue
    const locationId = change.kind === 'locations' ? change.orderLocationId : orderLocationId
    const place = item !== null && locationId !== null ? { itemId: item, locationId } : null
    if (place?.itemId === sale.awaited?.itemId) continue
    if (sale.awaited && !sale.reserved.includes(sale.awaited.itemId)) add(sale.awaited, -sale.units)
    if (place && !sale.reserved.includes(place.itemId)) add(place, sale.units)
  }
  return units
}

/** The item that a sale would find; undefined when the change does not look at it. */
function itemUnder(change: RuleChange, { channelSku, itemId }: PlacelessSale): string | null | undefined {
  if (change.kind === 'locations') return itemId
  if (change.kind !== 'links') return undefined
  const link = change.links.find((one) => one.channelSku === channelSku)
  const item = link?.item?.id ?? null
  return link && item !== itemId ? item : undefined
}
