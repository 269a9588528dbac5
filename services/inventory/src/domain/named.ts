import { shown, type Problem } from './refusal.ts'
import type { Location } from './stock.ts'

/** The one item that the text means, out of those it may mean. */
export function itemNamed<Candidate extends { id: string; sku: string }>(
  candidates: readonly Candidate[],
  text: string,
): Candidate | Problem {
  const [found, other] = candidates
  const about = { field: 'item', value: shown(text) }
  if (!found) return { reason: 'ITEM_UNKNOWN', message: `no item has the id or SKU "${shown(text)}"`, ...about }
  if (!other) return found
  const message = `"${shown(text)}" is the id of one item and the SKU of another`
  return { reason: 'AMBIGUOUS', message, candidates: candidates.map((item) => item.id), ...about }
}

/** The one location that the text means; Default when it is empty. */
export function locationNamed(locations: readonly Location[], text: string): Location | Problem {
  const meant = locations.filter((place) => (text === '' ? place.isDefault : place.id === text || place.name === text))
  const [found, other] = meant
  const about = { field: 'location', value: shown(text) }
  if (!found) {
    return { reason: 'LOCATION_UNKNOWN', message: `no location has the id or name "${shown(text)}"`, ...about }
  }
  if (!other) return found
  const message = `"${shown(text)}" is the id of one location and the name of another`
  return { reason: 'AMBIGUOUS', message, candidates: meant.map((place) => place.id), ...about }
}
