import type { Clock } from '@lockstep/contracts/clock'
import type { Ids } from '@lockstep/contracts/ids'
import type { Kysely } from 'kysely'

import { isShownAsShipped } from '../domain/read-back.ts'
import { confirmation, takeStep } from './tell-amazon.ts'
import type { DespatchDb } from '../store/database.ts'
import { despatchedUnits, lockOrder, lockSubmitted } from '../store/despatches.ts'

/** An order as a poll has shown it. */
export interface PolledOrder {
  readonly orderId: string
  /** Units shipped on Amazon, by Amazon's order item id. */
  readonly fulfilled: ReadonlyMap<string, number>
}

/** Confirms the submitted despatches that a poll shows as shipped. Safe to repeat: a confirmed despatch is left alone. */
export async function confirmByOrder(
  deps: { db: Kysely<DespatchDb>; clock: Clock; ids: Ids },
  order: PolledOrder,
): Promise<void> {
  if (order.fulfilled.size === 0) return
  await deps.db.transaction().execute(async (tx) => {
    await lockOrder(tx, order.orderId)
    const submitted = await lockSubmitted(tx, order.orderId)
    const units = await despatchedUnits(tx, order.orderId)
    for (const despatch of submitted) {
      const wanted = new Map(
        despatch.lines.map((line) => [line.channelLineId, units.get(line.orderLineId) ?? line.quantity]),
      )
      if (isShownAsShipped(despatch, wanted, order.fulfilled))
        await takeStep(tx, deps, { despatch, step: confirmation })
    }
  })
}
