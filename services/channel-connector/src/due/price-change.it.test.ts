import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'

import { feedStage, type FeedStage } from '../../test/feed-stage.ts'
import { handOnPrices } from '../commands/hand-on-prices.ts'
import type { Account } from '../store/accounts.ts'
import { type AnnouncedPrice, listPrices, savePriceChange, savePrices } from '../store/price-changes.ts'

let stage: FeedStage

beforeAll(async () => {
  stage = await feedStage()
}, 60_000)

afterEach(async () => {
  await stage.stopFeeds()
  await stage.sim.clearFaults()
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

let made = 0

/** An account whose Price Change is on, with listings that are each linked to an item of the same number. */
async function givenLinked(count: number): Promise<{ account: Account; skus: string[]; items: string[] }> {
  const { UK: account } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!account) throw new Error('no account')
  made += 1
  const skus = Array.from({ length: count }, (_, i) => `P${made}-${i}`)
  const items = skus.map((sku) => `itm_${sku.replace('-', '')}`)
  await stage.givenOffers(account, skus)
  await sql`
    update listing set item_id = w.item, item_sku = w.sku, linked_at = clock_timestamp()
      from unnest(${skus}::text[], ${items}::text[]) as w (sku, item)
     where account_id = ${account.id} and channel_sku = w.sku`.execute(stage.db)
  await stage.db.transaction().execute((tx) => savePriceChange(tx, account.id, true))
  return { account, skus, items }
}

const aPrice = ({ id: accountId }: Account, itemId: string, { minor = 700, version = 1 } = {}): AnnouncedPrice => {
  return { accountId, itemId, itemSku: `SKU of ${itemId}`, version, price: { minor, currency: 'GBP' } }
}

const hear = (...prices: AnnouncedPrice[]) => stage.db.transaction().execute((tx) => savePrices(tx, prices))
const handOn = () => handOnPrices({ db: stage.db, ids: systemIds })
const statesOf = async ({ id: accountId }: Account) =>
  listPrices(stage.db, { accountId, itemId: '', before: null, limit: 1_000 })

async function priceAt({ sellerId, marketplaceId }: Account, sku: string): Promise<string | undefined> {
  const { offers } = await stage.sim.listing(sellerId, sku)
  return offers.find((offer) => offer.marketplaceId === marketplaceId)?.price?.amount
}

test('[S004-56] a channel price reaches the listings of its item by patch, while Update inventory is off', async () => {
  const { account, skus, items } = await givenLinked(2)
  const [one = '', two = ''] = items
  await sql`update account set update_inventory = false where id = ${account.id}`.execute(stage.db)
  await stage.startFeeds()

  await hear(aPrice(account, one, { minor: 1_250 }), aPrice(account, two, { minor: 800 }))
  expect(await handOn()).toBe(2)

  await eventually(async () => {
    expect([await priceAt(account, skus[0] ?? ''), await priceAt(account, skus[1] ?? '')]).toEqual(['12.50', '8.00'])
  })
  const jobId = (await statesOf(account))[0]?.jobId ?? ''
  await eventually(async () => {
    expect(await stage.job(jobId)).toMatchObject({ state: 'done', kind: 'price', lines: { accepted: 2 } })
  })
  expect(await stage.calls(account, 'createFeed')).toEqual([])
})

test('[S004-56] very many channel prices go out by feed through the same lane', async () => {
  const { account, skus, items } = await givenLinked(600)
  await stage.givenEstimate(account, { fixedMs: 600, itemsPerSecond: 2_000 })
  await hear(...items.map((item, i) => aPrice(account, item, { minor: 1_000 + i })))
  await stage.startFeeds()

  expect(await handOn()).toBe(600)

  await eventually(async () => expect(await priceAt(account, skus[599] ?? '')).toBe('15.99'), { withinMs: 40_000 })
  expect((await stage.calls(account, 'createFeed')).length).toBeGreaterThan(0)
}, 60_000)

test('[S004-56] the newest price wins, whatever the order of events, and nothing is sent twice', async () => {
  const { account, skus, items } = await givenLinked(1)
  const [item = ''] = items
  await hear(aPrice(account, item, { minor: 700, version: 3 }))
  await hear(aPrice(account, item, { minor: 500, version: 2 }), aPrice(account, item, { minor: 700, version: 3 }))
  await stage.startFeeds()

  expect([await handOn(), await handOn()]).toEqual([1, 0])

  await eventually(async () => expect(await priceAt(account, skus[0] ?? '')).toBe('7.00'))
  expect(await stage.calls(account, 'patchListingsItem')).toHaveLength(1)
})

test('[S004-56] a price waits while an older one of the same SKU is on its way, and goes out after it', async () => {
  const { account, skus, items } = await givenLinked(1)
  const [item = ''] = items
  await hear(aPrice(account, item, { minor: 700, version: 1 }))
  await handOn()
  await sql`update bulk_job_item set state = 'patching' where channel_sku = ${skus[0] ?? ''}`.execute(stage.db)

  await hear(aPrice(account, item, { minor: 900, version: 2 }))
  expect(await handOn()).toBe(0)
  await stage.startFeeds()
  await sql`update bulk_job set next_at = clock_timestamp() where account_id = ${account.id}`.execute(stage.db)
  await eventually(async () => expect(await priceAt(account, skus[0] ?? '')).toBe('7.00'))

  await eventually(async () => expect(await handOn()).toBe(1))
  await eventually(async () => expect(await priceAt(account, skus[0] ?? '')).toBe('9.00'))
})

test('[S004-56] a price that is not sent says why: off, unlinked, another currency, taken away', async () => {
  const { account, items } = await givenLinked(2)
  const [one = '', two = ''] = items
  await hear(
    { ...aPrice(account, one, { minor: 700 }), price: { minor: 700, currency: 'EUR' } },
    aPrice(account, 'itm_unlinked', { minor: 500 }),
    { ...aPrice(account, two, { minor: 0 }), price: undefined },
  )
  await handOn()
  await stage.db.transaction().execute((tx) => savePriceChange(tx, account.id, false))
  await hear(aPrice(account, 'itm_later', { minor: 500 }))

  const told = (await statesOf(account)).map(({ itemId, state, detail }) => [itemId, state, detail])

  expect(told).toEqual(
    expect.arrayContaining([
      [one, 'not_sent', `${account.name} sells in GBP: set its channel price in that currency`],
      ['itm_unlinked', 'not_sent', 'no listing of the account is linked to the item'],
      [two, 'not_sent', 'the channel price was taken away; the listing keeps its own'],
      ['itm_later', 'not_sent', 'Price Change is off'],
    ]),
  )
  expect(await stage.calls(account, 'patchListingsItem')).toEqual([])
})
