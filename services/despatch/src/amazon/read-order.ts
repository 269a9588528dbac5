import {
  type CallAmazonResponse,
  CallOutcome,
} from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import { z } from 'zod'

import type { ReadOutcome } from '../peers/peers.ts'
import { detailOf } from './confirm-shipment.ts'

/** The datasets that show what was shipped; none of them holds buyer data. */
export const includedData = 'FULFILLMENT,CANCELLATION,PACKAGES'

const OrderShape = z.object({
  fulfillment: z.object({ fulfillmentStatus: z.string() }),
  orderItems: z.array(
    z.object({
      orderItemId: z.string(),
      fulfillment: z.object({ quantityFulfilled: z.number().int().nullish() }).nullish(),
      cancellation: z
        .object({ cancellationRequest: z.object({ requester: z.string().nullish() }).nullish() })
        .nullish(),
    }),
  ),
  packages: z.array(z.object({ packageReferenceId: z.coerce.string() })).nullish(),
})
const ReplyShape = z.union([z.object({ order: OrderShape }).transform(({ order }) => order), OrderShape])

/** What Amazon shows of an order. Source: SP-API, Orders 2026-01-01, getOrder. */
export function readOrderReply(answer: CallAmazonResponse): ReadOutcome {
  if (answer.outcome !== CallOutcome.ACCEPTED) return { kind: 'not_read', detail: detailOf(answer), retryAt: undefined }
  const order = ReplyShape.safeParse(jsonOf(answer.body))
  if (!order.success)
    return { kind: 'not_read', detail: 'Amazon answered with something that is no order', retryAt: undefined }
  const { fulfillment, orderItems, packages } = order.data
  return {
    kind: 'read',
    order: {
      status: fulfillment.fulfillmentStatus,
      buyerCancelRequested: orderItems.some((item) => item.cancellation?.cancellationRequest?.requester === 'BUYER'),
      fulfilled: new Map(orderItems.map((item) => [item.orderItemId, item.fulfillment?.quantityFulfilled ?? 0])),
      packageReferences: (packages ?? []).map((parcel) => parcel.packageReferenceId),
    },
  }
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
}
