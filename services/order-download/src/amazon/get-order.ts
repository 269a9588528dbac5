import {
  CallOutcome,
  type CallAmazonResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import { rawOrderIn } from '@lockstep/sp-api/orders'
import type { OrderReply } from '../commands/refresh-order.ts'
import { readOrder } from './read-order.ts'

const RETRY_THROTTLED_MS = 60_000

/** What Amazon's answer to a read of one order means. */
export function readGetOrderReply(
  { answer, detail }: { answer: CallAmazonResponse; detail: string },
  readAt: Date,
): OrderReply {
  switch (answer.outcome) {
    case CallOutcome.ACCEPTED: {
      const raw = rawOrderIn(answer.body)
      if (raw === undefined) return { kind: 'failed', detail: 'Amazon answered with something that is no order' }
      return { kind: 'order', reading: readOrder(raw), readAt }
    }
    case CallOutcome.THROTTLED:
      return { kind: 'throttled', retryAfterMs: RETRY_THROTTLED_MS, detail }
    case CallOutcome.DENIED:
    case CallOutcome.AUTHORISATION_REVOKED:
    case CallOutcome.APPLICATION_CREDENTIALS:
    case CallOutcome.WRONG_REGION:
    case CallOutcome.INVALID_DATA:
      return { kind: 'denied', detail }
    case CallOutcome.NOT_FOUND:
      return { kind: 'not_found', detail }
    case CallOutcome.OUTAGE:
    case CallOutcome.UNKNOWN:
    case CallOutcome.NOT_SENT:
    case CallOutcome.UNSPECIFIED:
    case CallOutcome.UNRECOGNIZED:
      return { kind: 'failed', detail }
    default:
      return answer.outcome satisfies never
  }
}
