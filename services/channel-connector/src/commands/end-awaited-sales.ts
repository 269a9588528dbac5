import type { Logger } from '@lockstep/telemetry/logger'
import type { Kysely } from 'kysely'

import { listGroupsOfItems } from '../store/availability.ts'
import { endAwaited } from '../store/awaited-sales.ts'
import type { ChannelDb } from '../store/database.ts'
import { queueRecompute } from '../store/recompute.ts'

const slice = 1_000

/** Offers units again that were kept for order lines without a place which never got one. Answers whether more may be there. */
export async function endAwaitedSales(deps: { db: Kysely<ChannelDb>; log: Logger; poke(): void }): Promise<boolean> {
  const { ended, lost } = await deps.db.transaction().execute(async (tx) => {
    const rows = await endAwaited(tx, slice)
    const missed = rows.filter((row) => !row.reserved && row.units > 0)
    const groups = await listGroupsOfItems(tx, [...new Set(missed.map((row) => row.itemId))])
    const cause = {
      kind: 'orders_not_placed',
      reference: '',
      actor: 'channel-connector',
      note: 'no order came to reserve',
    }
    await queueRecompute(tx, [...new Set(groups.map(({ groupId }) => groupId))], cause)
    return { ended: rows.length, lost: missed }
  })
  if (lost.length > 0) {
    const units = lost.reduce((sum, row) => sum + row.units, 0)
    const item_ids = [...new Set(lost.map((row) => row.itemId))].slice(0, 20)
    deps.log.warn(
      { lines: lost.length, units, item_ids },
      'order lines got no place in time: their units are offered again',
    )
    deps.poke()
  }
  return ended === slice
}
