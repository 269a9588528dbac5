import { sql, type Transaction } from 'kysely'

import type { RecomputeCause } from './pipeline-tables.ts'
import { markGroups } from './recompute-marks.ts'
import { tracedCause } from './traced-cause.ts'

/**
 * Asks for the desired number of these groups to be computed again, in the transaction of the change that made it needful.
 * Groups that were never linked get their row here. Asking twice before it is done is one computation.
 * Locks the groups' rows in id order until the transaction ends, so call it last; poke the pipeline after the commit.
 */
export async function queueRecompute<DB>(
  tx: Transaction<DB>,
  groupIds: readonly string[],
  cause: RecomputeCause,
): Promise<void> {
  if (groupIds.length === 0) return
  await sql`
    insert into group_state as s (group_id, connection_id, channel_sku, recompute_at, recompute_cause)
    select id, connection_id, channel_sku, clock_timestamp(), ${tracedCause(cause)}::jsonb
      from sku_group where id = any(${[...groupIds]}::text[]) order by id
    on conflict (group_id) do update set recompute_at = excluded.recompute_at, recompute_cause = excluded.recompute_cause
  `.execute(tx)
}

/**
 * As queueRecompute, for every group that holds a linked listing of the account; no group is locked. Locks the account's row until the transaction ends: a link that
 * is being made is marked, or comes after what this transaction changes.
 */
export async function queueRecomputeOfAccount<DB>(
  tx: Transaction<DB>,
  accountId: string,
  cause: RecomputeCause,
): Promise<void> {
  await sql`select from account where id = ${accountId} for no key update`.execute(tx)
  const linked = sql<{ id: string }>`
    select distinct group_id from listing where account_id = ${accountId} and item_id is not null`
  await markGroups(tx, linked, cause)
}
