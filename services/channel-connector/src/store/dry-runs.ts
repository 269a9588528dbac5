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

/** A dry run as it is found again. */
export interface FoundDryRun extends StoredDryRun {
  /** It was shown more than 15 minutes ago: it confirms nothing any more. */
  isOver: boolean
}

/** What a confirmation stands for, when it was shown within the last day. */
export async function findDryRun(db: Kysely<ChannelDb>, confirmation: string): Promise<FoundDryRun | undefined> {
  const row = await db
    .selectFrom('dry_run')
    .select(['account_id', 'outcome', 'shape', 'change', 'inverse', 'zeros_confirmation'])
    .select(sql<boolean>`at <= clock_timestamp() - interval '15 minutes'`.as('isOver'))
    .where('confirmation', '=', confirmation)
    .executeTakeFirst()
  if (!row?.change || !row.inverse) return undefined
  const { account_id: accountId, outcome, shape, change, inverse, zeros_confirmation: zerosConfirmation, isOver } = row
  return { confirmation, accountId, outcome, shape: shape ?? outcome, change, inverse, zerosConfirmation, isOver }
}

/**
 * Lets the first write of these groups go although their listings disagree. Locks their rows in id order until the transaction ends. Answers how many of them
 * waited for it.
 */
export async function confirmConflicts(tx: Transaction<ChannelDb>, groupIds: readonly string[]): Promise<number> {
  if (groupIds.length === 0) return 0
  const { rows } = await sql<{ waited: boolean }>`
    with before as (
      select group_id, conflict_confirmed_at, accepted_version from group_state
       where group_id = any(${groupIds}::text[]) order by group_id for update)
    update group_state as s set conflict_confirmed_at = clock_timestamp()
      from before where before.group_id = s.group_id
    returning before.conflict_confirmed_at is null and before.accepted_version is null as waited`.execute(tx)
  return rows.filter(({ waited }) => waited).length
}

/** As findPatchRate, of the slowest seller that lists an item. */
export async function findSlowestPatchRate(
  db: Kysely<ChannelDb>,
  itemId: string,
): Promise<{ perSecond: number; atOnce: number }> {
  const { rows } = await sql<{ connectionId: string }>`
    select distinct a.connection_id as "connectionId" from listing l join account a on a.id = l.account_id
     where l.item_id = ${itemId}`.execute(db)
  const rates = await Promise.all(rows.map(({ connectionId }) => findPatchRate(db, connectionId)))
  const slowest = (pick: 'perSecond' | 'atOnce') => Math.min(documentedRate[pick], ...rates.map((rate) => rate[pick]))
  return { perSecond: slowest('perSecond'), atOnce: slowest('atOnce') }
}

// Source: Listings Items 2021-08-01, usage plan of patchListingsItem.
const documentedRate = { perSecond: 5, atOnce: 5 }

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
  return row ? { perSecond: row.working_rate, atOnce: row.working_burst } : documentedRate
}
