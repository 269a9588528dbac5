import {
  CatalogueServiceService,
  type FindItemsRequest,
  type FindItemsResponse,
  type GetItemDetailsRequest,
  type GetItemDetailsResponse,
  type ListItemDetailsRequest,
  type ListItemDetailsResponse,
  type ListLevelsRequest,
  type ListLevelsResponse,
  type ListPropertyNamesResponse,
  type PreviewStockRequest,
  type PreviewStockResponse,
  type PutItemsRequest,
  type PutItemsResponse,
  type UpdateItemRequest,
  type UpdateItemResponse,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/catalogue_service.ts'
import { unary, type CallContext } from '@lockstep/rpc/handler'
import { serviceBinding, type ServiceBinding } from '@lockstep/rpc/server'
import { previewStock } from '../commands/preview-stock.ts'
import { checkItems, putItems } from '../commands/put-items.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { mostBatchLines } from '../commands/set-stock.ts'
import { updateItem } from '../commands/update-item.ts'
import { batchSizeProblem } from '../domain/quantities.ts'
import { refused } from '../domain/refusal.ts'
import { findItem } from '../queries/find-item.ts'
import { listItemDetails, listLevels } from '../queries/list-for-files.ts'
import { detailedItem, propertyNames } from '../store/item-details.ts'
import { findItems } from '../store/items.ts'
import { listLocations } from '../store/locations.ts'
import { changeOf, itemDetailsMessage, putLineOf, putResultMessage } from './catalogue-messages.ts'
import { askedPage, levelMessage, lineResultMessage } from './messages.ts'
import { orRefuse } from './refusing.ts'

/** Items' details over gRPC. */
export function catalogueService(deps: CommandDeps): ServiceBinding {
  return serviceBinding(CatalogueServiceService, {
    putItems: unary((request: PutItemsRequest, context) => handlePutItems(deps, request, context)),
    updateItem: unary((request: UpdateItemRequest, context) => handleUpdateItem(deps, request, context)),
    getItemDetails: unary((request: GetItemDetailsRequest) => handleGetItemDetails(deps, request)),
    listItemDetails: unary((request: ListItemDetailsRequest) => handleListItemDetails(deps, request)),
    listLevels: unary((request: ListLevelsRequest) => handleListLevels(deps, request)),
    previewStock: unary((request: PreviewStockRequest) => handlePreviewStock(deps, request)),
    findItems: unary((request: FindItemsRequest) => handleFindItems(deps, request)),
    listPropertyNames: unary(() => handleListPropertyNames(deps)),
  })
}

async function handlePutItems(
  deps: CommandDeps,
  { idempotencyKey, lines: messages, checkOnly }: PutItemsRequest,
  { actor }: CallContext,
): Promise<PutItemsResponse> {
  const lines = messages.map(putLineOf)
  const answer = checkOnly ? await checkItems(deps, lines) : await putItems(deps, { idempotencyKey, actor, lines })
  return { results: orRefuse('PutItems', answer).results.map(putResultMessage) }
}

async function handleUpdateItem(
  deps: CommandDeps,
  request: UpdateItemRequest,
  { actor }: CallContext,
): Promise<UpdateItemResponse> {
  const { idempotencyKey, item, expectedVersion, trackIn, untrackIn } = request
  const command = { idempotencyKey, item, expectedVersion, trackIn, untrackIn, actor, ...changeOf(request) }
  const { itemId, changes } = orRefuse('UpdateItem', await updateItem(deps, command))
  return { item: await detailsOf(deps, itemId), changes }
}

async function handleGetItemDetails(
  deps: CommandDeps,
  { item: text }: GetItemDetailsRequest,
): Promise<GetItemDetailsResponse> {
  const item = orRefuse('GetItemDetails', await findItem(deps.db, text))
  return { item: await detailsOf(deps, item.id) }
}

async function detailsOf({ db }: CommandDeps, itemId: string) {
  return itemDetailsMessage(await detailedItem(db, itemId, 'look'), await listLocations(db))
}

async function handleListItemDetails(
  { db }: CommandDeps,
  { page }: ListItemDetailsRequest,
): Promise<ListItemDetailsResponse> {
  const found = orRefuse('ListItemDetails', await listItemDetails(db, askedPage(page)))
  const locations = await listLocations(db)
  return {
    items: found.items.map((item) => itemDetailsMessage(item, locations)),
    nextPageToken: found.nextPageToken,
  }
}

async function handleListLevels(
  { db }: CommandDeps,
  { location, page }: ListLevelsRequest,
): Promise<ListLevelsResponse> {
  const { levels, nextPageToken } = orRefuse('ListLevels', await listLevels(db, { location, page: askedPage(page) }))
  const messages = levels.map(({ sku, kit, untracked, ...level }) => {
    return { sku, kit, untracked, level: levelMessage(level) }
  })
  return { levels: messages, nextPageToken }
}

async function handlePreviewStock(deps: CommandDeps, { lines }: PreviewStockRequest): Promise<PreviewStockResponse> {
  const { results } = orRefuse('PreviewStock', await previewStock(deps, lines))
  return { results: results.map(lineResultMessage) }
}

async function handleFindItems({ db }: CommandDeps, { items: texts }: FindItemsRequest): Promise<FindItemsResponse> {
  const problem = batchSizeProblem(texts.length, mostBatchLines)
  if (problem) orRefuse('FindItems', refused({ ...problem, field: 'items' }))
  const found = await findItems(db, texts)
  const items = [...found].flatMap(([named, meant]) => meant.map(({ id: itemId, sku }) => ({ named, itemId, sku })))
  return { items }
}

const mostPropertyNames = 1_000

async function handleListPropertyNames({ db }: CommandDeps): Promise<ListPropertyNamesResponse> {
  const names = await propertyNames(db, mostPropertyNames)
  return { properties: names.map((property) => ({ ...property, value: '' })) }
}
