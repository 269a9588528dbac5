import type { Ids } from '@lockstep/contracts/ids'
import { failpoint } from '@lockstep/postgres/failpoint'
import type { Kysely } from 'kysely'

import { countComputed } from '../pipeline-metrics.ts'
import { type AvailabilityFigure, listGroupsOfItems, saveAvailability } from '../store/availability.ts'
import type { ChannelDb } from '../store/database.ts'
import { markReflected } from '../store/order-sales.ts'
import type { RecomputeCause } from '../store/pipeline-tables.ts'
import { recomputeGroups } from './recompute-groups.ts'

/** What one transaction in inventory did to one item. */
export interface ItemChange {
  itemId: string
  figures: readonly AvailabilityFigure[]
  cause: RecomputeCause
}

/** What taking in works with. */
export interface TakeInDeps {
  db: Kysely<ChannelDb>
  ids: Ids
  /** Wakes the push after a commit. */
  poke(): void
}

/**
 * Stores new availability and computes every group that sells the items again, all in one transaction.
 * Older and repeated figures change nothing. Answers how many items moved.
 */
export async function takeInAvailability(deps: TakeInDeps, changes: readonly ItemChange[]): Promise<number> {
  const causes = new Map(changes.map((change) => [change.itemId, change.cause]))
  const moved = await deps.db.transaction().execute(async (tx) => {
    const items = await saveAvailability(
      tx,
      changes.flatMap((change) => change.figures),
    )
    const moves = changes.filter(isForOrder).map(({ itemId, cause }) => ({ itemId, orderId: cause.reference }))
    const salesMoved = await markReflected(tx, moves)
    const affected = salesMoved ? [...new Set([...items, ...moves.map((move) => move.itemId)])] : items
    const groups = await listGroupsOfItems(tx, affected)
    const causeByGroup = new Map(groups.map(({ groupId, itemId }) => [groupId, causes.get(itemId) ?? unnamed]))
    await recomputeGroups(tx, deps, {
      groupIds: [...causeByGroup.keys()],
      causeOf: (groupId) => causeByGroup.get(groupId) ?? unnamed,
      salesMoved,
    })
    return items.length
  })
  failpoint('recompute:after-commit')
  countComputed(moved)
  deps.poke()
  return moved
}

const unnamed: RecomputeCause = { kind: 'availability_changed', reference: '', actor: '', note: '' }

function isForOrder({ cause }: ItemChange): boolean {
  return cause.reference.startsWith('ord_')
}
