import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { journalEnd, liveOf, writesOf } from './stage/amazon.ts'
import { expectStock } from './stage/answers.ts'
import { openStage, type Stage } from './stage/open-stage.ts'
import { buy, buyAndDownload, download, poll } from './stage/orders.ts'
import { aListing, aSeller, together } from './stage/seller.ts'

const bottle = 'TEST_SS7052'
const europe = { sellerId: 'A1GOLDEN00EU', account: 'UK' }
const america = { sellerId: 'A2GOLDEN00NA', account: 'US' }
const inEurope = { sellerId: europe.sellerId, sku: bottle }
const inAmerica = { sellerId: america.sellerId, sku: bottle }

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  await stage.load(
    together(
      aSeller({
        sellerId: europe.sellerId,
        accounts: { UK: 'UK', DE: 'DE', FR: 'FR' },
        stock: { [bottle]: 5, SENTINEL: 7, 'LAST-ONE': 1, RETURNED: 10, HELD: 10 },
        listings: [
          { sku: bottle, accounts: ['UK', 'DE', 'FR'], quantity: 3, item: bottle },
          aListing('SENTINEL', 'UK', 7),
          aListing('LAST-ONE', 'UK', 1),
          aListing('RETURNED', 'UK', 10),
          aListing('HELD', 'UK', 10),
        ],
      }),
      aSeller({
        sellerId: america.sellerId,
        region: 'NA',
        accounts: { US: 'US' },
        listings: [aListing(bottle, 'US', 3), aListing('HELD', 'US', 10)],
      }),
    ),
  )
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

test('[S001-8] [S001-9] [S001-11] [S001-12] [S001-13] [S001-15] an edit on Amazon is left alone until a sale: then the available number goes to every linked listing', async () => {
  await eventually(
    async () => {
      for (const account of ['UK', 'DE', 'FR', 'US']) await expectSeen(account, 5)
    },
    { withinMs: 45_000 },
  )
  const edited = await journalEnd(stage)
  await stage.sim.putListing({ ...inEurope, quantity: 10 })
  // A read may be used again for 5 s: until then nobody could know of the edit.
  await eventually(async () => expect(Date.now() - (await lastSeenAt('UK'))).toBeGreaterThan(6_000))

  await stage.lockstep('stock', 'set', 'SENTINEL', '6')
  await eventually(async () => expect(await liveOf(stage, { ...inEurope, sku: 'SENTINEL' })).toBe(6))

  expect(await writesOf(stage, inEurope, edited)).toEqual([])
  expect(await liveOf(stage, inEurope)).toBe(10)
  await expectStock(stage, bottle, { on_hand: 5, reserved: 0, available: 5 })

  await buyAndDownload(stage, { ...europe, sku: bottle })

  await eventually(async () => {
    await expectStock(stage, bottle, { on_hand: 5, reserved: 1, available: 4 })
    expect([await liveOf(stage, inEurope), await liveOf(stage, inAmerica)]).toEqual([4, 4])
  })
  expect(await writesOf(stage, inEurope, edited)).toMatchObject([{ quantity: 4, status: 200 }])
  expect(await writesOf(stage, inAmerica, edited)).toMatchObject([{ quantity: 4, status: 200 }])
  expect(await stage.lockstep('stock', 'show', bottle)).toMatchObject({
    json: {
      listings: ['UK', 'DE', 'FR', 'US'].map((marketplace) => ({
        marketplace,
        channel_sku: bottle,
        desired: 4,
        accepted: 4,
      })),
    },
  })
})

test('[R02] three orders for the last unit are all kept, available is -2, and Amazon holds 0', async () => {
  const lastOne = { ...inEurope, sku: 'LAST-ONE' }
  const orders: string[] = []
  for (let sold = 0; sold < 3; sold += 1)
    orders.push(await buy(stage, { ...europe, sku: lastOne.sku, ignoreQuantity: true }))

  for (const orderId of orders) await download(stage, { account: europe.account, orderId })

  await eventually(async () => {
    await expectStock(stage, lastOne.sku, { on_hand: 1, reserved: 3, available: -2 })
    expect(await stage.lockstep('why', 'UK', lastOne.sku)).toMatchObject({ json: { desired: { quantity: 0 } } })
  })
  for (const orderId of orders)
    expect(await stage.lockstep('orders', 'show', orderId)).toMatchObject({
      json: { order: { state: 'open' }, lines: [{ ordered: 1, cancelled: 0, reserved: 1 }], can_despatch: true },
    })
  expect(await liveOf(stage, lastOne)).toBe(0)
  expect((await writesOf(stage, lastOne)).filter(({ quantity }) => quantity !== 0)).toEqual([])
})

test('[R02] what Amazon sold and nobody can download yet is held for every channel, and becomes the order’s reservation', async () => {
  const held = { ...inEurope, sku: 'HELD' }
  await stage.sim.changeSettings({ orderVisibilityMs: 12_000 })
  const boughtAt = Date.now()
  const orderId = await buy(stage, { ...europe, sku: held.sku, quantity: 3 })

  // Our own change has Amazon's number read, and the read shows the sale.
  await stage.lockstep('stock', 'adjust', held.sku, '+1')

  await eventually(async () => {
    await expectStock(stage, held.sku, { on_hand: 11, reserved: 0, held: 3, available: 8 })
    expect([await liveOf(stage, held), await liveOf(stage, { ...inAmerica, sku: held.sku })]).toEqual([8, 8])
  })
  expect(await stage.lockstep('why', 'UK', held.sku)).toMatchObject({
    json: { hold: { units: 3 }, inputs: { locations: [{ available: 8, held: 3 }] }, desired: { quantity: 8 } },
  })
  expect(await stage.lockstep('exposure', 'UK')).toMatchObject({
    json: { exposures: expect.arrayContaining([expect.objectContaining({ channel_sku: held.sku, held: 3 })]) },
  })

  await eventually(async () => expect(Date.now() - boughtAt).toBeGreaterThan(13_000))
  await download(stage, { account: europe.account, orderId })
  await eventually(() => expectStock(stage, held.sku, { on_hand: 11, reserved: 3, held: 0, available: 8 }))
  await stage.sim.changeSettings({ orderVisibilityMs: 0 })
  await poll(stage, europe.account)

  await eventually(async () => {
    expect(await stage.lockstep('why', 'UK', held.sku)).toMatchObject({
      json: { hold: null, drift: null, state: 'in_step', desired: { quantity: 8 } },
    })
  })
  expect([await liveOf(stage, held), await liveOf(stage, { ...inAmerica, sku: held.sku })]).toEqual([8, 8])
  expect(await writesOf(stage, held)).toMatchObject([{ quantity: 8 }])
})

test('an order cancelled on Amazon gives its units back, and they are offered again', async () => {
  const returned = { ...inEurope, sku: 'RETURNED' }
  const orderId = await buyAndDownload(stage, { ...europe, sku: returned.sku, quantity: 2 })
  await eventually(() => expectStock(stage, returned.sku, { on_hand: 10, reserved: 2, available: 8 }))
  expect(await liveOf(stage, returned)).toBe(8)
  // A fall that is first read when its order is cancelled already looks like a sale, until the poll after the read.
  await eventually(async () => {
    expect(await stage.lockstep('why', 'UK', returned.sku)).toMatchObject({ json: { guard: { live: 8 } } })
  })

  await stage.sim.cancelOrder(orderId, { restock: false })

  // The fall had its order when it was read; now it has none, and is held until a poll that reaches past the very second of the read.
  await eventually(
    async () => {
      await poll(stage, europe.account)
      await expectStock(stage, returned.sku, { on_hand: 10, reserved: 0, available: 10 })
      expect(await liveOf(stage, returned)).toBe(10)
    },
    { everyMs: 3_000 },
  )
  expect(await stage.lockstep('orders', 'show', orderId)).toMatchObject({
    json: {
      order: { state: 'cancelled', channel_status: 'CANCELLED' },
      lines: [{ ordered: 2, cancelled: 2, reserved: 0 }],
      can_despatch: false,
      cannot_despatch_reason: 'CANCELLED',
    },
  })
})

test('nothing that was done here was throttled by Amazon', async () => {
  const { entries } = await stage.sim.journal({ limit: 10_000 })

  expect(entries.length).toBeGreaterThan(0)
  expect(entries.filter(({ status }) => status === 429)).toEqual([])
})

async function expectSeen(account: string, quantity: number): Promise<void> {
  expect(await stage.lockstep('why', account, bottle)).toMatchObject({
    status: 0,
    json: { state: 'in_step', desired: { quantity }, chain: { accepted: { quantity }, seen: { quantity } } },
  })
}

async function lastSeenAt(account: string): Promise<number> {
  const { json } = await stage.lockstep('why', account, bottle)
  return Date.parse((json as { chain: { seen: { at: string } } }).chain.seen.at)
}
