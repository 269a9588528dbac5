import {
  CallOutcome,
  type CallAmazonResponse,
  type QueryParameter,
} from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import { z } from 'zod'
import type { PageReply } from '../commands/poll-connection.ts'
import { filtersOf, type PollWindow } from '../domain/poll-window.ts'
import { readOrder } from './read-order.ts'

/** Amazon takes no upper bound within the last 2 minutes; one that we must make ourselves keeps a minute more. */
const OWN_BOUND_BEHIND_MS = 3 * 60_000
const RETRY_THROTTLED_MS = 60_000

/**
 * The query of a window's next page: the same from page to page but for the token, in UTC, without an upper bound (Amazon echoes its own).
 * Source: Orders API 2026-01-01, searchOrders.
 */
export function searchOrdersQuery(window: PollWindow): QueryParameter[] {
  const { statuses, fulfilledBy } = filtersOf(window)
  const parameters = {
    lastUpdatedAfter: window.updatedAfter,
    marketplaceIds: window.marketplaceIds.join(','),
    fulfillmentStatuses: statuses.join(','),
    fulfilledBy: fulfilledBy.join(','),
    maxResultsPerPage: '100',
    includedData: window.includedData.join(','),
    paginationToken: window.paginationToken ?? '',
  }
  return Object.entries(parameters).flatMap(([name, value]) => (value === '' ? [] : [{ name, value }]))
}

const PageShape = z.object({
  orders: z.array(z.unknown()),
  pagination: z.object({ nextToken: z.string().nullish() }).nullish(),
  lastUpdatedBefore: z.iso.datetime({ offset: true }).nullish(),
})

/** What Amazon's answer to a page means for the poll. */
export function readSearchReply(answer: CallAmazonResponse, window: PollWindow, readAt: Date): PageReply {
  const detail = [answer.detail, answer.nextStep].filter((text) => text !== '').join(': ')
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
      return { kind: 'failed', detail: detail === '' ? `Amazon answered ${answer.status}` : detail }
    default:
      return answer.outcome satisfies never
  }
}

function pageFrom(answer: CallAmazonResponse, readAt: Date): PageReply {
  const page = PageShape.safeParse(jsonFrom(answer.body))
  if (!page.success) return { kind: 'failed', detail: 'Amazon answered with something that is no page of orders' }
  const bound = boundOf(page.data.lastUpdatedBefore, answer.amazonTime)
  if (!bound) return { kind: 'failed', detail: 'Amazon named no bound of its answer and no time' }
  return {
    kind: 'page',
    readings: page.data.orders.map(readOrder),
    bound,
    nextToken: page.data.pagination?.nextToken ?? null,
    readAt,
  }
}

/** By Amazon's time always: our own clock may be off. */
function boundOf(echoed: string | null | undefined, amazonTime: Date | undefined): Date | undefined {
  if (echoed) return new Date(echoed)
  return amazonTime && new Date(amazonTime.getTime() - OWN_BOUND_BEHIND_MS)
}

function jsonFrom(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
}
