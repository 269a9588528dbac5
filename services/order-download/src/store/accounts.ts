import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import { askAllPlacesAgain } from './resolutions.ts'
import type { ChannelAccountTable, OrderDownloadDb } from './tables.ts'

export type AccountRow = Selectable<ChannelAccountTable>

export interface KnownConnection {
  id: string
  sellerId: string
  /** Whether Amazon can be asked for it at all. */
  canPoll: boolean
  accounts: KnownAccount[]
}

export interface KnownAccount {
  id: string
  name: string
  marketplace: string
  marketplaceId: string
  enabled: boolean
}

/**
 * Brings our copy of connections and accounts in line with the connector's. A connection that can be polled and was not becomes due now,
 * one whose account appears or is enabled likewise; one that cannot be polled is not due any more. Answers how many became due.
 */
export async function saveConnections(db: Kysely<OrderDownloadDb>, connections: KnownConnection[]): Promise<number> {
  return db.transaction().execute(async (tx) => {
    let due = 0
    for (const connection of connections.toSorted((left, right) => (left.id < right.id ? -1 : 1))) {
      if (await saveConnection(tx, connection)) due += 1
    }
    await switchOffOthers(tx, connections)
    return due
  })
}

async function saveConnection(tx: Transaction<OrderDownloadDb>, connection: KnownConnection): Promise<boolean> {
  const pollable = connection.canPoll && connection.accounts.some(({ enabled }) => enabled)
  await tx
    .insertInto('connection_poll')
    .values({ connection_id: connection.id, seller_id: connection.sellerId, next_poll_at: null })
    .onConflict((conflict) => conflict.column('connection_id').doNothing())
    .execute()
  const before = await tx
    .selectFrom('channel_account')
    .select(['id', 'enabled'])
    .where('connection_id', '=', connection.id)
    .execute()
  const wasEnabled = new Set(before.filter(({ enabled }) => enabled).map(({ id }) => id))
  for (const account of connection.accounts) await saveAccount(tx, connection.id, account)
  if (!pollable) {
    await tx
      .updateTable('connection_poll')
      .set({ next_poll_at: null })
      .where('connection_id', '=', connection.id)
      .where('next_poll_at', 'is not', null)
      .execute()
    return false
  }
  const hasNew = connection.accounts.some(({ id, enabled }) => enabled && !wasEnabled.has(id))
  // Orders of its marketplace may have come before it.
  if (hasNew) await askAllPlacesAgain(tx, connection.id)
  const { numUpdatedRows } = await tx
    .updateTable('connection_poll')
    .set({ next_poll_at: sql`clock_timestamp()` })
    .where('connection_id', '=', connection.id)
    .where((is) => (hasNew ? is.lit(true) : is('next_poll_at', 'is', null)))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

async function saveAccount(
  tx: Transaction<OrderDownloadDb>,
  connectionId: string,
  account: KnownAccount,
): Promise<void> {
  await tx
    .insertInto('channel_account')
    .values({
      id: account.id,
      connection_id: connectionId,
      name: account.name,
      marketplace: account.marketplace,
      marketplace_id: account.marketplaceId,
      enabled: account.enabled,
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((given) => ({
        name: given.ref('excluded.name'),
        marketplace: given.ref('excluded.marketplace'),
        enabled: given.ref('excluded.enabled'),
      })),
    )
    .execute()
}

/** Connections that the connector no longer names are not polled any more; their orders stay. */
async function switchOffOthers(tx: Transaction<OrderDownloadDb>, connections: KnownConnection[]): Promise<void> {
  const named = connections.map(({ id }) => id)
  await sql`
    update connection_poll set next_poll_at = null
     where next_poll_at is not null and connection_id <> all(${named})`.execute(tx)
  await sql`update channel_account set enabled = false where enabled and connection_id <> all(${named})`.execute(tx)
}

/** An account by its id, else by its name. */
export async function findAccount(db: Kysely<OrderDownloadDb>, idOrName: string): Promise<AccountRow | undefined> {
  return db
    .selectFrom('channel_account')
    .selectAll()
    .where((is) => is.or([is('id', '=', idOrName), is('name', '=', idOrName)]))
    .orderBy((is) => is('id', '=', idOrName), 'desc')
    .executeTakeFirst()
}

/** Every account of a connection, enabled or not, by Amazon's marketplace id. */
export async function accountsByMarketplace(
  db: Kysely<OrderDownloadDb>,
  connectionId: string,
): Promise<Map<string, AccountRow>> {
  const rows = await db
    .selectFrom('channel_account')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .limit(1_000)
    .execute()
  return new Map(rows.map((row) => [row.marketplace_id, row]))
}
