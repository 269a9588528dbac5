import { traceparent } from '@lockstep/telemetry/trace'
import { sql, type Transaction } from 'kysely'

import type { RecomputeCause } from './pipeline-tables.ts'

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
    select id, connection_id, channel_sku, clock_timestamp(), ${traced(cause)}::jsonb
      from sku_group where id = any(${[...groupIds]}::text[]) order by id
    on conflict (group_id) do update set recompute_at = excluded.recompute_at, recompute_cause = excluded.recompute_cause
  `.execute(tx)
}

/** As queueRecompute, for every group that holds a linked listing of the account. */
export async function queueRecomputeOfAccount<DB>(
  tx: Transaction<DB>,
  accountId: string,
  cause: RecomputeCause,
): Promise<void> {
  await sql`
    insert into group_state as s (group_id, connection_id, channel_sku, recompute_at, recompute_cause)
    select g.id, g.connection_id, g.channel_sku, clock_timestamp(), ${traced(cause)}::jsonb
      from sku_group g
     where exists (select 1 from listing l where l.group_id = g.id and l.account_id = ${accountId} and l.item_id is not null)
     order by g.id
    on conflict (group_id) do update set recompute_at = excluded.recompute_at, recompute_cause = excluded.recompute_cause
  `.execute(tx)
}

/** The number is computed and sent later, by whichever process finds it due: its cause carries the trace there. */
function traced(cause: RecomputeCause): string {
  const here = cause.traceparent ?? traceparent()
  return JSON.stringify({ ...cause, ...(here !== undefined && { traceparent: here }) })
}
