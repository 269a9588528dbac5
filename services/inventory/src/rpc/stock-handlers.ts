import type {
  AdjustStockRequest,
  AdjustStockResponse,
  GetStockRequest,
  GetStockResponse,
  ListMovementsRequest,
  ListMovementsResponse,
  SetStockRequest,
  SetStockResponse,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import type { CallContext } from '@lockstep/rpc/handler'
import { adjustStock } from '../commands/adjust-stock.ts'
import { setStock } from '../commands/set-stock.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { listMovements } from '../queries/list-movements.ts'
import { showStock } from '../queries/show-stock.ts'
import { askedPage, levelMessage, lineResultMessage, movementMessage } from './messages.ts'
import { orRefuse } from './refusing.ts'

export async function handleSetStock(
  deps: CommandDeps,
  request: SetStockRequest,
  { actor }: CallContext,
): Promise<SetStockResponse> {
  const { results } = orRefuse('SetStock', await setStock(deps, { ...request, actor }))
  return { results: results.map(lineResultMessage) }
}

export async function handleAdjustStock(
  deps: CommandDeps,
  request: AdjustStockRequest,
  { actor }: CallContext,
): Promise<AdjustStockResponse> {
  const { results } = orRefuse('AdjustStock', await adjustStock(deps, { ...request, actor }))
  return { results: results.map(lineResultMessage) }
}

export async function handleGetStock({ db }: CommandDeps, { item }: GetStockRequest): Promise<GetStockResponse> {
  const stock = orRefuse('GetStock', await showStock(db, item))
  return { ...stock, levels: stock.levels.map(levelMessage) }
}

export async function handleListMovements(
  { db }: CommandDeps,
  { item, location, page }: ListMovementsRequest,
): Promise<ListMovementsResponse> {
  const found = orRefuse('ListMovements', await listMovements(db, { item, location, page: askedPage(page) }))
  return { movements: found.movements.map(movementMessage), nextPageToken: found.nextPageToken }
}
