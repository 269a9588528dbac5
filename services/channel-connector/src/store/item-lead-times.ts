import { sql, type Transaction } from 'kysely'

import type { ChannelDb } from './database.ts'
import { jsonList } from './json-list.ts'

/** The lead times of one item at one version. */
export interface ItemLeadTimes {
  itemId: string
  version: number
  forAll: number | null
  byAccount: Readonly<Record<string, number>>
}

/**
 * Keeps the newest lead times of these items, each named once. Answers the items whose lead times changed; an older version and a repeat change nothing.
 */
export async function saveItemLeadTimes(
  tx: Transaction<ChannelDb>,
  items: readonly ItemLeadTimes[],
): Promise<string[]> {
  if (items.length === 0) return []
  const { rows } = await sql<{ item_id: string }>`
    with incoming as (
      select * from unnest(${items.map((i) => i.itemId)}::text[], ${items.map((i) => i.version)}::bigint[],
                           ${items.map((i) => i.forAll)}::integer[],
                           ${jsonList(items.map((i) => JSON.stringify(i.byAccount)))}::text[])
               as i (item_id, version, for_all, by_account)
    ), before as (
      select k.item_id, k.for_all, k.by_account from item_lead_time k join incoming using (item_id)
    ), saved as (
      insert into item_lead_time as k (item_id, version, for_all, by_account)
      select item_id, version, for_all, by_account::jsonb from incoming order by item_id
      on conflict (item_id) do update
         set version = excluded.version, for_all = excluded.for_all, by_account = excluded.by_account
       where k.version < excluded.version
      returning k.item_id, k.for_all, k.by_account
    )
    select s.item_id from saved s left join before b using (item_id)
     where s.for_all is distinct from b.for_all or s.by_account <> coalesce(b.by_account, '{}')`.execute(tx)
  return rows.map((row) => row.item_id)
}
