import { type Kysely, sql, type Transaction } from 'kysely'
import type { SettingsChange } from '../domain/account-settings.ts'
import type { ApiName, ConnectionStateName, Region } from './account-tables.ts'
import type { ChannelDb } from './database.ts'

/** An account with what its connection and its locations add to it. */
export interface Account {
  id: string
  name: string
  connectionId: string
  sellerId: string
  region: Region
  marketplace: string
  marketplaceId: string
  enabled: boolean
  updateInventory: boolean
  maxListed: number | null
  stockPercentage: number | null
  endWhen: number | null
  defaultLeadTimeDays: number | null
  productLeadTimes: boolean
  channelSpecificStock: boolean
  despatchNotes: boolean
  /** In the order of their ids. */
  locationIds: string[]
  orderLocationId: string | null
  connectionState: ConnectionStateName
  connectionDetail: string
  api: ApiName
  /** When the token of its connection was given; null without one. */
  authorisedAt: Date | null
  pausedAt: Date | null
  pausedHard: boolean
  inventorySyncedAt: Date | null
  listingsReportState: string | null
  listingsReportAt: Date | null
  createdAt: Date
  /** Rises with each change of the settings or the location mapping. */
  settingsVersion: number
}

function selectAccounts(db: Kysely<ChannelDb>) {
  return db
    .selectFrom('account as a')
    .innerJoin('connection as c', 'c.id', 'a.connection_id')
    .select([
      'a.id',
      'a.name',
      'a.connection_id as connectionId',
      'c.seller_id as sellerId',
      'c.region',
      'a.marketplace',
      'a.marketplace_id as marketplaceId',
      'a.enabled',
      'a.update_inventory as updateInventory',
      'a.max_listed as maxListed',
      'a.stock_percentage as stockPercentage',
      'a.end_when as endWhen',
      'a.default_lead_time_days as defaultLeadTimeDays',
      'a.product_lead_times as productLeadTimes',
      'a.channel_specific_stock as channelSpecificStock',
      'a.despatch_notes as despatchNotes',
      'a.order_location_id as orderLocationId',
      'c.state as connectionState',
      'c.detail as connectionDetail',
      'c.api',
      'c.authorised_at as authorisedAt',
      'a.paused_at as pausedAt',
      'a.paused_hard as pausedHard',
      'a.inventory_synced_at as inventorySyncedAt',
      'a.listings_report_state as listingsReportState',
      'a.listings_report_at as listingsReportAt',
      'a.created_at as createdAt',
      'a.settings_version as settingsVersion',
      sql<
        string[]
      >`array(select location_id from account_location m where m.account_id = a.id order by location_id)`.as(
        'locationIds',
      ),
    ])
}

/** Answers an account by its id or its name. No name looks like an id. */
export async function findAccount(db: Kysely<ChannelDb>, idOrName: string): Promise<Account | undefined> {
  const column = idOrName.startsWith('acc_') ? 'a.id' : 'a.name'
  return selectAccounts(db).where(column, '=', idOrName).executeTakeFirst()
}

/** Accounts in the order of their creation, after the given id. */
export async function listAccounts(db: Kysely<ChannelDb>, page: { after: string; limit: number }): Promise<Account[]> {
  return selectAccounts(db).where('a.id', '>', page.after).orderBy('a.id').limit(page.limit).execute()
}

/** The accounts of these connections in the order of their creation, at most 10,000. */
export async function listAccountsOfConnections(
  db: Kysely<ChannelDb>,
  connectionIds: readonly string[],
): Promise<Account[]> {
  return selectAccounts(db).where('a.connection_id', 'in', connectionIds).orderBy('a.id').limit(10_000).execute()
}

/** A new account: on, but sending nothing until a dry run was confirmed. */
export interface NewAccount {
  id: string
  name: string
  connectionId: string
  marketplace: string
  marketplaceId: string
}

/** Answers false when the connection has an account for this marketplace, or another account has the name. */
export async function insertAccount(tx: Transaction<ChannelDb>, account: NewAccount): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('account')
    .values({
      id: account.id,
      name: account.name,
      connection_id: account.connectionId,
      marketplace: account.marketplace,
      marketplace_id: account.marketplaceId,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** The ids of a connection's accounts, at most 1,000. */
export async function listAccountIds(db: Kysely<ChannelDb>, connectionId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('account')
    .select('id')
    .where('connection_id', '=', connectionId)
    .orderBy('id')
    .limit(1_000)
    .execute()
  return rows.map(({ id }) => id)
}

/** Locks the account's row until the transaction ends. */
export async function lockAccount(tx: Transaction<ChannelDb>, accountId: string): Promise<void> {
  await tx.selectFrom('account').select('id').where('id', '=', accountId).forUpdate().execute()
}

/** Waits for whoever is changing the account, and lets nobody change it until the transaction ends. */
export async function keepAccount(tx: Transaction<ChannelDb>, accountId: string): Promise<void> {
  await tx.selectFrom('account').select('id').where('id', '=', accountId).forShare().execute()
}

/** Stores the settings that the change names. */
export async function saveSettings(
  tx: Transaction<ChannelDb>,
  accountId: string,
  change: SettingsChange,
): Promise<void> {
  const set = {
    ...(change.enabled !== undefined && { enabled: change.enabled }),
    ...(change.updateInventory !== undefined && { update_inventory: change.updateInventory }),
    ...(change.maxListed !== undefined && { max_listed: change.maxListed }),
    ...(change.stockPercentage !== undefined && { stock_percentage: change.stockPercentage }),
    ...(change.endWhen !== undefined && { end_when: change.endWhen }),
    ...(change.defaultLeadTimeDays !== undefined && { default_lead_time_days: change.defaultLeadTimeDays }),
    ...(change.productLeadTimes !== undefined && { product_lead_times: change.productLeadTimes }),
    ...(change.channelSpecificStock !== undefined && { channel_specific_stock: change.channelSpecificStock }),
    ...(change.despatchNotes !== undefined && { despatch_notes: change.despatchNotes }),
  }
  if (Object.keys(set).length === 0) return
  const settings_version = sql<number>`settings_version + 1`
  await tx
    .updateTable('account')
    .set({ ...set, settings_version })
    .where('id', '=', accountId)
    .execute()
}

/** Which locations an account sells from, and the one its orders go to. */
export interface LocationMapping {
  accountId: string
  locationIds: readonly string[]
  orderLocationId: string | null
}

/** Replaces the mapping. The locations must be in the table `location`. */
export async function saveLocationMapping(tx: Transaction<ChannelDb>, mapping: LocationMapping): Promise<void> {
  const { accountId, locationIds, orderLocationId } = mapping
  await tx.deleteFrom('account_location').where('account_id', '=', accountId).execute()
  if (locationIds.length > 0) {
    await tx
      .insertInto('account_location')
      .values(locationIds.map((locationId) => ({ account_id: accountId, location_id: locationId })))
      .execute()
  }
  await tx
    .updateTable('account')
    .set({ order_location_id: orderLocationId, settings_version: sql<number>`settings_version + 1` })
    .where('id', '=', accountId)
    .execute()
}
