import type {
  ReleaseReservationRequest,
  ReleaseReservationResponse,
  ReserveStockRequest,
  ReserveStockResponse,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import type { CallContext } from '@lockstep/rpc/handler'
import { releaseReservation } from '../commands/release-reservation.ts'
import type { reserveTogether } from '../commands/reserve-together.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { levelMessage } from './messages.ts'
import { orRefuse } from './refusing.ts'

export async function handleReserveStock(
  reserve: ReturnType<typeof reserveTogether>,
  request: ReserveStockRequest,
  { actor }: CallContext,
): Promise<ReserveStockResponse> {
  const { reservationId, levels } = orRefuse('ReserveStock', await reserve({ ...request, actor }))
  return { reservationId, levels: levels.map(levelMessage) }
}

export async function handleReleaseReservation(
  deps: CommandDeps,
  request: ReleaseReservationRequest,
  { actor }: CallContext,
): Promise<ReleaseReservationResponse> {
  const { levels } = orRefuse('ReleaseReservation', await releaseReservation(deps, { ...request, actor }))
  return { levels: levels.map(levelMessage) }
}
