import { sql, type Kysely, type Transaction } from 'kysely'

import type { ChannelDb } from './database.ts'

/** How far the orders of all enabled accounts that list the SKU are in, as epoch milliseconds; groups where one is not in at all are left out. */
export async function coverageOf(db: Kysely<ChannelDb>, groupIds: readonly string[]): Promise<Map<string, number>> {
  if (groupIds.length === 0) return new Map()
  const { rows } = await sql<{ group_id: string; bound: number | null }>`
    select l.group_id, (extract(epoch from min(o.covered_until)) * 1000)::bigint as bound
      from listing l
      join account a on a.id = l.account_id and a.enabled
      left join account_orders o on o.account_id = a.id
     where l.group_id = any(${[...groupIds]}::text[])
     group by l.group_id having bool_and(o.covered_until is not null)`.execute(db)
  return new Map(rows.flatMap((row) => (row.bound === null ? [] : [[row.group_id, row.bound]])))
}

/** Notes that the orders of these accounts are in up to a moment of Amazon's. */
export async function saveCoverage(
  tx: Transaction<ChannelDb>,
  coverage: { connectionId: string; accountIds: readonly string[]; until: Date },
): Promise<void> {
  if (coverage.accountIds.length === 0) return
  await sql`
    insert into account_orders as o (account_id, connection_id, covered_until)
    select account_id, ${coverage.connectionId}, ${coverage.until}
      from unnest(${[...coverage.accountIds]}::text[]) as covered (account_id) order by account_id
    on conflict (account_id) do update set covered_until = greatest(o.covered_until, excluded.covered_until)`.execute(
    tx,
  )
}

/** Notes that the first order run of these accounts has ended; answers those of which it was not known. */
export async function saveWentLive(
  tx: Transaction<ChannelDb>,
  live: { connectionId: string; accountIds: readonly string[] },
): Promise<string[]> {
  if (live.accountIds.length === 0) return []
  const { rows } = await sql<{ account_id: string }>`
    insert into account_orders as o (account_id, connection_id, went_live_at)
    select account_id, ${live.connectionId}, clock_timestamp()
      from unnest(${[...live.accountIds]}::text[]) as live (account_id) order by account_id
    on conflict (account_id) do update set went_live_at = excluded.went_live_at where o.went_live_at is null
    returning account_id`.execute(tx)
  return rows.map((row) => row.account_id)
}

/** Enabled accounts of which it is not known whether their first order run has ended, at most 1,000. */
export async function listAccountsNotLive(
  db: Kysely<ChannelDb>,
): Promise<{ accountId: string; connectionId: string }[]> {
  return db
    .selectFrom('account as a')
    .leftJoin('account_orders as o', 'o.account_id', 'a.id')
    .select(['a.id as accountId', 'a.connection_id as connectionId'])
    .where('a.enabled', '=', true)
    .where('o.went_live_at', 'is', null)
    .orderBy('a.id')
    .limit(1000)
    .execute()
}

/** Makes the groups of a connection due whose unseen window a poll may have closed. */
export async function wakeUnseenGroups(tx: Transaction<ChannelDb>, connectionId: string, until: Date): Promise<number> {
  const { numAffectedRows } = await sql`
    update group_state s set next_at = clock_timestamp()
      from (select group_id from group_state
             where connection_id = ${connectionId} and unseen_since < ${until}
             order by group_id for update) as open
     where s.group_id = open.group_id`.execute(tx)
  return Number(numAffectedRows ?? 0n)
}
