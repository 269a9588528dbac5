import {
  MovementKind,
  type AdjustStockRequest,
  type AdjustStockResponse,
  type GetStockRequest,
  type GetStockResponse,
  type ListMovementsRequest,
  type ListMovementsResponse,
  type SetStockRequest,
  type SetStockResponse,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import type { CallContext } from '@lockstep/rpc/handler'
import { adjustStock } from '../commands/adjust-stock.ts'
import { setStock } from '../commands/set-stock.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import type { HandMovementKind } from '../domain/movement-kinds.ts'
import { refused, type Refused } from '../domain/refusal.ts'
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
  { kind: kindMessage, ...request }: AdjustStockRequest,
  { actor }: CallContext,
): Promise<AdjustStockResponse> {
  const kind = kindByHand(kindMessage)
  const answer = kind === 'unknown' ? notByHand(kindMessage) : await adjustStock(deps, { ...request, kind, actor })
  const { results } = orRefuse('AdjustStock', answer)
  return { results: results.map(lineResultMessage) }
}

/** Undefined when none is given. */
function kindByHand(message: MovementKind | undefined): HandMovementKind | undefined | 'unknown' {
  switch (message) {
    case undefined:
    case MovementKind.UNSPECIFIED:
      return undefined
    case MovementKind.ADJUSTMENT:
      return 'adjustment'
    case MovementKind.RECEIPT:
      return 'receipt'
    case MovementKind.RETURN:
      return 'return'
    case MovementKind.CORRECTION:
      return 'correction'
    case MovementKind.DESPATCH:
    case MovementKind.TRANSFER:
    case MovementKind.PROMISE:
    case MovementKind.UNRECOGNIZED:
      return 'unknown'
    default:
      return message satisfies never
  }
}

function notByHand(kind: MovementKind | undefined): Refused {
  const message = 'movements of this kind are not made by a difference'
  const nextStep =
    'give adjustment, receipt, return or correction; goods go to another location by lockstep stock transfer'
  return refused({ reason: 'FIELD_INVALID', message, nextStep, field: 'kind', value: kind ?? '' })
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
