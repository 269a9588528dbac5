import type { Ids } from '@lockstep/contracts/ids'
import { statedHold } from '@lockstep/pacing/holds'
import type { Logger } from '@lockstep/telemetry/logger'
import type { Kysely } from 'kysely'

import { announceHolds } from '../events/hold-events.ts'
import type { ChannelDb } from '../store/database.ts'
import { lockGroups } from '../store/group-rows.ts'
import { lockLostHolds } from '../store/lost-holds.ts'

const slice = 200

/**
 * Says once more what is held, where inventory's figures do not show it: under the same version, so that inventory takes it in only if it has not. Answers whether more
 * may be there.
 */
export async function restateHolds(deps: {
  db: Kysely<ChannelDb>
  ids: Ids
  log: Logger
  announce(): void
}): Promise<boolean> {
  const groupIds = await deps.db.transaction().execute(async (tx) => {
    const { rows } = await lockGroups(tx, await lockLostHolds(tx, slice))
    const news = rows.flatMap(({ groupId, state }) => {
      const hold = statedHold(state)
      return hold ? [{ groupId, hold, placeBefore: hold.place }] : []
    })
    await announceHolds(tx, deps.ids, news)
    return news.map((one) => one.groupId)
  })
  if (groupIds.length === 0) return false
  deps.announce()
  deps.log.warn({ holds: groupIds.length, group_ids: groupIds.slice(0, 20) }, 'holds stated again that no figure shows')
  return false
}
