import { type Kysely, sql, type Transaction } from 'kysely'
import type { ChannelDb } from './database.ts'

/** A consent that was asked for. */
export interface Authorisation {
  id: string
  accountId: string
  connectionId: string
  state: 'waiting' | 'used' | 'completed' | 'refused'
  detail: string
  expiresAt: Date
  isOver: boolean
}

/** A consent to ask for. */
export interface NewAuthorisation {
  id: string
  stateHash: Uint8Array
  accountId: string
  connectionId: string
  livesMs: number
}

/** Keeps a consent that is asked for, and forgets those of more than a day ago. Answers when it is too late to come back. */
export async function insertAuthorisation(tx: Transaction<ChannelDb>, wanted: NewAuthorisation): Promise<Date> {
  await sql`
    delete from authorisation where id = any(array(
      select id from authorisation where begun_at < clock_timestamp() - interval '1 day' limit 1000))`.execute(tx)
  const { rows } = await sql<{ expiresAt: Date }>`
    insert into authorisation (id, state_hash, account_id, connection_id, expires_at)
    values (${wanted.id}, ${wanted.stateHash}, ${wanted.accountId}, ${wanted.connectionId},
            clock_timestamp() + make_interval(secs => ${wanted.livesMs / 1000}))
    returning expires_at as "expiresAt"`.execute(tx)
  const [row] = rows
  if (!row) throw new Error('the authorisation was not stored')
  return row.expiresAt
}

const columns = sql`id, account_id as "accountId", connection_id as "connectionId", state, detail, expires_at as "expiresAt",
  expires_at <= clock_timestamp() as "isOver"`

/** The consent with this id. */
export async function findAuthorisation(db: Kysely<ChannelDb>, id: string): Promise<Authorisation | undefined> {
  const { rows } = await sql<Authorisation>`select ${columns} from authorisation where id = ${id}`.execute(db)
  return rows[0]
}

/** The consent that this state was sent along with. */
export async function findAuthorisationOf(
  db: Kysely<ChannelDb>,
  stateHash: Uint8Array,
): Promise<Authorisation | undefined> {
  const { rows } =
    await sql<Authorisation>`select ${columns} from authorisation where state_hash = ${stateHash}`.execute(db)
  return rows[0]
}

/** Takes a consent that waits and is not over: of any number of returns with one state only one gets it. */
export async function useAuthorisation(db: Kysely<ChannelDb>, id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update authorisation set state = 'used'
     where id = ${id} and state = 'waiting' and expires_at > clock_timestamp()`.execute(db)
  return (numAffectedRows ?? 0n) > 0n
}

/** Notes how a consent ended. */
export async function endAuthorisation(
  db: Kysely<ChannelDb>,
  { id, state, detail }: { id: string; state: 'completed' | 'refused'; detail: string },
): Promise<void> {
  await db.updateTable('authorisation').set({ state, detail }).where('id', '=', id).execute()
}
