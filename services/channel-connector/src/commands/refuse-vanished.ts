import type { RuleChange } from '../domain/rule-change.ts'
import type { Location } from '../store/locations.ts'
import { refusal } from './refuse.ts'

/** Refuses a mapping that names a location which inventory does not know any more. */
export function refuseVanished(
  { locationIds, orderLocationId }: Extract<RuleChange, { kind: 'locations' }>,
  known: readonly Location[],
): void {
  const ids = new Set(known.map(({ id }) => id))
  const gone = [...locationIds, ...(orderLocationId === null ? [] : [orderLocationId])].find((id) => !ids.has(id))
  if (gone === undefined) return
  throw refusal('LOCATION_UNKNOWN', {
    message: `there is no location "${gone}" any more`,
    field: 'locations',
    value: gone,
    candidates: known.slice(0, 20).map(({ name }) => name),
  })
}
