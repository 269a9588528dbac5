import { type Kysely, sql } from 'kysely'

import type { ChannelDb } from './database.ts'

/** How people call the accounts and items of these shared SKUs: names and SKUs by our ids. */
export async function namesInGroups(
  db: Kysely<ChannelDb>,
  groupIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; name: string }>`
    select account.id, account.name from listing join account on account.id = listing.account_id
     where listing.group_id = any(${[...groupIds]}::text[])
     union
    select item_id, item_sku from listing
     where group_id = any(${[...groupIds]}::text[]) and item_id is not null and item_sku is not null`.execute(db)
  return new Map(rows.map(({ id, name }) => [id, name]))
}
