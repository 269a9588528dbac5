import { openDatabase } from '@lockstep/postgres/database'
import { createSuiteDatabase } from '@lockstep/testkit/suite-database'
import type { Kysely } from 'kysely'
import { migrations } from '../src/migrations/migrations.ts'
import { accountsByMarketplace, saveConnections } from '../src/store/accounts.ts'
import type { OrderDownloadDb } from '../src/store/tables.ts'
import type { IngestDeps, PageToIngest, Reading } from '../src/commands/ingest-page.ts'
import type { AmazonOrder } from '../src/domain/amazon-order.ts'

export interface OrderDatabase extends AsyncDisposable {
  db: Kysely<OrderDownloadDb>
  url: string
}

/** A database of this service with one connection, whose account in the UK is live since 1 November 2026. */
export async function createOrderDatabase(): Promise<OrderDatabase> {
  const database = await createSuiteDatabase({ migrations, name: 'orders' })
  const db = openDatabase<OrderDownloadDb>({ url: database.url, applicationName: 'order-download' })
  const account = { id: 'acc_1', name: 'A1-UK', marketplace: 'UK', marketplaceId: 'A1F83G8C2ARO7P', enabled: true }
  await saveConnections(db, [{ id: 'con_1', sellerId: 'A1DEMO0000EU', canPoll: true, accounts: [account] }])
  const live = new Date('2026-11-01T00:00:00Z')
  await db.updateTable('channel_account').set({ go_live_at: live, covered_until: live }).execute()
  return {
    db,
    url: database.url,
    async [Symbol.asyncDispose]() {
      await db.destroy()
      await database[Symbol.asyncDispose]()
    },
  }
}

/** A page of these orders, every SKU linked to the item of its name. */
export async function aPage(deps: Pick<IngestDeps, 'db'>, orders: (AmazonOrder | Reading)[]): Promise<PageToIngest> {
  return {
    connectionId: 'con_1',
    sellerId: 'A1DEMO0000EU',
    readings: orders.map((order) => ('kind' in order ? order : { kind: 'order', order, payload: {} })),
    readAt: new Date('2026-11-21T10:05:00Z'),
    accounts: await accountsByMarketplace(deps.db, 'con_1'),
    placeOf: (_marketplaceId, sku) => ({
      listingId: `lst_${sku}`,
      itemId: `itm_${sku}`,
      itemSku: sku,
      orderLocationId: 'loc_1',
    }),
    coveredBefore: null,
  }
}
