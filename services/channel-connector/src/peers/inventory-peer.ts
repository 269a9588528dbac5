import {
  type InventoryServiceClient,
  LocationKind,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import type { CatalogueServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/catalogue_service.ts'
import { call } from '@lockstep/rpc/client'
import { refusalOf } from '@lockstep/rpc/refusal'
import { refusal } from '../commands/refuse.ts'
import type { LocationKindName } from '../store/account-tables.ts'
import type { Location } from '../store/locations.ts'

const timeoutMs = 5_000

/** The item that inventory knows by this id or SKU. Refuses an unknown one in our terms. */
export async function getItem(
  client: InventoryServiceClient,
  item: string,
  { signal }: { signal: AbortSignal },
): Promise<{ id: string; sku: string }> {
  const answer = await call(client, 'getItem', { item }, { timeoutMs, signal, readOnly: true }).catch(
    (error: unknown) => {
      throw itemRefusal(error, item)
    },
  )
  if (answer.item) return { id: answer.item.id, sku: answer.item.sku }
  throw refusal('ITEM_UNKNOWN', { message: `there is no item "${item}"`, field: 'item', value: item })
}

/** What inventory refused about an item concerns the field that named it; any other error stays what it is. */
function itemRefusal(error: unknown, item: string): unknown {
  const no = refusalOf(error)
  if (no?.reason === 'ITEM_UNKNOWN') {
    return refusal('ITEM_UNKNOWN', { message: no.message, field: 'item', value: item, candidates: no.candidates })
  }
  if (no?.reason === 'AMBIGUOUS') {
    return refusal('AMBIGUOUS', { message: no.message, field: 'item', value: item, candidates: no.candidates })
  }
  return no
    ? refusal('FIELD_INVALID', { message: no.message, field: 'item', value: item, nextStep: no.nextStep })
    : error
}

/** The items that these texts may mean, by id or SKU, at most 1,000 of them. */
export async function findItems(
  client: CatalogueServiceClient,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly { id: string; sku: string }[]>> {
  const { items } = await call(client, 'findItems', { items: [...texts] }, { timeoutMs, signal, readOnly: true })
  const meant = items.map(({ named, itemId: id, sku }) => ({ named, item: { id, sku } }))
  return new Map(
    [...Map.groupBy(meant, ({ named }) => named)].map(([named, of]) => [named, of.map(({ item }) => item)]),
  )
}

const kinds: Partial<Record<LocationKind, LocationKindName>> = {
  [LocationKind.OWN]: 'own',
  [LocationKind.THIRD_PARTY]: 'third_party',
  [LocationKind.FBA]: 'fba',
}

/** All locations that inventory knows. A kind that is not known here counts as Amazon's: it is never summed by accident. */
export async function listKnownLocations(
  client: InventoryServiceClient,
  { signal }: { signal: AbortSignal },
): Promise<Location[]> {
  const { locations } = await call(client, 'listLocations', {}, { timeoutMs, signal, readOnly: true })
  return locations.map(({ id, name, kind, isDefault }) => ({ id, name, kind: kinds[kind] ?? 'fba', isDefault }))
}
