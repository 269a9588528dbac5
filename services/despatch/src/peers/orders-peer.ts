import { status } from '@grpc/grpc-js'
import { type DespatchReason, despatchReasons, generalReasons } from '@lockstep/contracts/reasons'
import {
  type GetOrderResponse,
  type OrderServiceClient,
  type Order,
} from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { call } from '@lockstep/rpc/client'
import { isServiceError, refusalOf } from '@lockstep/rpc/refusal'

import type { ProcessOrderDeps } from '../commands/process-order.ts'
import { type OrderRead, PeerUnavailableError } from './peers.ts'

const TIMEOUT_MS = 10_000

/** Reads an order from order-download at this moment. */
export function orderReader(client: OrderServiceClient): ProcessOrderDeps['readOrder'] {
  return async (name) => {
    try {
      const found = await call(client, 'getOrder', { order: name }, { timeoutMs: TIMEOUT_MS, readOnly: true })
      if (!found.order) throw new TypeError('order-download has answered without an order')
      return { kind: 'read', order: orderRead(found, found.order) }
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal && isServiceError(error) && error.code !== status.UNAVAILABLE) {
        const reason = knownReason(refusal.reason)
        return { kind: 'refused', refusal: { reason, message: refusal.message, field: 'order', value: name } }
      }
      if (isServiceError(error)) throw new PeerUnavailableError('order-download', error)
      throw error
    }
  }
}

const isReason = (code: string): code is DespatchReason => code in despatchReasons || code in generalReasons

/** Reasons of order-download that this service does not know are still refusals of the field. */
function knownReason(code: string): DespatchReason {
  if (code === 'ORDER_AMBIGUOUS') return 'AMBIGUOUS'
  return isReason(code) ? code : 'FIELD_INVALID'
}

function orderRead(found: GetOrderResponse, order: Order): OrderRead {
  return {
    orderId: order.id,
    channelOrderId: order.channelOrderId,
    accountId: order.accountId,
    connectionId: order.connectionId,
    marketplaceId: order.marketplaceId,
    snapshotAt: found.snapshotAt ?? new Date(0),
    refusal: found.canDespatch
      ? undefined
      : { reason: knownReason(found.cannotDespatchReason), detail: found.cannotDespatchDetail },
    lines: order.lines.map((line) => ({
      orderLineId: line.id,
      channelLineId: line.channelLineId,
      itemId: line.itemId,
      locationId: line.locationId,
      ordered: Number(line.ordered),
      cancelled: Number(line.cancelled),
      fulfilledOnAmazon: Number(line.fulfilledOnAmazon),
    })),
  }
}
