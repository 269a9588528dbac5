import type {
  CreateItemRequest,
  CreateItemResponse,
  GetItemRequest,
  GetItemResponse,
  ImportItemsRequest,
  ImportItemsResponse,
  ListItemsRequest,
  ListItemsResponse,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import type { CallContext } from '@lockstep/rpc/handler'
import { createItem } from '../commands/create-item.ts'
import { importItems } from '../commands/import-items.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { findItem } from '../queries/find-item.ts'
import { listItems } from '../queries/list-items.ts'
import { askedPage } from './messages.ts'
import { orRefuse } from './refusing.ts'

export async function handleCreateItem(
  deps: CommandDeps,
  request: CreateItemRequest,
  { actor }: CallContext,
): Promise<CreateItemResponse> {
  return orRefuse('CreateItem', await createItem(deps, { ...request, actor }))
}

export async function handleImportItems(
  deps: CommandDeps,
  request: ImportItemsRequest,
  { actor }: CallContext,
): Promise<ImportItemsResponse> {
  return orRefuse('ImportItems', await importItems(deps, { ...request, actor }))
}

export async function handleGetItem({ db }: CommandDeps, { item }: GetItemRequest): Promise<GetItemResponse> {
  return { item: orRefuse('GetItem', await findItem(db, item)) }
}

export async function handleListItems(
  { db }: CommandDeps,
  { search, page }: ListItemsRequest,
): Promise<ListItemsResponse> {
  const found = orRefuse('ListItems', await listItems(db, { search, page: askedPage(page) }))
  const items = found.items.map(({ item, onHand, reserved, available }) => {
    return { item, onHand: BigInt(onHand), reserved: BigInt(reserved), available: BigInt(available) }
  })
  return { items, nextPageToken: found.nextPageToken }
}
