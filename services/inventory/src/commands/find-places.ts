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
  /** Put together from other items: what lies there is theirs. */
  isKit: boolean
  /** Whether anybody counts the item there. */
  isTracked: boolean
}

/**
 * What each named place is, or what is wrong with it; in the order asked, whatever their number in two queries.
 * Unless all are asked for, a place of a kit, or one where the item is not tracked, is refused: there is no number to write.
 */
export async function findPlaces(
  db: Kysely<InventoryDb>,
  places: readonly NamedPlace[],
  which: 'countable' | 'all' = 'countable',
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
    const { id: itemId, sku, kit: isKit } = item
    const isTracked = !item.untrackedIn.includes(locationId)
    const place = { itemId, sku, locationId, locationName, locationKind, isKit, isTracked }
    return which === 'all' ? place : (uncountedProblem(place) ?? place)
  })
}

/** Why a place takes no number by hand, whoever keeps the location. */
function uncountedProblem(place: FoundPlace): Problem | undefined {
  const { sku, locationName, isKit, isTracked } = place
  if (isKit) {
    const message = `${sku} is a kit: its stock is what its components make`
    return { reason: 'KIT_WITHOUT_STOCK', message, field: 'item', value: sku }
  }
  if (isTracked) return undefined
  const message = `${sku} is not tracked in ${locationName}, so its number there stays as it is`
  return { reason: 'ITEM_UNTRACKED', message, field: 'item', value: sku }
}

function memoised<Answer>(answer: (text: string) => Answer): (text: string) => Answer {
  const known = new Map<string, Answer>()
  return (text) => {
    const found = known.get(text) ?? answer(text)
    known.set(text, found)
    return found
  }
}
