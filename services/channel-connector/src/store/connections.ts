import { type Kysely, sql, type Transaction } from 'kysely'
import type { ApiName, ConnectionStateName, Region } from './account-tables.ts'
import type { ChannelDb } from './database.ts'
import type { Sealed } from './sealing.ts'

/** A seller connection as the rest of the service sees it. */
export interface Connection {
  id: string
  sellerId: string
  region: Region
  application: string
  api: ApiName
  /** Undefined when no token was given. */
  token: Sealed | undefined
  tokenVersion: number
  state: ConnectionStateName
  detail: string
  stateAt: Date
  /** For how long it had been so when this was read. */
  stateAgeMs: number
  /** When the token was given; null without one. */
  authorisedAt: Date | null
}

/** Who a connection is: unique together. */
export interface ConnectionIdentity {
  application: string
  sellerId: string
  region: Region
  /** SP-API when absent. */
  api?: ApiName
}

const columns = [
  'id',
  'seller_id',
  'region',
  'application',
  'refresh_token_sealed',
  'token_key_id',
  'token_version',
  'state',
  'detail',
  'state_at',
  'api',
  'authorised_at',
  sql<number>`(extract(epoch from clock_timestamp() - state_at) * 1000)::double precision`.as('state_age_ms'),
] as const

/** Answers the connection of this identity, created if there was none. Locks its row until the transaction ends. */
export async function lockOrCreateConnection(
  tx: Transaction<ChannelDb>,
  identity: ConnectionIdentity,
  newId: string,
): Promise<Connection> {
  await tx
    .insertInto('connection')
    .values({
      id: newId,
      seller_id: identity.sellerId,
      region: identity.region,
      application: identity.application,
      api: identity.api ?? 'sp_api',
    })
    .onConflict((conflict) => conflict.columns(['application', 'seller_id', 'region']).doNothing())
    .execute()
  const row = await tx
    .selectFrom('connection')
    .select(columns)
    .where('application', '=', identity.application)
    .where('seller_id', '=', identity.sellerId)
    .where('region', '=', identity.region)
    .forUpdate()
    .executeTakeFirstOrThrow()
  return connectionOf(row)
}

/** Answers a connection by its id. */
export async function findConnection(db: Kysely<ChannelDb>, id: string): Promise<Connection | undefined> {
  const row = await db.selectFrom('connection').select(columns).where('id', '=', id).executeTakeFirst()
  return row && connectionOf(row)
}

/** Answers a connection and locks its row until the transaction ends. */
export async function lockConnection(tx: Transaction<ChannelDb>, id: string): Promise<Connection> {
  const query = tx.selectFrom('connection').select(columns).where('id', '=', id)
  return connectionOf(await query.forUpdate().executeTakeFirstOrThrow())
}

/** All connections in the order of their creation, at most 1,000. */
export async function listConnections(db: Kysely<ChannelDb>, application: string): Promise<Connection[]> {
  const rows = await db
    .selectFrom('connection')
    .select(columns)
    .where('application', '=', application)
    .orderBy('id')
    .limit(1000)
    .execute()
  return rows.map(connectionOf)
}

/** The connections that have a token, the one whose token is oldest first, at most 1,000. */
export async function listAuthorisedConnections(db: Kysely<ChannelDb>): Promise<Connection[]> {
  const rows = await db
    .selectFrom('connection')
    .select(columns)
    .where('authorised_at', 'is not', null)
    .where('refresh_token_sealed', 'is not', null)
    .orderBy('authorised_at')
    .limit(1000)
    .execute()
  return rows.map(connectionOf)
}

/** Stores a token in place of the one before; nothing was tried with it yet. Locks the connection's row. */
export async function saveRefreshToken(tx: Transaction<ChannelDb>, connectionId: string, token: Sealed): Promise<void> {
  await tx
    .updateTable('connection')
    .set({
      refresh_token_sealed: token.bytes,
      token_key_id: token.keyId,
      token_version: sql<number>`token_version + 1`,
      state: 'untested',
      detail: '',
      state_at: sql<Date>`clock_timestamp()`,
      authorised_at: sql<Date>`clock_timestamp()`,
    })
    .where('id', '=', connectionId)
    .execute()
}

/** What was learned about a connection, and with which token. */
export interface ConnectionFinding {
  connectionId: string
  tokenVersion: number
  state: Exclude<ConnectionStateName, 'no_credentials'>
  detail: string
}

/** Notes how a connection stands. A finding about a token that was replaced meanwhile changes nothing. Answers whether anything changed. */
export async function saveConnectionState(db: Kysely<ChannelDb>, finding: ConnectionFinding): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('connection')
    .set({ state: finding.state, detail: finding.detail, state_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', finding.connectionId)
    .where('token_version', '=', finding.tokenVersion)
    .where('refresh_token_sealed', 'is not', null)
    .where((eb) => eb.or([eb('state', '<>', finding.state), eb('detail', '<>', finding.detail)]))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

interface ConnectionRow {
  id: string
  seller_id: string
  region: Region
  application: string
  refresh_token_sealed: Uint8Array | null
  token_key_id: string | null
  token_version: number
  state: ConnectionStateName
  detail: string
  state_at: Date
  state_age_ms: number
  api: ApiName
  authorised_at: Date | null
}

function connectionOf(row: ConnectionRow): Connection {
  const { refresh_token_sealed: bytes, token_key_id: keyId } = row
  return {
    id: row.id,
    sellerId: row.seller_id,
    region: row.region,
    application: row.application,
    token: bytes !== null && keyId !== null ? { bytes, keyId } : undefined,
    tokenVersion: row.token_version,
    state: row.state,
    detail: row.detail,
    stateAt: row.state_at,
    stateAgeMs: row.state_age_ms,
    api: row.api,
    authorisedAt: row.authorised_at,
  }
}
