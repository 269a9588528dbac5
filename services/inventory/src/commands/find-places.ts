import type { Kysely } from 'kysely'
import { itemNamed, locationNamed } from '../domain/named.ts'
import type { Problem } from '../domain/refusal.ts'
import type { LocationKind, StockPlace } from '../domain/stock.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { findItems } from '../store/items.ts'
import { listLocations } from '../store/locations.ts'

/** How a caller names a place: item by id or SKU, location by id or name, or nothing for Default. */
export interface NamedPlace {
  item: string
  location: string
}

export interface FoundPlace extends StockPlace {
  sku: string
  locationName: string
  locationKind: LocationKind
}

/** What each named place is, or what is wrong with its name; in the order asked, whatever their number in two queries. */
export async function findPlaces(
  db: Kysely<InventoryDb>,
  places: readonly NamedPlace[],
): Promise<(FoundPlace | Problem)[]> {
  const items = await findItems(
    db,
    places.map((place) => place.item),
  )
  const locations = await listLocations(db)
  const locationOf = memoised((text) => locationNamed(locations, text))
  return places.map(({ item: itemText, location: locationText }) => {
    const item = itemNamed(items.get(itemText) ?? [], itemText)
    if ('reason' in item) return item
    const location = locationOf(locationText)
    if ('reason' in location) return location
    const { id: locationId, name: locationName, kind: locationKind } = location
    return { itemId: item.id, sku: item.sku, locationId, locationName, locationKind }
  })
}

function memoised<Answer>(answer: (text: string) => Answer): (text: string) => Answer {
  const known = new Map<string, Answer>()
  return (text) => {
    const found = known.get(text) ?? answer(text)
    known.set(text, found)
    return found
  }
}
