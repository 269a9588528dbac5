import type {
  ListAuditEntriesRequest,
  ListAuditEntriesResponse,
} from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import type { Kysely } from 'kysely'
import { findOrder } from '../queries/find-order.ts'
import { listAuditEntries } from '../store/audit.ts'
import type { OrderDownloadDb } from '../store/tables.ts'
import { invalidToken, pageFrom, pageToken } from './page.ts'
import { ambiguousOrder, unknownOrder } from './refusals.ts'

/** Answers a page of an order's audit trail, oldest first. */
export async function handleListAuditEntries(
  deps: { db: Kysely<OrderDownloadDb> },
  request: ListAuditEntriesRequest,
): Promise<ListAuditEntriesResponse> {
  const { size, after } = pageFrom(request.page)
  if (after && !/^\d{1,15}$/.test(after.id)) throw invalidToken(request.page?.token ?? '')
  const found = await findOrder(deps.db, request.order)
  if (found.kind === 'unknown') throw unknownOrder(request.order)
  if (found.kind === 'ambiguous') throw ambiguousOrder(request.order, found.candidates)
  const orderId = found.kind === 'found' ? found.order.id : found.entry.id
  const place = after && { at: after.at, id: Number(after.id) }
  const entries = await listAuditEntries(deps.db, { orderId, after: place, limit: size + 1 })
  const last = entries.length > size ? entries[size - 1] : undefined
  return {
    orderId,
    entries: entries.slice(0, size).map(({ at, text, note, actor, cause, oldValue, newValue }) => ({
      at,
      text,
      note,
      actor,
      cause,
      oldValue,
      newValue,
    })),
    nextPageToken: pageToken(last && { at: last.at, id: String(last.id) }),
  }
}
