import {
  Fulfilment,
  OrderState,
  type GetOrderRequest,
  type GetOrderResponse,
  type Order as OrderMessage,
} from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import type { Kysely } from 'kysely'
import { orderMessage } from '../events/order-message.ts'
import { findOrder } from '../queries/find-order.ts'
import type { QuarantineRow } from '../store/quarantine.ts'
import type { OrderDownloadDb } from '../store/tables.ts'
import { ambiguousOrder, unknownOrder } from './refusals.ts'

/** Answers one order by our id or Amazon's, with whether it may be despatched. */
export async function handleGetOrder(
  deps: { db: Kysely<OrderDownloadDb> },
  request: GetOrderRequest,
): Promise<GetOrderResponse> {
  const found = await findOrder(deps.db, request.order)
  switch (found.kind) {
    case 'unknown':
      throw unknownOrder(request.order)
    case 'ambiguous':
      throw ambiguousOrder(request.order, found.candidates)
    case 'quarantined':
      return quarantinedAnswer(found.entry)
    case 'found': {
      const { order, readAt, check } = found
      return {
        order: orderMessage(order),
        canDespatch: check.kind === 'allowed',
        cannotDespatchReason: check.kind === 'refused' ? check.reason : '',
        cannotDespatchDetail: check.kind === 'refused' ? check.detail : '',
        snapshotAt: readAt,
      }
    }
    default:
      return found satisfies never
  }
}

function quarantinedAnswer(entry: QuarantineRow): GetOrderResponse {
  const order: OrderMessage = {
    id: entry.id,
    channelOrderId: entry.channel_order_id ?? '',
    accountId: entry.account_id ?? '',
    connectionId: entry.connection_id,
    marketplace: entry.marketplace_id ?? '',
    marketplaceId: entry.marketplace_id ?? '',
    fulfilledBy: Fulfilment.UNSPECIFIED,
    channelStatus: '',
    state: OrderState.QUARANTINED,
    folder: '',
    locationId: '',
    revision: 0n,
    createdAt: undefined,
    channelUpdatedAt: undefined,
    receivedAt: entry.first_seen_at,
    shipBy: undefined,
    buyerCancelRequested: false,
    beforeGoLive: false,
    programs: [],
    lines: [],
  }
  return {
    order,
    canDespatch: false,
    cannotDespatchReason: 'QUARANTINED',
    cannotDespatchDetail: `what Amazon said of it could not be read: ${entry.reason}`,
    snapshotAt: entry.first_seen_at,
  }
}
