import { sql, type Kysely, type Transaction } from 'kysely'

import type { ChannelDb } from './database.ts'

/** Keeps the outcome that a dry run has shown, so that its confirmation can be used for 15 minutes. */
export async function saveDryRun(
  db: Kysely<ChannelDb>,
  run: { confirmation: string; accountId: string; outcome: string },
): Promise<void> {
  await sql`
    insert into dry_run (confirmation, account_id, outcome) values (${run.confirmation}, ${run.accountId}, ${run.outcome})
    on conflict (confirmation) do update set at = clock_timestamp()`.execute(db)
}

/** The outcome that a confirmation stands for, when it was shown for this account within the last 15 minutes. */
export async function findDryRun(
  db: Kysely<ChannelDb>,
  accountId: string,
  confirmation: string,
): Promise<{ outcome: string } | undefined> {
  return db
    .selectFrom('dry_run')
    .select('outcome')
    .where('confirmation', '=', confirmation)
    .where('account_id', '=', accountId)
    .where('at', '>', sql<Date>`clock_timestamp() - interval '15 minutes'`)
    .executeTakeFirst()
}

/** The shared-SKU groups that hold a linked listing of the account, after the given id. */
export async function listLinkedGroups(
  db: Kysely<ChannelDb>,
  accountId: string,
  page: { after: string; limit: number },
): Promise<{ groupId: string; channelSku: string }[]> {
  return db
    .selectFrom('listing')
    .select(['group_id as groupId', 'channel_sku as channelSku'])
    .where('account_id', '=', accountId)
    .where('item_id', 'is not', null)
    .where('group_id', '>', page.after)
    .orderBy('group_id')
    .limit(page.limit)
    .execute()
}

/** Lets the first write of these groups go although their listings disagree. Their rows must be locked. */
export async function confirmConflicts(tx: Transaction<ChannelDb>, groupIds: readonly string[]): Promise<void> {
  await sql`
    update group_state set conflict_confirmed_at = clock_timestamp()
     where group_id = any(${groupIds}::text[])`.execute(tx)
}

/** How many numbers per second may leave for a seller, and how many at once, as its rate bucket stands. */
export async function findPatchRate(
  db: Kysely<ChannelDb>,
  connectionId: string,
): Promise<{ perSecond: number; atOnce: number }> {
  const row = await db
    .selectFrom('rate_bucket')
    .select(['working_rate', 'working_burst'])
    .where('level', '=', 'pair')
    .where('scope', '=', connectionId)
    .where('operation', '=', 'patchListingsItem')
    .executeTakeFirst()
  // Source: Listings Items 2021-08-01, usage plan of patchListingsItem.
  return { perSecond: row?.working_rate ?? 5, atOnce: row?.working_burst ?? 5 }
}
