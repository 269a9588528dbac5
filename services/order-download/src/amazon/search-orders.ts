import {
  CallOutcome,
  type CallAmazonResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import type { DescribedCall } from '@lockstep/sp-api/call'
import { readOrdersPage, searchOrdersCall } from '@lockstep/sp-api/orders'
import type { PageReply } from '../commands/poll-connection.ts'
import { filtersOf, type PollWindow } from '../domain/poll-window.ts'
import { readOrder } from './read-order.ts'

/** Amazon takes no upper bound within the last 2 minutes; one that we must make ourselves keeps a minute more. */
const OWN_BOUND_BEHIND_MS = 3 * 60_000
const RETRY_THROTTLED_MS = 60_000

/** The call for a window's next page: the same from page to page but for the token. */
export function searchCallOf(window: PollWindow): DescribedCall {
  return searchOrdersCall({
    marketplaceIds: window.marketplaceIds,
    lastUpdatedAfter: new Date(window.updatedAfter),
    includedData: window.includedData,
    ...filtersOf(window),
    ...(window.paginationToken !== null && { paginationToken: window.paginationToken }),
  })
}

/** What Amazon's answer to a page means for the poll. */
export function readSearchReply(
  { answer, detail }: { answer: CallAmazonResponse; detail: string },
  window: PollWindow,
  readAt: Date,
): PageReply {
  switch (answer.outcome) {
    case CallOutcome.ACCEPTED:
      return pageFrom(answer, readAt)
    case CallOutcome.THROTTLED:
      return { kind: 'throttled', retryAfterMs: RETRY_THROTTLED_MS, detail }
    case CallOutcome.DENIED:
      return { kind: 'denied', maybeDatasets: true, detail }
    case CallOutcome.AUTHORISATION_REVOKED:
    case CallOutcome.APPLICATION_CREDENTIALS:
    case CallOutcome.WRONG_REGION:
      return { kind: 'denied', maybeDatasets: false, detail }
    case CallOutcome.INVALID_DATA:
      return window.paginationToken === null ? { kind: 'failed', detail } : { kind: 'token_refused', detail }
    case CallOutcome.NOT_FOUND:
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

function pageFrom(answer: CallAmazonResponse, readAt: Date): PageReply {
  const page = readOrdersPage(answer.body)
  if (!page) return { kind: 'failed', detail: 'Amazon answered with something that is no page of orders' }
  // By Amazon's time always: our own clock may be off.
  const ownBound = answer.amazonTime && new Date(answer.amazonTime.getTime() - OWN_BOUND_BEHIND_MS)
  const bound = page.lastUpdatedBefore ?? ownBound
  if (!bound) return { kind: 'failed', detail: 'Amazon named no bound of its answer and no time' }
  return { kind: 'page', readings: page.orders.map(readOrder), bound, nextToken: page.nextToken, readAt }
}
