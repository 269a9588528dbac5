import {
  type CallAmazonResponse,
  CallOutcome,
} from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'

import type { Despatch } from '../domain/despatch.ts'
import type { ConfirmOutcome } from '../peers/peers.ts'

/**
 * The body that tells Amazon of a parcel. The package reference is a positive number as text: Amazon refuses a JSON number.
 * Source: SP-API, Orders v0, confirmShipment.
 */
export function confirmShipmentBody(despatch: Despatch): Buffer {
  const body = {
    marketplaceId: despatch.marketplaceId,
    packageDetail: {
      packageReferenceId: String(despatch.parcel),
      carrierCode: despatch.carrier,
      ...(despatch.carrierName !== '' && { carrierName: despatch.carrierName }),
      ...(despatch.service !== '' && { shippingMethod: despatch.service }),
      trackingNumber: despatch.tracking,
      shipDate: despatch.despatchedAt.toISOString(),
      orderItems: despatch.lines.map((line) => ({ orderItemId: line.channelLineId, quantity: line.quantity })),
    },
  }
  return Buffer.from(JSON.stringify(body))
}

/** Amazon's words for a parcel of an order that was fulfilled before. */
const ALREADY_SHIPPED = /PackageToUpdateNotFound|already (been )?(shipped|fulfilled)/i

/** What Amazon's answer means for the despatch. */
export function readConfirmation(answer: CallAmazonResponse): ConfirmOutcome {
  const detail = detailOf(answer)
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

/** What an answer means, with the next step. */
export function detailOf(answer: CallAmazonResponse): string {
  const words = [answer.detail, answer.nextStep].filter((text) => text !== '').join(': ')
  return words === '' ? `Amazon answered ${String(answer.status)}` : words
}
