import { InventoryServiceService } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { unary, type CallContext } from '@lockstep/rpc/handler'
import { serviceBinding, type ServiceBinding } from '@lockstep/rpc/server'
import { reserveTogether } from '../commands/reserve-together.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { handleCreateItem, handleGetItem, handleImportItems, handleListItems } from './item-handlers.ts'
import { handleCreateLocation, handleListLocations } from './location-handlers.ts'
import {
  handleGetAvailability,
  handleGetAvailabilityBucket,
  handleGetAvailabilityDigests,
  handleGetOrderBooks,
} from './reader-handlers.ts'
import { handleReleaseReservation, handleReserveStock } from './reservation-handlers.ts'
import { handleAdjustStock, handleGetStock, handleListMovements, handleSetStock } from './stock-handlers.ts'

type Handler<Request, Response> = (deps: CommandDeps, request: Request, context: CallContext) => Promise<Response>

/** Every RPC of lockstep.inventory.v1. */
export function inventoryService(deps: CommandDeps): ServiceBinding {
  const answering = <Request, Response>(handler: Handler<Request, Response>) =>
    unary<Request, Response>((request, context) => handler(deps, request, context))
  const reserve = reserveTogether(deps)
  return serviceBinding(InventoryServiceService, {
    createItem: answering(handleCreateItem),
    importItems: answering(handleImportItems),
    getItem: answering(handleGetItem),
    listItems: answering(handleListItems),
    createLocation: answering(handleCreateLocation),
    listLocations: answering(handleListLocations),
    setStock: answering(handleSetStock),
    adjustStock: answering(handleAdjustStock),
    getStock: answering(handleGetStock),
    listMovements: answering(handleListMovements),
    reserveStock: unary((request, context) => handleReserveStock(reserve, request, context)),
    releaseReservation: answering(handleReleaseReservation),
    getAvailability: answering(handleGetAvailability),
    getAvailabilityDigests: answering(handleGetAvailabilityDigests),
    getAvailabilityBucket: answering(handleGetAvailabilityBucket),
    getOrderBooks: answering(handleGetOrderBooks),
  })
}
