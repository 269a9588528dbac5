import {
  CallOutcome,
  type GatewayServiceClient,
} from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import { callThroughGateway, type GatewayReply } from '@lockstep/sp-api/gateway'
import { confirmShipmentCall } from '@lockstep/sp-api/shipments'

import type { Despatch } from '../domain/despatch.ts'
import type { ConfirmOutcome } from '../peers/peers.ts'

/** How long a call waits for a token before it is planned for later. */
const TOKEN_WAIT_MS = 5_000

/** Tells Amazon of a parcel, once. */
export async function confirmShipment(
  gateway: GatewayServiceClient,
  despatch: Despatch,
  signal: AbortSignal,
): Promise<ConfirmOutcome> {
  const call = confirmShipmentCall({
    orderId: despatch.channelOrderId,
    marketplaceId: despatch.marketplaceId,
    number: despatch.parcel,
    carrierCode: despatch.carrier,
    carrierName: despatch.carrierName,
    shippingMethod: despatch.service,
    trackingNumber: despatch.tracking,
    shippedAt: despatch.despatchedAt,
    items: despatch.lines.map((line) => ({ orderItemId: line.channelLineId, quantity: line.quantity })),
  })
  const { connectionId } = despatch
  return confirmOutcome(
    await callThroughGateway(gateway, { connectionId, call, tokenWaitMs: TOKEN_WAIT_MS, readOnly: false, signal }),
  )
}

/** What a reply means for the despatch. */
export function confirmOutcome(reply: GatewayReply): ConfirmOutcome {
  switch (reply.kind) {
    case 'no_token':
      return { kind: 'not_done', detail: reply.detail, retryAt: reply.retryAt, counts: false }
    case 'refused':
      return { kind: 'not_done', detail: reply.detail, retryAt: undefined, counts: true }
    case 'lost':
      return { kind: 'unknown', detail: reply.detail }
    case 'answered':
      return answeredOutcome(reply)
    default:
      return reply satisfies never
  }
}

/** Amazon's words for a parcel of an order that was fulfilled before. */
const ALREADY_SHIPPED = /PackageToUpdateNotFound|already (been )?(shipped|fulfilled)/i

function answeredOutcome({ answer, detail }: Extract<GatewayReply, { kind: 'answered' }>): ConfirmOutcome {
  switch (answer.outcome) {
    case CallOutcome.ACCEPTED:
      return { kind: 'accepted' }
    case CallOutcome.INVALID_DATA:
    case CallOutcome.NOT_FOUND:
      return {
        kind: 'refused',
        detail,
        alreadyShipped: ALREADY_SHIPPED.test(Buffer.from(answer.body).toString('utf8')),
      }
    case CallOutcome.THROTTLED:
    case CallOutcome.NOT_SENT:
      return { kind: 'not_done', detail, retryAt: undefined, counts: false }
    case CallOutcome.DENIED:
    case CallOutcome.AUTHORISATION_REVOKED:
    case CallOutcome.APPLICATION_CREDENTIALS:
    case CallOutcome.WRONG_REGION:
      return { kind: 'not_done', detail, retryAt: undefined, counts: true }
    // A server error may come after the work was done.
    case CallOutcome.OUTAGE:
    case CallOutcome.UNKNOWN:
    case CallOutcome.UNSPECIFIED:
    case CallOutcome.UNRECOGNIZED:
      return { kind: 'unknown', detail }
    default:
      return answer.outcome satisfies never
  }
}
