import type {
  ListQuarantineRequest,
  ListQuarantineResponse,
} from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import type { Kysely } from 'kysely'
import { listQuarantined } from '../store/quarantine.ts'
import type { OrderDownloadDb } from '../store/tables.ts'
import { pageFrom, pageToken } from './page.ts'

/** Answers a page of the orders that could not be taken in, newest first. */
export async function handleListQuarantine(
  deps: { db: Kysely<OrderDownloadDb> },
  request: ListQuarantineRequest,
): Promise<ListQuarantineResponse> {
  const { size, after } = pageFrom(request.page)
  const rows = await listQuarantined(deps.db, { accountId: request.accountId, after, limit: size + 1 })
  const last = rows.length > size ? rows[size - 1] : undefined
  return {
    orders: rows.slice(0, size).map((row) => ({
      channelOrderId: row.channel_order_id ?? '',
      reason: row.reason,
      firstSeenAt: row.first_seen_at,
      seen: row.seen,
    })),
    nextPageToken: pageToken(last && { at: last.first_seen_at, id: last.id }),
  }
}
