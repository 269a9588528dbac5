import type { Desired } from '@lockstep/pacing/group-state'
import type { GateName } from '@lockstep/pacing/quantity-rules'
import { sql, type Kysely, type Transaction } from 'kysely'

import type { ChainEntry } from '../domain/chain-history.ts'
import type { ComputationRecord } from '../domain/computation-record.ts'
import type { ChannelDb } from './database.ts'
import { jsonList } from './json-list.ts'
import { withFullCause, withNamedCause } from './state-text.ts'

/** Keeps how these desired pairs came about, in one statement. */
export async function insertComputations(
  tx: Transaction<ChannelDb>,
  records: readonly { groupId: string; record: ComputationRecord }[],
): Promise<void> {
  if (records.length === 0) return
  await sql`
    insert into computation (group_id, version, at, record)
    select group_id, version, to_timestamp(at / 1000), record::json
      from unnest(${records.map((r) => r.groupId)}::text[], ${records.map((r) => r.record.version)}::integer[],
                  ${records.map((r) => r.record.at)}::float8[], ${jsonList(records.map((r) => recordText(r.record)))})
           as kept (group_id, version, at, record)`.execute(tx)
}

function recordText(record: ComputationRecord): string {
  const { computation, desired } = record
  return JSON.stringify({ ...record, desired: desired && withNamedCause(desired, computation.cause) })
}

/** Appends to the history of these groups, in the order given. */
export async function insertChainEntries(
  tx: Transaction<ChannelDb>,
  entries: readonly { groupId: string; entry: ChainEntry }[],
): Promise<void> {
  if (entries.length === 0) return
  await sql`
    insert into chain_entry (group_id, stage, at, quantity, version, detail)
    select group_id, stage, to_timestamp(at / 1000), quantity, version, detail::jsonb
      from unnest(${entries.map((e) => e.groupId)}::text[], ${entries.map((e) => e.entry.stage)}::text[],
                  ${entries.map((e) => e.entry.at)}::float8[], ${entries.map((e) => e.entry.quantity)}::bigint[],
                  ${entries.map((e) => e.entry.version)}::integer[],
                  ${jsonList(entries.map((e) => JSON.stringify(e.entry.detail)))})
           with ordinality as kept (group_id, stage, at, quantity, version, detail, place)
     order by place`.execute(tx)
}

/** A listing's own first closed gate. */
export interface MemberGate {
  listingId: string
  groupId: string
  accountId: string
  gate: GateName | null
}

/** Stores the gates that changed. */
export async function saveMemberGates(tx: Transaction<ChannelDb>, gates: readonly MemberGate[]): Promise<void> {
  if (gates.length === 0) return
  await sql`
    insert into member_state (listing_id, group_id, account_id, gate)
    select * from unnest(${gates.map((g) => g.listingId)}::text[], ${gates.map((g) => g.groupId)}::text[],
                         ${gates.map((g) => g.accountId)}::text[], ${gates.map((g) => g.gate)}::text[])
    on conflict (listing_id) do update set group_id = excluded.group_id, gate = excluded.gate`.execute(tx)
}

/** How the pair that was wanted at that moment came about; undefined when nothing was wanted yet or the record is gone. */
export async function findComputation(
  db: Kysely<ChannelDb>,
  groupId: string,
  at: Date,
): Promise<ComputationRecord | undefined> {
  const row = await db
    .selectFrom('computation')
    .select('record')
    .where('group_id', '=', groupId)
    .where('at', '<=', at)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by recordText
  const record = row?.record as ComputationRecord | undefined
  return (
    record && { ...record, desired: record.desired && withFullCause<Desired>(record.desired, record.computation.cause) }
  )
}

/** The newest entry of each stage up to a moment. */
export async function listNewestEntries(db: Kysely<ChannelDb>, groupId: string, at: Date): Promise<ChainEntry[]> {
  const { rows } = await sql<ChainEntry>`
    select distinct on (stage) stage, (extract(epoch from at) * 1000)::bigint as at, quantity, version, detail
      from chain_entry where group_id = ${groupId} and at <= ${at}
     order by stage, at desc, id desc`.execute(db)
  return rows
}

/** When the history of a group begins, as far as it is kept; undefined when there is none. */
export async function firstRecordAt(db: Kysely<ChannelDb>, groupId: string): Promise<Date | undefined> {
  const { rows } = await sql<{ first: Date | null }>`
    select least((select min(at) from computation where group_id = ${groupId}),
                 (select min(at) from chain_entry where group_id = ${groupId})) as first`.execute(db)
  return rows[0]?.first ?? undefined
}

/** Removes records and history older than 90 days, except what explains the last number sent. Answers how many rows went. */
export async function pruneRecords(db: Kysely<ChannelDb>, slice: number): Promise<number> {
  const computations = await sql`
    delete from computation where id = any(array(
      select c.id from computation c join group_state s on s.group_id = c.group_id
       where c.at < clock_timestamp() - interval '90 days' and c.version is distinct from s.submitted_version
         and c.version is distinct from s.accepted_version
       limit ${slice}))`.execute(db)
  const entries = await sql`
    delete from chain_entry where id = any(array(
      select id from chain_entry where at < clock_timestamp() - interval '90 days' limit ${slice}))`.execute(db)
  return Number(computations.numAffectedRows ?? 0n) + Number(entries.numAffectedRows ?? 0n)
}
