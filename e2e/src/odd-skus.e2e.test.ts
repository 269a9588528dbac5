import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { marketplaces } from '@lockstep/local-stack/scenario'
import { eventually } from '@lockstep/testkit/eventually'
import { addAccount, link, list, run, turnOnUpdates } from './stage/accounts.ts'
import { liveOf, writesOf } from './stage/amazon.ts'
import { expectStock } from './stage/answers.ts'
import { openStage, type Stage } from './stage/open-stage.ts'
import { download } from './stage/orders.ts'

const sellerId = 'A1ODDSKUS01'
const account = 'ODD'
/** Each breaks where a SKU is encoded once too often, once too rarely, cut, trimmed or folded. */
const skus = [
  'A/B 1+2',
  '50% off',
  '%2F',
  'A#1',
  'A?x=1',
  'A&B',
  'C++',
  'A,B',
  ' a ',
  'abc',
  'ABC',
  'CAFÉ-☕-1',
  'Ａ＆Ｂ',
  'x:y|z$@',
  '👩‍🔧'.padEnd(40 + 2, 'x'),
]

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  for (const sku of skus) {
    await run(stage, 'items', 'add', sku)
    await run(stage, 'stock', 'set', sku, '7')
    await list(stage, { sellerId, sku, quantity: 1 })
  }
  await addAccount(stage, { sellerId, name: account })
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

test('[T-38] [T-41] SKUs with slashes, signs, spaces and emoji are linked, pushed and sold byte for byte', async () => {
  for (const sku of skus) await link(stage, account, { sku })
  await turnOnUpdates(stage, account)

  await eventually(async () => expect(await levels()).toEqual(skus.map(() => 7)), { withinMs: 30_000 })

  for (const sku of skus) expect(await writesOf(stage, { sellerId, sku })).toMatchObject([{ quantity: 7, status: 200 }])
  const { entries } = await stage.sim.journal({ sellerId, limit: 10_000 })
  expect(entries.filter(({ status }) => status >= 400)).toEqual([])
  const { orderId } = await stage.sim.placeOrder({
    sellerId,
    marketplaceId: marketplaces.UK.id,
    lines: skus.map((sku) => ({ sku, quantity: 1 })),
  })
  await download(stage, { account, orderId })
  const { lines } = (await run(stage, 'orders', 'show', orderId)) as {
    lines: { channel_sku: string; item: { sku: string } }[]
  }
  expect(new Map(lines.map(({ channel_sku, item }) => [channel_sku, item.sku]))).toEqual(
    new Map(skus.map((sku) => [sku, sku])),
  )
  await eventually(async () => {
    for (const sku of skus) await expectStock(stage, sku, { on_hand: 7, reserved: 1, available: 6 })
    expect(await levels()).toEqual(skus.map(() => 6))
  })
})

function levels(): Promise<number[]> {
  return Promise.all(skus.map((sku) => liveOf(stage, { sellerId, sku })))
}
