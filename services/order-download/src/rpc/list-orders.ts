import {
  OrderState,
  type ListOrdersRequest,
  type ListOrdersResponse,
} from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import type { Kysely } from 'kysely'
import { orderMessage } from '../events/order-message.ts'
import { listOrders, type OrderFilter } from '../queries/list-orders.ts'
import type { OrderDownloadDb } from '../store/tables.ts'
import { pageFrom, pageToken } from './page.ts'
import { invalidField } from './refusals.ts'

/** Answers a page of orders, newest first. */
export async function handleListOrders(
  deps: { db: Kysely<OrderDownloadDb> },
  request: ListOrdersRequest,
): Promise<ListOrdersResponse> {
  const filter = filterFrom(request)
  const { size, after } = pageFrom(request.page)
  if (filter === 'none') return { orders: [], nextPageToken: '' }
  const place = after && { createdAt: after.at, id: after.id }
  const found = await listOrders(deps.db, { filter, after: place, limit: size + 1 })
  const orders = found.slice(0, size)
  const last = found.length > size ? orders.at(-1) : undefined
  return { orders: orders.map(orderMessage), nextPageToken: pageToken(last && { at: last.createdAt, id: last.id }) }
}

const stateNames = {
  [OrderState.PARKED]: 'parked',
  [OrderState.OPEN]: 'open',
  [OrderState.PROCESSED]: 'processed',
  [OrderState.CANCELLED]: 'cancelled',
} as const

/** Orders in quarantine are listed by a call of their own: `none` of the stored ones is in that state. */
function filterFrom(request: ListOrdersRequest): OrderFilter | 'none' {
  const { state, folder, accountId, search } = request
  if (state === OrderState.QUARANTINED) return 'none'
  if (state === OrderState.UNRECOGNIZED) throw invalidField('state', state, 'there is no such state')
  if (folder !== '' && folder !== 'FBM' && folder !== 'FBA') {
    throw invalidField('folder', folder, `there is no folder "${folder}": FBM or FBA`)
  }
  if (search.length > 100) throw invalidField('search', search.slice(0, 100), 'search for at most 100 characters')
  return {
    ...(accountId === '' ? {} : { accountId }),
    ...(state === OrderState.UNSPECIFIED ? {} : { state: stateNames[state] }),
    ...(folder === '' ? {} : { folder }),
    ...(search === '' ? {} : { search }),
  }
}
