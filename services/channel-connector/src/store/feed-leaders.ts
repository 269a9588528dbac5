import { type Kysely, sql, type Transaction } from 'kysely'

import type { ChannelDb } from './database.ts'

/** Has a connection's feeds planned as soon as possible; poke after the commit. Locks the leader's row: before jobs, their lines and feeds. */
export async function makePlanningDue<DB>(tx: Transaction<DB>, connectionId: string): Promise<void> {
  await sql`
    insert into feed_leader (connection_id) values (${connectionId})
    on conflict (connection_id) do update set next_at = clock_timestamp()`.execute(tx)
}

/** One replica's turn to plan for a connection. Everything it plans is written under its epoch. */
export interface Term {
  connectionId: string
  epoch: number
  /** Names the claim of the leader's row. */
  token: string
}

/** Another replica plans for the connection by now: what this one has planned is not written any more. */
export class TermOverError extends Error {
  override name = 'TermOverError'
}

/** Begins a term on a claimed row: from here on nothing of an earlier term is written. */
export async function beginTerm(db: Kysely<ChannelDb>, connectionId: string, token: string): Promise<Term> {
  const row = await db
    .updateTable('feed_leader')
    .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
    .where('connection_id', '=', connectionId)
    .where('claimed_by', '=', token)
    .returning('epoch')
    .executeTakeFirst()
  if (!row) throw new TermOverError(`another replica plans for ${connectionId}`)
  return { connectionId, epoch: row.epoch, token }
}

/** [R20] Holds the term until the transaction ends. Fails with TermOverError when it is over: the transaction then writes nothing. */
export async function holdTerm(tx: Transaction<ChannelDb>, { connectionId, epoch, token }: Term): Promise<void> {
  const row = await tx
    .selectFrom('feed_leader')
    .select('epoch')
    .where('connection_id', '=', connectionId)
    .where('epoch', '=', epoch)
    .where('claimed_by', '=', token)
    .forUpdate()
    .executeTakeFirst()
  if (!row) throw new TermOverError(`term ${epoch} of ${connectionId} is over`)
}

/** When the connection is planned for next. */
export async function planAgainIn(tx: Transaction<ChannelDb>, { connectionId }: Term, ms: number): Promise<void> {
  await sql`
    update feed_leader set next_at = clock_timestamp() + make_interval(secs => ${ms / 1000})
     where connection_id = ${connectionId}`.execute(tx)
}

/** Gives every connection its leader's row. */
export async function ensureLeaders(db: Kysely<ChannelDb>): Promise<void> {
  await sql`
    insert into feed_leader (connection_id)
    select id from connection c where not exists (select from feed_leader l where l.connection_id = c.id)
    on conflict do nothing`.execute(db)
}
