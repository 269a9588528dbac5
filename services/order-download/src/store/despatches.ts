import type { Transaction } from 'kysely'
import type { OrderDownloadDb } from './tables.ts'

/** Counts the units of a despatch; one that is counted already adds nothing. */
export async function addDespatchedUnits(
  tx: Transaction<OrderDownloadDb>,
  despatchId: string,
  lines: { orderLineId: string; quantity: number }[],
): Promise<void> {
  if (lines.length === 0) return
  await tx
    .insertInto('order_line_despatch')
    .values(
      lines.map(({ orderLineId, quantity }) => ({ despatch_id: despatchId, order_line_id: orderLineId, quantity })),
    )
    .onConflict((conflict) => conflict.columns(['despatch_id', 'order_line_id']).doNothing())
    .execute()
}
