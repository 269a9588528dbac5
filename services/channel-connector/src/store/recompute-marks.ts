import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely'

import type { ChannelDb } from './database.ts'
import type { RecomputeCause } from './pipeline-tables.ts'
import { tracedCause } from './traced-cause.ts'

/*
 * A change that concerns many groups at once marks them here, in rows of a few bytes. A mark is taken off by whatever computes its group next, in the same
 * transaction; until then it stands, whoever dies. Marks are locked before groups, and nobody who holds groups waits for a mark.
 * What reads them asks for whole rows, which are never prepared: a plan that was made while the table was empty reads all of it for each of a hundred thousand.
 */

/** Marks the groups that this query names, with the newest cause. In the transaction of the change; poke the pipeline after the commit. */
export async function markGroups<DB>(
  tx: Transaction<DB>,
  groupIds: RawBuilder<{ id: string }>,
  cause: RecomputeCause,
): Promise<void> {
  await sql`
    insert into recompute_mark (group_id, cause)
    select id, ${tracedCause(cause)}::jsonb from (${groupIds}) as asked (id) order by id
    on conflict (group_id) do update set cause = excluded.cause, marked_in = excluded.marked_in`.execute(tx)
}

/**
 * Takes the next marks after a group, in the order of the groups' ids; those that another transaction holds are passed over. Answers the groups with their causes.
 * Groups that never had a row get one here.
 */
export async function takeMarks(
  tx: Transaction<ChannelDb>,
  { after, limit }: { after: string; limit: number },
): Promise<Map<string, RecomputeCause>> {
  const { rows } = await sql<Mark>`
    with taken as (
      delete from recompute_mark where group_id = any(array(
        select group_id from recompute_mark where group_id > ${after} order by group_id limit ${limit} for update skip locked))
      returning *),
    fresh as (
      insert into group_state (group_id, connection_id, channel_sku)
      select g.id, g.connection_id, g.channel_sku from taken t join sku_group g on g.id = t.group_id
       where not exists (select from group_state s where s.group_id = g.id)
      on conflict do nothing)
    select group_id, cause from taken order by group_id`.execute(tx)
  return byGroup(rows)
}

/** A mark that stands. */
export interface StandingMark {
  cause: RecomputeCause
  /** The transaction of the change that set it. */
  markedIn: string
}

/** The marks that stand on these groups. */
export async function listMarks(
  tx: Transaction<ChannelDb>,
  groupIds: readonly string[],
): Promise<Map<string, StandingMark>> {
  const isOfThese = sql<boolean>`group_id = any(${[...groupIds]}::text[])`
  const rows = await tx.selectFrom('recompute_mark').selectAll().where(isOfThese).execute()
  return new Map(rows.map(({ group_id: id, cause, marked_in: markedIn }) => [id, { cause, markedIn }]))
}

/**
 * Takes these marks off, of groups that were computed after the marks were listed. One that was set anew since stands: what set it may not have been seen.
 */
export async function dropMarks(tx: Transaction<ChannelDb>, marks: ReadonlyMap<string, StandingMark>): Promise<void> {
  if (marks.size === 0) return
  const markedIn = [...marks.values()].map((mark) => mark.markedIn)
  await sql`
    delete from recompute_mark where group_id = any(array(
      select m.group_id from recompute_mark m
        join unnest(${[...marks.keys()]}::text[], ${markedIn}::xid8[]) as known (group_id, marked_in)
          on known.group_id = m.group_id and known.marked_in = m.marked_in
         for update of m skip locked))
    returning *`.execute(tx)
}

type Mark = { group_id: string; cause: RecomputeCause }

function byGroup(marks: readonly Mark[]): Map<string, RecomputeCause> {
  return new Map(marks.map(({ group_id, cause }) => [group_id, cause]))
}

/** Hands marks over to the groups' own rows: there each can be taken, and put off, alone. */
export async function setMarksApart(db: Kysely<ChannelDb>, groupIds: readonly string[]): Promise<void> {
  await sql`
    with taken as (delete from recompute_mark where group_id = any(${[...groupIds]}::text[]) returning *)
    update group_state s set recompute_at = clock_timestamp(), recompute_cause = taken.cause
      from taken where s.group_id = taken.group_id`.execute(db)
}
