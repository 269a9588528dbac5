import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'
import { pino } from 'pino'

import { type PushStage, pushStage } from '../../test/push-stage.ts'
import { readFbaStock } from '../commands/read-fba-stock.ts'
import type { Account } from '../store/accounts.ts'
import { addMissingFbaReads } from '../store/fba-stock.ts'
import { startFbaStockDue } from './fba-stock-due.ts'

let stage: PushStage
beforeAll(async () => {
  stage = await pushStage()
})
afterAll(async () => stage[Symbol.asyncDispose]())

/** A listing that Amazon fulfils, with what its warehouse holds. */
interface AmazonsListing {
  sku: string
  item?: string | null
  fulfillable: number
}

async function givenAmazons(account: Account, listings: readonly AmazonsListing[]): Promise<void> {
  const { sellerId, marketplaceId } = account
  for (const { sku, fulfillable } of listings) {
    const offer = { sellerId, sku, marketplaceId, asin: 'B000000002', title: sku, fulfillmentChannel: 'AMAZON_EU' }
    await stage.sim.putListing(offer)
    await stage.sim.putFbaInventory({ sellerId, sku, marketplaceId, fulfillable })
  }
  for (const listing of listings) await linked(account, listing)
}

/** A listing whose figure is known, and which Amazon does not show any more. */
async function givenKnown(account: Account, listing: AmazonsListing): Promise<void> {
  await linked(account, listing)
  await sql`
    insert into fba_stock (account_id, channel_sku, fulfillable, read_at)
    values (${account.id}, ${listing.sku}, ${listing.fulfillable}, now() - interval '8 hours')`.execute(stage.db)
}

async function linked(account: Account, { sku, item = `itm_${sku}` }: AmazonsListing): Promise<void> {
  await sql`
      with grouped as (
        insert into sku_group (id, connection_id, channel_sku) values (${`grp_${account.id}_${sku}`}, ${account.connectionId}, ${sku}) returning id
      )
      insert into listing (id, account_id, group_id, marketplace_id, channel_sku, fba, item_id, item_sku, linked_at)
      select ${systemIds.next('lst')}, ${account.id}, id, ${account.marketplaceId}, ${sku}, true, ${item}, ${item},
             case when ${item}::text is not null then now() end from grouped`.execute(stage.db)
}

async function aSeller(): Promise<Account> {
  const { UK: account } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!account) throw new Error('no account')
  return account
}

const deps = () => ({
  db: stage.db,
  log: pino({ level: 'silent' }),
  ids: systemIds,
  callAmazon: stage.callAmazon,
  announce: () => undefined,
  fbaEveryMs: 1_800_000,
})

const reading = (account: Account) => readFbaStock(deps(), { account_id: account.id }, AbortSignal.timeout(60_000))

/** What was announced of an account's items, in order. */
async function announced(account: Account): Promise<[item: string, fulfillable: number][]> {
  const { rows } = await sql<{ item: string; fulfillable: string | null }>`
    select payload ->> 'itemId' as item, payload ->> 'fulfillable' as fulfillable from outbox
     where subject like ${`evt.channel.v1.fba-level.changed.${account.id}.%`} order by seq`.execute(stage.db)
  return rows.map(({ item, fulfillable }) => [item, Number(fulfillable)])
}

test('[S003-5] [S003-54] what Amazon can fulfil is announced per item, its SKUs added up, and again only when it changes', async () => {
  const uk = await aSeller()
  await stage.givenListings([{ account: uk, sku: 'OWN-1', live: 7 }])
  await givenAmazons(uk, [
    { sku: 'FBA-1', fulfillable: 5 },
    { sku: 'FBA-2', item: 'itm_FBA-1', fulfillable: 3 },
    { sku: 'FBA-3', fulfillable: 0 },
    { sku: 'FBA-4', item: null, fulfillable: 9 },
  ])

  await reading(uk)
  await reading(uk)
  const first = await announced(uk)
  const { sellerId, marketplaceId } = uk
  await stage.sim.putFbaInventory({ sellerId, marketplaceId, sku: 'FBA-3', fulfillable: 4 })
  await reading(uk)

  expect(first).toEqual([
    ['itm_FBA-1', 8],
    ['itm_FBA-3', 0],
  ])
  expect((await announced(uk)).slice(2)).toEqual([['itm_FBA-3', 4]])
})

test('a link moves a figure, a SKU that Amazon leaves out keeps its own, and an old figure is told again to show its age', async () => {
  const uk = await aSeller()
  await givenAmazons(uk, [{ sku: 'AGE-1', fulfillable: 5 }])
  await givenKnown(uk, { sku: 'AGE-2', item: 'itm_gone', fulfillable: 2 })
  await reading(uk)

  await sql`update listing set item_id = 'itm_other' where account_id = ${uk.id} and channel_sku = 'AGE-1'`.execute(
    stage.db,
  )
  await reading(uk)
  const moved = await announced(uk)
  await sql`update fba_told set told_at = told_at - interval '7 hours' where account_id = ${uk.id}`.execute(stage.db)
  await reading(uk)

  expect(moved).toEqual([
    ['itm_AGE-1', 5],
    ['itm_gone', 2],
    ['itm_AGE-1', 0],
    ['itm_other', 5],
  ])
  expect((await announced(uk)).slice(4)).toEqual([['itm_other', 5]])
})

test('more SKUs than a page holds are read to the end', async () => {
  const uk = await aSeller()
  const skus = Array.from({ length: 60 }, (_, at) => `PAGE-${String(at).padStart(2, '0')}`)
  await givenAmazons(
    uk,
    skus.map((sku, at) => ({ sku, fulfillable: at })),
  )

  await reading(uk)

  expect(await announced(uk)).toEqual(skus.map((sku, at) => [`itm_${sku}`, at]))
})

test('[S003-45] without the right to see it nothing is announced, and it is tried again after half an hour', async () => {
  const uk = await aSeller()
  await givenAmazons(uk, [{ sku: 'NO-1', fulfillable: 5 }])
  await stage.sim.changeRoles({ sellerId: uk.sellerId, revoke: ['Amazon Fulfillment', 'Product Listing'] })
  await addMissingFbaReads(stage.db)

  await using _ = startFbaStockDue(deps())

  await eventually(async () => expect(await minutesToNextRead(uk)).toBeGreaterThan(25))
  expect(await announced(uk)).toEqual([])
  expect((await stage.sim.journal({ sellerId: uk.sellerId, operation: 'getInventorySummaries' })).entries).toHaveLength(
    1,
  )
})

test('accounts whose listings Amazon fulfils are read by themselves', async () => {
  const [uk, own] = [await aSeller(), await aSeller()]
  await givenAmazons(uk, [{ sku: 'SELF-1', fulfillable: 5 }])
  await stage.givenListings([{ account: own, sku: 'SELF-2', live: 7 }])
  await addMissingFbaReads(stage.db)

  await using _ = startFbaStockDue(deps())

  await eventually(async () => expect(await announced(uk)).toEqual([['itm_SELF-1', 5]]))
  await eventually(async () => expect(await minutesToNextRead(uk)).toBeGreaterThan(25))
  expect(await minutesToNextRead(own)).toBeUndefined()
})

async function minutesToNextRead({ id }: Account): Promise<number | undefined> {
  const { rows } = await sql<{ minutes: number }>`
    select (extract(epoch from next_at - clock_timestamp()) / 60)::double precision as minutes
      from fba_read where account_id = ${id}`.execute(stage.db)
  return rows[0]?.minutes
}
