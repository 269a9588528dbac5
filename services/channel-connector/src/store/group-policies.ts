import type { GroupPolicy } from '@lockstep/pacing/group-policy'
import { type Kysely, sql, type Transaction } from 'kysely'

import type { ChannelDb } from './database.ts'
import type { RecomputeCause } from './pipeline-tables.ts'
import { markGroups } from './recompute-marks.ts'

/** How a connection brings shared SKUs to one number. */
export interface ConnectionPolicy {
  policy: GroupPolicy
  /** The account that decides under `owner`; null under the others. */
  ownerAccountId: string | null
}

/** How a connection settles what its accounts disagree about. */
export async function readPolicy(db: Kysely<ChannelDb>, connectionId: string): Promise<ConnectionPolicy> {
  return db
    .selectFrom('connection')
    .select(['group_policy as policy', 'group_owner_id as ownerAccountId'])
    .where('id', '=', connectionId)
    .executeTakeFirstOrThrow()
}

/** Stores it. Locks the connection's row until the transaction ends. */
export async function savePolicy(
  tx: Transaction<ChannelDb>,
  connectionId: string,
  { policy, ownerAccountId }: ConnectionPolicy,
): Promise<void> {
  await tx
    .updateTable('connection')
    .set({ group_policy: policy, group_owner_id: ownerAccountId })
    .where('id', '=', connectionId)
    .execute()
}

/** Asks for the numbers of a connection's shared SKUs to be computed again. */
export async function queueRecomputeOfShared(
  tx: Transaction<ChannelDb>,
  connectionId: string,
  cause: RecomputeCause,
): Promise<void> {
  const shared = sql<{ id: string }>`
    select g.id from sku_group g
     where g.connection_id = ${connectionId}
       and (select count(*) from listing l where l.group_id = g.id) > 1
       and exists (select from listing l where l.group_id = g.id and l.item_id is not null)`
  await markGroups(tx, shared, cause)
}
