import type { Kysely } from 'kysely'
import type { Order, OrderState } from '../domain/order.ts'
import { listOrderRows, withLines } from '../store/orders.ts'
import type { OrderDownloadDb } from '../store/tables.ts'

export interface OrderFilter {
  accountId?: string
  state?: OrderState
  folder?: 'FBM' | 'FBA'
  /** Part of Amazon's order id or of a channel SKU. */
  search?: string
}

/** The last order of the page before. */
export interface OrderPlace {
  createdAt: Date
  id: string
}

/** A page of orders, newest first; orders of the same time by id. */
export async function listOrders(
  db: Kysely<OrderDownloadDb>,
  wanted: { filter: OrderFilter; after: OrderPlace | undefined; limit: number },
): Promise<Order[]> {
  const rows = await listOrderRows(db, wanted)
  return (await withLines(db, rows)).map(({ order }) => order)
}
