import type { Transaction } from 'kysely'
import { placeKey } from '../domain/stock.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { componentsOfKits, type KitComponent } from '../store/kits.ts'
import type { FoundPlace } from './find-places.ts'

/** Units of one place; lines that name the same place are one. */
export interface WantedUnits {
  place: FoundPlace
  quantity: number
  /** The first line that asks for them. */
  index: number
  /** SKU of the kit that needs them first, when it is one. */
  ofKit?: string
}

/**
 * The units that are counted: of a kit those of its components, so that what two kits share, or a kit and a buyer of the component itself, is set aside once and
 * for one of them. What nobody counts is left out.
 */
export async function countedUnits(
  tx: Transaction<InventoryDb>,
  wanted: readonly WantedUnits[],
): Promise<WantedUnits[]> {
  const kitIds = wanted.filter(({ place }) => place.isKit).map(({ place }) => place.itemId)
  const components = await componentsOfKits(tx, kitIds)
  const units = wanted.flatMap((want) =>
    want.place.isKit ? partsOf(want, components.get(want.place.itemId) ?? []) : [want],
  )
  const sums = new Map<string, WantedUnits>()
  for (const unit of units.filter(({ place }) => place.isTracked)) {
    const before = sums.get(placeKey(unit.place))
    sums.set(placeKey(unit.place), before ? { ...before, quantity: before.quantity + unit.quantity } : unit)
  }
  return [...sums.values()]
}

function partsOf(
  { place, quantity, index }: WantedUnits,
  components: readonly (KitComponent & { untrackedIn: string[] })[],
): WantedUnits[] {
  return components.map((part) => ({
    place: {
      ...place,
      itemId: part.itemId,
      sku: part.sku,
      isKit: false,
      isTracked: !part.untrackedIn.includes(place.locationId),
    },
    quantity: quantity * part.quantity,
    index,
    ofKit: place.sku,
  }))
}
