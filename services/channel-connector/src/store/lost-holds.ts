import { sql, type Transaction } from 'kysely'

import type { ChannelDb } from './database.ts'

/** As long as a statement and the figure that answers it may take. */
const answeredWithinS = 60

/**
 * SKUs whose hold inventory's figures do not show as it was last stated, a minute after it was: a message was lost, or its answer was. At most `limit`, each once
 * a minute; their rows are locked until the transaction ends.
 */
export async function lockLostHolds(tx: Transaction<ChannelDb>, limit: number): Promise<string[]> {
  const isOverdue = sql`s.hold_stated_at < clock_timestamp() - make_interval(secs => ${answeredWithinS})`
  const { rows } = await sql<{ id: string }>`
    select s.group_id as id from group_state s
     where s.group_id in (
       select s.group_id from group_state s
        where s.hold_units > 0 and ${isOverdue}
          and not exists (select from availability a where a.holds is not null and a.holds ? s.group_id)
        union
       select s.group_id
         from availability a, jsonb_object_keys(a.holds) as held (group_id)
         join group_state s on s.group_id = held.group_id
        where a.holds is not null and s.hold_units = 0 and ${isOverdue}
        limit ${limit})
       for update skip locked`.execute(tx)
  return rows.map((row) => row.id)
}
