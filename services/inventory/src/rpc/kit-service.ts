import {
  KitServiceService,
  type DissolveKitRequest,
  type DissolveKitResponse,
  type GetKitRequest,
  type GetKitResponse,
  type Kit as KitMessage,
  type KitComponent as KitComponentMessage,
  type ListKitsRequest,
  type ListKitsResponse,
  type PreviewKitRequest,
  type PreviewKitResponse,
  type SetKitRequest,
  type SetKitResponse,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/kit_service.ts'
import { unary, type CallContext } from '@lockstep/rpc/handler'
import { serviceBinding, type ServiceBinding } from '@lockstep/rpc/server'
import { previewKit } from '../commands/preview-kit.ts'
import { dissolveKit, setKit } from '../commands/set-kit.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { listKits, showKit, type Kit } from '../queries/show-kit.ts'
import { getItemById } from '../store/items.ts'
import type { KitComponent } from '../store/kits.ts'
import { askedPage } from './messages.ts'
import { orRefuse } from './refusing.ts'

/** Kits over gRPC. */
export function kitService(deps: CommandDeps): ServiceBinding {
  return serviceBinding(KitServiceService, {
    setKit: unary((request: SetKitRequest, context) => handleSetKit(deps, request, context)),
    dissolveKit: unary((request: DissolveKitRequest, context) => handleDissolveKit(deps, request, context)),
    previewKit: unary((request: PreviewKitRequest) => handlePreviewKit(deps, request)),
    getKit: unary((request: GetKitRequest) => handleGetKit(deps, request)),
    listKits: unary((request: ListKitsRequest) => handleListKits(deps, request)),
  })
}

async function handleSetKit(
  deps: CommandDeps,
  request: SetKitRequest,
  { actor }: CallContext,
): Promise<SetKitResponse> {
  const { itemId } = orRefuse('SetKit', await setKit(deps, { ...request, actor }))
  return { kit: kitMessage(orRefuse('SetKit', await showKit(deps.db, itemId)).kit) }
}

async function handleDissolveKit(
  deps: CommandDeps,
  request: DissolveKitRequest,
  { actor }: CallContext,
): Promise<DissolveKitResponse> {
  const { itemId } = orRefuse('DissolveKit', await dissolveKit(deps, { ...request, actor }))
  return { item: await getItemById(deps.db, itemId) }
}

async function handlePreviewKit(deps: CommandDeps, request: PreviewKitRequest): Promise<PreviewKitResponse> {
  const shown = orRefuse('PreviewKit', await previewKit(deps, request))
  if ('kind' in shown) return { before: undefined, components: [], levels: [], done: true }
  return {
    before: kitMessage(shown.before),
    components: shown.components.map(componentMessage),
    levels: shown.levels.map(({ available, availableAfter, ...location }) => {
      return { ...location, available: BigInt(available), availableAfter: BigInt(availableAfter) }
    }),
    done: false,
  }
}

async function handleGetKit({ db }: CommandDeps, { item }: GetKitRequest): Promise<GetKitResponse> {
  const { kit, neededBy } = orRefuse('GetKit', await showKit(db, item))
  return { kit: kitMessage(kit), neededBy: neededBy.map(componentMessage) }
}

async function handleListKits({ db }: CommandDeps, { page }: ListKitsRequest): Promise<ListKitsResponse> {
  const { kits, nextPageToken } = orRefuse('ListKits', await listKits(db, { page: askedPage(page) }))
  return { kits: kits.map(kitMessage), nextPageToken }
}

function kitMessage({ item, version, components }: Kit): KitMessage {
  return { item, version: BigInt(version), components: components.map(componentMessage) }
}

function componentMessage({ itemId, sku, title, quantity }: KitComponent): KitComponentMessage {
  return { itemId, sku, title, quantity: BigInt(quantity) }
}
