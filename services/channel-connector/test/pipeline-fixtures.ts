import { openDatabase } from '@lockstep/postgres/database'
import { createSuiteDatabase } from '@lockstep/testkit/suite-database'
import { type Kysely, sql } from 'kysely'

import type { ItemChange } from '../src/commands/take-in-availability.ts'
import { migrations } from '../src/migrations/all-migrations.ts'
import type { ChannelDb } from '../src/store/database.ts'
import type { RecomputeCause } from '../src/store/pipeline-tables.ts'
import { queueRecompute } from '../src/store/recompute.ts'

/** A migrated database of this service for one suite. */
export async function pipelineDatabase(name: string): Promise<{ db: Kysely<ChannelDb> } & AsyncDisposable> {
  const suite = await createSuiteDatabase({ migrations, name })
  const db = openDatabase<ChannelDb>({ url: suite.url, applicationName: name })
  return {
    db,
    async [Symbol.asyncDispose]() {
      await db.destroy()
      await suite[Symbol.asyncDispose]()
    },
  }
}

export const seller = { id: 'con_1', sellerId: 'A1TEST', region: 'EU' as const }
const marketplaceIds: Record<string, string> = {
  UK: 'A1F83G8C2ARO7P',
  DE: 'A1PA6795UKMFR9',
  FR: 'A13V1IB3VIYZZH',
  US: 'ATVPDKIKX0DER',
}

/** One account of the seller in a marketplace: on, Update inventory on, its first order run done, one location mapped. */
export interface AccountGiven {
  marketplace: string
  locations?: string[]
  updateInventory?: boolean
  wentLive?: boolean
}

/** Stores the seller's connection with these accounts and a location loc_1 … for each that they name. */
export async function givenAccounts(db: Kysely<ChannelDb>, accounts: AccountGiven[]): Promise<void> {
  await sql`
    insert into connection (id, seller_id, region, application, refresh_token_sealed, token_key_id, state)
    values (${seller.id}, ${seller.sellerId}, ${seller.region}, 'app_1', '\\x00', 'key_1', 'connected')
    on conflict do nothing`.execute(db)
  for (const account of accounts) await givenAccount(db, account)
}

async function givenAccount(db: Kysely<ChannelDb>, given: AccountGiven): Promise<void> {
  const { marketplace, locations = ['loc_1'], updateInventory = true, wentLive = true } = given
  const id = accountId(marketplace)
  await sql`
    insert into account (id, name, connection_id, marketplace, marketplace_id, update_inventory, order_location_id)
    values (${id}, ${`TEST-${marketplace}`}, ${seller.id}, ${marketplace}, ${marketplaceIds[marketplace] ?? ''},
            ${updateInventory}, ${locations[0] ?? null})`.execute(db)
  for (const location of locations) {
    await sql`insert into location (id, name, kind) values (${location}, ${location}, 'own') on conflict do nothing`.execute(
      db,
    )
    await sql`insert into account_location (account_id, location_id) values (${id}, ${location})`.execute(db)
  }
  if (wentLive) {
    await sql`
      insert into account_orders (account_id, connection_id, went_live_at)
      values (${id}, ${seller.id}, now())`.execute(db)
  }
}

/** The id that givenAccounts gives the account of a marketplace. */
export function accountId(marketplace: string): string {
  return `acc_${marketplace}`
}

/** A listing to store; linked to an item of the same name unless told otherwise. */
export interface ListingGiven {
  marketplace?: string
  sku: string
  item?: string | null
  fba?: boolean
}

/** Stores listings with their groups and marks the groups as linked. Answers the groups' ids. */
export async function givenListings(db: Kysely<ChannelDb>, listings: ListingGiven[]): Promise<string[]> {
  const rows = listings.map(({ marketplace = 'UK', sku, item = `itm_${sku}`, fba = false }) => ({
    id: listingId(sku, marketplace),
    account: accountId(marketplace),
    group: groupId(sku),
    marketplaceId: marketplaceIds[marketplace] ?? '',
    sku,
    item,
    fba,
  }))
  await db.transaction().execute(async (tx) => {
    await sql`
      insert into sku_group (id, connection_id, channel_sku)
      select distinct g, ${seller.id}, s from unnest(${rows.map((r) => r.group)}::text[], ${rows.map((r) => r.sku)}::text[])
        as given (g, s) on conflict do nothing`.execute(tx)
    await sql`
      insert into listing (id, account_id, group_id, marketplace_id, channel_sku, item_id, item_sku, linked_at, fba)
      select id, account_id, group_id, marketplace_id, sku, item, item, case when item is not null then now() end, fba
        from unnest(${rows.map((r) => r.id)}::text[], ${rows.map((r) => r.account)}::text[],
                    ${rows.map((r) => r.group)}::text[], ${rows.map((r) => r.marketplaceId)}::text[],
                    ${rows.map((r) => r.sku)}::text[], ${rows.map((r) => r.item)}::text[], ${rows.map((r) => r.fba)}::boolean[])
             as given (id, account_id, group_id, marketplace_id, sku, item, fba)`.execute(tx)
    await queueRecompute(
      tx,
      rows.map((r) => r.group),
      aCause('linked'),
    )
  })
  return [...new Set(rows.map((r) => r.group))]
}

/** The id that givenListings gives the group of a SKU. */
export function groupId(sku: string): string {
  return `grp_${sku}`
}

/** The id that givenListings gives a listing. */
export function listingId(sku: string, marketplace = 'UK'): string {
  return `lst_${marketplace}_${sku}`
}

/** A cause with nothing but its kind, unless told otherwise. */
export function aCause(kind: string, more: Partial<RecomputeCause> = {}): RecomputeCause {
  return { kind, reference: '', actor: 'test', note: '', ...more }
}

/** A change of one item's availability in one location. */
export function anItemChange(
  sku: string,
  given: { available: number; version: number; location?: string; cause?: RecomputeCause },
): ItemChange {
  const { available, version, location = 'loc_1', cause = aCause('stock_set') } = given
  const itemId = `itm_${sku}`
  return { itemId, figures: [{ itemId, locationId: location, available, version }], cause }
}
