import { unseenUnits } from '@lockstep/pacing/unseen'
import { sql, type Kysely } from 'kysely'

import type { GroupHistory } from '../domain/foreseen-push.ts'
import type { ChannelDb } from './database.ts'
import { stateFrom } from './state-text.ts'

/** Which groups a change can touch. */
export type GroupScope =
  | { kind: 'account'; accountId: string }
  | { kind: 'skus'; connectionId: string; skus: readonly string[] }
  | { kind: 'shared'; connectionId: string }
  | { kind: 'items'; itemIds: readonly string[] }

/** The groups of a scope, by id. */
export async function listGroupIds(db: Kysely<ChannelDb>, scope: GroupScope): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select g.id from sku_group g where ${within(scope)} order by g.id`.execute(
    db,
  )
  return rows.map(({ id }) => id)
}

/** Groups, by id, each with what of its history its number depends on. */
export async function listGroupHistories(db: Kysely<ChannelDb>, groupIds: readonly string[]): Promise<GroupHistory[]> {
  // An open window is rare, so the whole state is read only where one is.
  const { rows } = await sql<Omit<GroupHistory, 'unseen'> & { pacing: string | null }>`
    select g.id as "groupId", g.channel_sku as "channelSku", coalesce(s.live_quantity, s.accepted_quantity) as level,
           case when s.unseen_since is not null then s.pacing end as pacing
      from sku_group g left join group_state s on s.group_id = g.id
     where g.id = any(${[...groupIds]}::text[]) order by g.id`.execute(db)
  return rows.map(({ pacing, ...group }) => ({
    ...group,
    unseen: pacing === null ? 0 : unseenUnits(stateFrom(pacing)),
  }))
}

function within(scope: GroupScope) {
  switch (scope.kind) {
    case 'account':
      return sql`g.id in (select l.group_id from listing l
                           where l.account_id = ${scope.accountId} and l.item_id is not null)`
    case 'skus':
      return sql`g.connection_id = ${scope.connectionId} and g.channel_sku = any(${[...scope.skus]}::text[])`
    case 'shared':
      return sql`g.connection_id = ${scope.connectionId}
                 and (select count(*) from listing l where l.group_id = g.id) > 1`
    case 'items':
      return sql`g.id in (select l.group_id from listing l where l.item_id = any(${[...scope.itemIds]}::text[]))`
    default:
      return scope satisfies never
  }
}

/** How many linked listings these accounts have, by name; one without any is left out. */
export async function countLinked(
  db: Kysely<ChannelDb>,
  accountNames: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ name: string; linked: number }>`
    select a.name, count(*) as linked from account a join listing l on l.account_id = a.id
     where a.name = any(${[...accountNames]}::text[]) and l.item_id is not null group by a.name`.execute(db)
  return new Map(rows.map(({ name, linked }) => [name, linked]))
}
