import type { Kysely } from 'kysely'
import type { OrderFinding } from '../domain/order.ts'
import type { OrderDownloadDb } from './tables.ts'

/** How many stored orders of a connection a person should look at, by why. */
export async function countFindings(
  db: Kysely<OrderDownloadDb>,
  connectionId: string,
): Promise<{ finding: OrderFinding; count: number }[]> {
  const rows = await db
    .selectFrom('sales_order')
    .select(['finding', (count) => count.fn.countAll<number>().as('count')])
    .where('connection_id', '=', connectionId)
    .where('finding', 'is not', null)
    .groupBy('finding')
    .orderBy('finding')
    .execute()
  return rows.flatMap(({ finding, count }) => (finding === null ? [] : [{ finding, count }]))
}

/** How many orders of a connection could not be read. */
export async function countOpenQuarantine(db: Kysely<OrderDownloadDb>, connectionId: string): Promise<number> {
  const { count } = await db
    .selectFrom('quarantined_order')
    .select((rows) => rows.fn.countAll<number>().as('count'))
    .where('connection_id', '=', connectionId)
    .where('resolved_at', 'is', null)
    .executeTakeFirstOrThrow()
  return count
}
