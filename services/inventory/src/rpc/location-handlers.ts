import type {
  CreateLocationRequest,
  CreateLocationResponse,
  ListLocationsResponse,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import type { CallContext } from '@lockstep/rpc/handler'
import { createLocation } from '../commands/create-location.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { refused } from '../domain/refusal.ts'
import { listLocations } from '../store/locations.ts'
import { locationKindOf, locationMessage } from './messages.ts'
import { orRefuse } from './refusing.ts'

export async function handleCreateLocation(
  deps: CommandDeps,
  { idempotencyKey, name, kind: kindMessage }: CreateLocationRequest,
  { actor }: CallContext,
): Promise<CreateLocationResponse> {
  const kind = locationKindOf(kindMessage)
  const answer = kind ? await createLocation(deps, { idempotencyKey, actor, name, kind }) : unknownKind(kindMessage)
  return { location: locationMessage(orRefuse('CreateLocation', answer).location) }
}

const unknownKind = (value: string) =>
  refused({ reason: 'FIELD_INVALID', message: 'the kind of location is unknown', field: 'kind', value })

export async function handleListLocations({ db }: CommandDeps): Promise<ListLocationsResponse> {
  return { locations: (await listLocations(db)).map(locationMessage) }
}
