import type { Kysely } from 'kysely'

import { listGroupsOfItems } from '../store/availability.ts'
import type { ChannelDb } from '../store/database.ts'
import { type ItemLeadTimes, saveItemLeadTimes } from '../store/item-lead-times.ts'
import { queueRecompute } from '../store/recompute.ts'

/** An item's lead times, and who changed them. */
export interface LeadTimeChange extends ItemLeadTimes {
  actor: string
}

/** Stores the lead times that items bring and has the listings of those that changed computed again. Older and repeated ones change nothing. */
export async function takeInLeadTimes(
  deps: { db: Kysely<ChannelDb>; poke: () => void },
  changes: readonly LeadTimeChange[],
): Promise<void> {
  const newest = new Map(changes.toSorted((a, b) => a.version - b.version).map((change) => [change.itemId, change]))
  await deps.db.transaction().execute(async (tx) => {
    const itemIds = await saveItemLeadTimes(tx, [...newest.values()])
    if (itemIds.length === 0) return
    const groups = await listGroupsOfItems(tx, itemIds)
    const cause = {
      kind: 'lead_time_changed',
      reference: itemIds[0] ?? '',
      actor: newest.get(itemIds[0] ?? '')?.actor ?? '',
    }
    await queueRecompute(
      tx,
      groups.map(({ groupId }) => groupId),
      { ...cause, note: 'days to ship of the product' },
    )
  })
  deps.poke()
}
