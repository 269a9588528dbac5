import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { openDatabase } from '@lockstep/postgres/database'
import { createSuiteDatabase, type SuiteDatabase } from '@lockstep/testkit/suite-database'
import type { Kysely } from 'kysely'
import type { ReportedListing } from '../domain/listings-report.ts'
import { migrations } from '../migrations/all-migrations.ts'
import { listListings, countListings } from '../queries/list-listings.ts'
import { resolveListings } from '../queries/resolve-listings.ts'
import { insertAccount } from './accounts.ts'
import { lockOrCreateConnection } from './connections.ts'
import type { ChannelDb } from './database.ts'
import { deleteLink, listLookalikes, lockListing, saveLink } from './listings.ts'
import { saveReportSlice } from './report-rows.ts'

let suite: SuiteDatabase
let db: Kysely<ChannelDb>

beforeAll(async () => {
  suite = await createSuiteDatabase({ migrations, name: 'channel-connector' })
  db = openDatabase({ url: suite.url, applicationName: 'test' })
})
afterAll(async () => {
  await db.destroy()
  await suite[Symbol.asyncDispose]()
})

const marketplaceIds = { UK: 'A1F83G8C2ARO7P', DE: 'A1PA6795UKMFR9' }
let sellers = 0

interface TestAccount {
  id: string
  connectionId: string
  marketplaceId: string
}

/** Two accounts of one new seller. */
async function givenSeller(): Promise<{ uk: TestAccount; de: TestAccount }> {
  sellers += 1
  const identity = { application: 'app', sellerId: `A${sellers}`, region: 'EU' } as const
  return db.transaction().execute(async (tx) => {
    const connection = await lockOrCreateConnection(tx, identity, systemIds.next('con'))
    const add = async (marketplace: 'UK' | 'DE'): Promise<TestAccount> => {
      const account = {
        id: systemIds.next('acc'),
        connectionId: connection.id,
        marketplaceId: marketplaceIds[marketplace],
      }
      await insertAccount(tx, { ...account, name: `${identity.sellerId}-${marketplace}`, marketplace })
      return account
    }
    return { uk: await add('UK'), de: await add('DE') }
  })
}

const aRow = (channelSku: string, more: Partial<ReportedListing> = {}): ReportedListing => ({
  channelSku,
  asin: 'B000000001',
  title: channelSku,
  fba: false,
  active: true,
  skuProblem: null,
  listedQuantity: 1,
  priceMinor: 999,
  ...more,
})

const tenOClock = new Date('2026-11-21T10:00:00Z')
const laterBy = (minutes: number): Date => new Date(tenOClock.getTime() + minutes * 60_000)

async function report(account: TestAccount, rows: ReportedListing[], reportedAt = tenOClock): Promise<string[]> {
  const withIds = rows.map((row) => ({ ...row, listingId: systemIds.next('lst'), groupId: systemIds.next('grp') }))
  const { id: accountId, connectionId, marketplaceId } = account
  return db
    .transaction()
    .execute((tx) =>
      saveReportSlice(tx, { accountId, connectionId, marketplaceId, currency: 'GBP', reportedAt, rows: withIds }),
    )
}

async function listings(account: TestAccount, more: { filter?: 'linked' | 'unlinked'; search?: string } = {}) {
  return listListings(db, { accountId: account.id, filter: 'all', search: '', after: null, limit: 100, ...more })
}

async function link(account: TestAccount, channelSku: string, item = { id: 'itm_1', sku: 'ITEM' }): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const listing = await lockListing(tx, { accountId: account.id, channelSku })
    if (!listing) throw new Error(`no listing ${channelSku}`)
    await saveLink(tx, listing.id, item)
  })
}

const groupOf = async (account: TestAccount, channelSku: string) =>
  (await db.transaction().execute((tx) => lockListing(tx, { accountId: account.id, channelSku })))?.groupId

test('[S002-4] a report brings listings, and the same report again changes nothing', async () => {
  const { uk } = await givenSeller()
  const rows = [aRow('b'), aRow('A', { active: false, listedQuantity: 0 }), aRow('a')]

  await report(uk, rows)
  const first = await listings(uk)
  await report(uk, rows)

  expect(first.map(({ channelSku, active }) => [channelSku, active])).toEqual([
    ['A', false],
    ['a', true],
    ['b', true],
  ])
  expect(await listings(uk)).toEqual(first)
})

test('[S002-10] Active is Linked plus Unlinked', async () => {
  const { uk } = await givenSeller()
  await report(uk, [aRow('one'), aRow('two'), aRow('idle', { active: false })])
  await link(uk, 'one')
  await link(uk, 'idle')

  expect(await countListings(db, uk.id)).toEqual({ active: 2, linked: 1 })
  expect((await listings(uk, { filter: 'linked' })).map(({ channelSku }) => channelSku)).toEqual(['idle', 'one'])
  expect((await listings(uk, { filter: 'unlinked' })).map(({ channelSku }) => channelSku)).toEqual(['two'])
})

test('absence from a report never unlinks and never removes', async () => {
  const { uk } = await givenSeller()
  await report(uk, [aRow('stays'), aRow('goes')])
  await link(uk, 'goes')

  await report(uk, [aRow('stays')], laterBy(60))

  expect(await listings(uk, { filter: 'linked' })).toMatchObject([{ channelSku: 'goes', itemSku: 'ITEM' }])
})

test('an older report that comes late changes nothing', async () => {
  const { uk } = await givenSeller()
  await report(uk, [aRow('x', { title: 'new', fba: true })], laterBy(10))

  await report(uk, [aRow('x', { title: 'old', fba: false })])

  expect(await listings(uk)).toMatchObject([{ title: 'new', fba: true }])
})

test('[S000-5] equal SKUs of one connection share a group, other SKUs do not', async () => {
  const { uk, de } = await givenSeller()
  const { uk: other } = await givenSeller()
  for (const account of [uk, de, other]) await report(account, [aRow('SHARED'), aRow(`OWN-${account.id}`)])

  expect(await groupOf(uk, 'SHARED')).toBe(await groupOf(de, 'SHARED'))
  expect(await groupOf(uk, 'SHARED')).not.toBe(await groupOf(other, 'SHARED'))
  expect(await groupOf(uk, 'SHARED')).not.toBe(await groupOf(uk, `OWN-${uk.id}`))
})

test('a group with a link is named when a listing appears in it or changes hands', async () => {
  const { uk, de } = await givenSeller()
  expect(await report(uk, [aRow('SHARED'), aRow('ALONE')])).toEqual([])
  await link(uk, 'SHARED')

  const appeared = await report(de, [aRow('SHARED'), aRow('FREE')])
  const again = await report(de, [aRow('SHARED'), aRow('FREE')], laterBy(1))
  const changedHands = await report(de, [aRow('SHARED', { fba: true }), aRow('FREE', { fba: true })], laterBy(2))

  expect(appeared).toHaveLength(1)
  expect(again).toEqual([])
  expect(changedHands).toEqual(appeared)
})

test('[S002-16] [S002-17] a listing that Amazon fulfils starts with Ignore Sync on', async () => {
  const { uk } = await givenSeller()
  await report(uk, [aRow('fba', { fba: true }), aRow('fbm')])

  expect(await listings(uk)).toMatchObject([
    { channelSku: 'fba', fba: true, ignoreSync: true },
    { channelSku: 'fbm', fba: false, ignoreSync: false },
  ])
})

test('[S002-21] a search finds part of the SKU or title, whatever its case and characters', async () => {
  const { uk } = await givenSeller()
  await report(uk, [aRow('A/B 1+2', { title: 'Lamp' }), aRow('100%_off', { title: 'Tent' })])

  const found = async (search: string) => (await listings(uk, { search })).map(({ channelSku }) => channelSku)

  expect(await found('b 1+')).toEqual(['A/B 1+2'])
  expect(await found('%_')).toEqual(['100%_off'])
  expect(await found('TENT')).toEqual(['100%_off'])
  expect(await found('nothing')).toEqual([])
})

test('SKUs that differ only in case or spaces around are found', async () => {
  const { uk } = await givenSeller()
  await report(uk, [aRow('Sku-1'), aRow('sku-1 '), aRow('SKU-1'), aRow('sku-2')])

  expect(await listLookalikes(db, { accountId: uk.id, channelSku: 'SKU-1' })).toEqual(['Sku-1', 'sku-1 '])
})

test('[S002-1] order lines are resolved byte for byte, in the order asked, unknown ones empty', async () => {
  const { uk, de } = await givenSeller()
  await report(uk, [aRow('X'), aRow('x')])
  await report(de, [aRow('X')])
  await link(uk, 'x', { id: 'itm_9', sku: 'NINE' })
  await db.updateTable('account').set({ order_location_id: 'loc_1' }).where('id', '=', uk.id).execute()

  const resolved = await resolveListings(db, uk.connectionId, [
    { marketplaceId: marketplaceIds.DE, channelSku: 'X' },
    { marketplaceId: marketplaceIds.UK, channelSku: 'x' },
    { marketplaceId: marketplaceIds.UK, channelSku: 'x ' },
    { marketplaceId: 'AZMDEXL2RVFNN', channelSku: 'X' },
    { marketplaceId: marketplaceIds.UK, channelSku: 'x' },
  ])

  expect(resolved).toMatchObject([
    { accountId: de.id, itemId: null, orderLocationId: null },
    { accountId: uk.id, itemId: 'itm_9', itemSku: 'NINE', orderLocationId: 'loc_1' },
    { accountId: uk.id, listingId: null, orderLocationId: 'loc_1' },
    { accountId: null, listingId: null },
    { itemId: 'itm_9' },
  ])
})

test('[S002-46] an unlinked listing is as if it had never been linked', async () => {
  const { uk } = await givenSeller()
  await report(uk, [aRow('X')])
  const before = await listings(uk)
  await link(uk, 'X')

  await db.transaction().execute(async (tx) => {
    const listing = await lockListing(tx, { accountId: uk.id, channelSku: 'X' })
    await deleteLink(tx, listing?.id ?? '')
  })

  expect(await listings(uk)).toEqual(before)
})

test('two reports of one connection at the same time both come in', async () => {
  const { uk, de } = await givenSeller()
  const rows = Array.from({ length: 300 }, (_, index) => aRow(`SKU-${index}`))

  await Promise.all([report(uk, rows), report(de, rows.toReversed())])

  expect(await countListings(db, uk.id)).toEqual({ active: 300, linked: 0 })
  expect(await countListings(db, de.id)).toEqual({ active: 300, linked: 0 })
})
