import { sql, type Kysely, type Transaction } from 'kysely'

import type { RuleChange } from '../domain/rule-change.ts'
import type { ChannelDb } from './database.ts'

/** A dry run as it is kept: what was shown, and what would be done. */
export interface StoredDryRun {
  confirmation: string
  accountId: string
  outcome: string
  shape: string
  change: RuleChange
  inverse: RuleChange
  zerosConfirmation: string | null
}

/** Keeps what a dry run has shown, so that its confirmation can be used for 15 minutes. */
export async function saveDryRun(db: Kysely<ChannelDb>, run: StoredDryRun): Promise<void> {
  await sql`
    insert into dry_run (confirmation, account_id, outcome, shape, change, inverse, zeros_confirmation)
    values (${run.confirmation}, ${run.accountId}, ${run.outcome}, ${run.shape}, ${JSON.stringify(run.change)}::jsonb,
            ${JSON.stringify(run.inverse)}::jsonb, ${run.zerosConfirmation})
    on conflict (confirmation) do update
       set at = clock_timestamp(), shape = excluded.shape, change = excluded.change, inverse = excluded.inverse,
           zeros_confirmation = excluded.zeros_confirmation`.execute(db)
}

/** What a confirmation stands for, when it was shown within the last 15 minutes. */
export async function findDryRun(db: Kysely<ChannelDb>, confirmation: string): Promise<StoredDryRun | undefined> {
  const row = await db
    .selectFrom('dry_run')
    .select(['account_id', 'outcome', 'shape', 'change', 'inverse', 'zeros_confirmation'])
    .where('confirmation', '=', confirmation)
    .where('at', '>', sql<Date>`clock_timestamp() - interval '15 minutes'`)
    .executeTakeFirst()
  if (!row?.change || !row.inverse) return undefined
  const { account_id: accountId, outcome, shape, change, inverse, zeros_confirmation: zerosConfirmation } = row
  return { confirmation, accountId, outcome, shape: shape ?? outcome, change, inverse, zerosConfirmation }
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
