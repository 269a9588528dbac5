import { sql, type Kysely, type Transaction } from 'kysely'

import type { ChannelDb } from './database.ts'

/** A zero that a guarded change brought about for one account's listing. */
export interface GuardedZero {
  accountId: string
  groupId: string
}

/** Counts zeros; one that is counted already keeps its time. */
export async function countZeros(tx: Transaction<ChannelDb>, zeros: readonly GuardedZero[]): Promise<void> {
  if (zeros.length === 0) return
  await sql`
    insert into mass_zero as z (account_id, group_id)
    select distinct account_id, group_id
      from unnest(${zeros.map((z) => z.accountId)}::text[], ${zeros.map((z) => z.groupId)}::text[])
           as counted (account_id, group_id)
     order by account_id, group_id
    on conflict (account_id, group_id) do update set at = excluded.at where not z.held`.execute(tx)
}

/** Forgets the zeros of groups that are not to be sent to 0 any more, or that a person let go. */
export async function forgetZeros(tx: Transaction<ChannelDb>, groupIds: readonly string[]): Promise<void> {
  if (groupIds.length === 0) return
  await sql`delete from mass_zero where group_id = any(${[...groupIds]}::text[])`.execute(tx)
}

/** Whether a counted zero may be sent. */
export interface ZeroVerdict {
  groupId: string
  /** More than max(50, 10 %) of an account's linked listings went to 0 within 10 minutes. */
  isHeld: boolean
  /** More numbers of the account are still being computed: the count is not final. */
  isCounting: boolean
}

/** Judges the counted zeros of these groups, and marks every zero of an account that is over its limit as held. */
export async function judgeZeros(tx: Transaction<ChannelDb>, groupIds: readonly string[]): Promise<ZeroVerdict[]> {
  if (groupIds.length === 0) return []
  const { rows } = await sql<ZeroVerdict & { accountIds: string[] }>`
    with account_zeros as (
      select a.account_id,
             (select count(*) from mass_zero z where z.account_id = a.account_id
                 and z.at > clock_timestamp() - interval '10 minutes')
               > greatest(50, 0.1 * (select count(*) from listing l
                                      where l.account_id = a.account_id and l.item_id is not null)) as is_over,
             exists (select from group_state s join listing l on l.group_id = s.group_id
                      where s.recompute_at is not null and l.account_id = a.account_id)
               or exists (select from recompute_mark m join listing l on l.group_id = m.group_id
                           where l.account_id = a.account_id) as is_counting
        from (select distinct account_id from mass_zero where group_id = any(${[...groupIds]}::text[])) a)
    select z.group_id as "groupId", bool_or(z.held or o.is_over) as "isHeld", bool_or(o.is_counting) as "isCounting",
           coalesce(array_agg(z.account_id) filter (where o.is_over), '{}') as "accountIds"
      from mass_zero z join account_zeros o on o.account_id = z.account_id
     where z.group_id = any(${[...groupIds]}::text[]) group by z.group_id`.execute(tx)
  await holdZeros(tx, [...new Set(rows.flatMap((row) => row.accountIds))])
  return rows.map(({ groupId, isHeld, isCounting }) => ({ groupId, isHeld, isCounting }))
}

async function holdZeros(tx: Transaction<ChannelDb>, accountIds: readonly string[]): Promise<void> {
  if (accountIds.length === 0) return
  await sql`
    update mass_zero z set held = true
      from (select m.account_id, m.group_id from mass_zero m join group_state s on s.group_id = m.group_id
             where m.account_id = any(${[...accountIds]}::text[]) and not m.held and s.lane = 'to_zero'
               and m.at > clock_timestamp() - interval '10 minutes'
             order by m.account_id, m.group_id for update of m) as waiting
     where z.account_id = waiting.account_id and z.group_id = waiting.group_id`.execute(tx)
}

/** The groups whose zeros wait for a person on behalf of this account, by id, and since when. */
export async function listHeldZeros(
  db: Kysely<ChannelDb>,
  accountId: string,
): Promise<{ groupId: string; at: Date }[]> {
  return db
    .selectFrom('mass_zero')
    .select(['group_id as groupId', 'at'])
    .where('account_id', '=', accountId)
    .where('held', '=', true)
    .orderBy('group_id')
    .limit(200_000)
    .execute()
}
