import {
  LocationServiceService,
  type MoveOrderRequest,
  type MoveOrderResponse,
  type RemoveLocationRequest,
  type RemoveLocationResponse,
  type RenameLocationRequest,
  type RenameLocationResponse,
  type ReportThirdPartyStockRequest,
  type ReportThirdPartyStockResponse,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/location_service.ts'
import { unary, type CallContext } from '@lockstep/rpc/handler'
import { serviceBinding, type ServiceBinding } from '@lockstep/rpc/server'
import { removeLocation, renameLocation } from '../commands/change-location.ts'
import { moveOrder } from '../commands/move-order.ts'
import { reportThirdPartyStock } from '../commands/report-third-party-stock.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { levelMessage, locationMessage } from './messages.ts'
import { orRefuse } from './refusing.ts'

/** Locations after their creation, the stock that others keep, and where an order is served from. */
export function locationService(deps: CommandDeps): ServiceBinding {
  return serviceBinding(LocationServiceService, {
    renameLocation: unary((request, context) => handleRename(deps, request, context)),
    removeLocation: unary((request, context) => handleRemove(deps, request, context)),
    reportThirdPartyStock: unary((request, context) => handleReport(deps, request, context)),
    moveOrder: unary((request, context) => handleMoveOrder(deps, request, context)),
  })
}

async function handleRename(
  deps: CommandDeps,
  request: RenameLocationRequest,
  { actor }: CallContext,
): Promise<RenameLocationResponse> {
  const { location } = orRefuse('RenameLocation', await renameLocation(deps, { ...request, actor }))
  return { location: locationMessage(location) }
}

async function handleRemove(
  deps: CommandDeps,
  request: RemoveLocationRequest,
  { actor }: CallContext,
): Promise<RemoveLocationResponse> {
  const { location } = orRefuse('RemoveLocation', await removeLocation(deps, { ...request, actor }))
  return { location: locationMessage(location) }
}

async function handleReport(
  deps: CommandDeps,
  { idempotencyKey, location, figureAt, lines }: ReportThirdPartyStockRequest,
  { actor }: CallContext,
): Promise<ReportThirdPartyStockResponse> {
  const command = { idempotencyKey, actor, location, figureAt, lines }
  const { levels } = orRefuse('ReportThirdPartyStock', await reportThirdPartyStock(deps, command))
  return { levels: levels.map(levelMessage) }
}

async function handleMoveOrder(
  deps: CommandDeps,
  request: MoveOrderRequest,
  { actor }: CallContext,
): Promise<MoveOrderResponse> {
  const { location, levels } = orRefuse('MoveOrder', await moveOrder(deps, { ...request, actor }))
  return { location: locationMessage(location), levels: levels.map(levelMessage) }
}
