import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { call } from '@lockstep/rpc/client'
import { refusalOf, type Refusal } from '@lockstep/rpc/refusal'
import { eventually } from '@lockstep/testkit/eventually'
import { addAccount, link, list, run, signUp, turnOnUpdates } from './stage/accounts.ts'
import { journalEnd, liveOf, writesOf } from './stage/amazon.ts'
import { expectRefusal, expectStock } from './stage/answers.ts'
import { parcel } from './stage/despatches.ts'
import { openStage, type Stage } from './stage/open-stage.ts'
import { buyAndDownload, poll } from './stage/orders.ts'

const sellerId = 'A1BADINPUT1'
const account = 'BAD'
const kettle = { sellerId, sku: 'KETTLE' }
const tooLong = 'x'.repeat(41)
const settings = { timeoutMs: 30_000, actor: 'e2e' }

let stage: Stage
let begin: number

beforeAll(async () => {
  stage = await openStage()
  for (const item of manyItems()) await run(stage, 'items', 'add', item)
  for (const sku of [kettle.sku, 'SENTINEL', 'TOASTER']) {
    await run(stage, 'items', 'add', sku)
    await run(stage, 'stock', 'set', sku, '5')
    await list(stage, { sellerId, sku, quantity: 5 })
  }
  await list(stage, { sellerId, sku: 'UNLINKED', quantity: 5 })
  await addAccount(stage, { sellerId, name: account })
  for (const sku of [kettle.sku, 'SENTINEL', 'TOASTER']) await link(stage, account, { sku })
  await turnOnUpdates(stage, account)
  begin = await journalEnd(stage)
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

test.each([
  ['an unknown SKU', ['stock', 'set', 'NOPE', '5'], { code: 'ITEM_UNKNOWN', value: 'NOPE' }],
  ['a negative quantity', ['stock', 'set', kettle.sku, '-1'], { code: 'QUANTITY_INVALID', value: '-1' }],
  ['more taken away than there is', ['stock', 'adjust', kettle.sku, '-6'], { code: 'ON_HAND_BELOW_ZERO', value: '-6' }],
  [
    'an unknown location',
    ['stock', 'set', kettle.sku, '5', '--location', 'Moon'],
    { code: 'LOCATION_UNKNOWN', value: 'Moon' },
  ],
  ['a SKU that is taken', ['items', 'add', kettle.sku], { code: 'ITEM_EXISTS', value: kettle.sku }],
  ['[T-39] the SKU "."', ['items', 'add', '.'], { code: 'SKU_INVALID', value: '.' }],
  ['[T-39] a SKU of 41 characters', ['items', 'add', tooLong], { code: 'SKU_INVALID', value: tooLong }],
  [
    '[T-39] the channel SKU "."',
    ['mapping', 'link', account, '.', kettle.sku],
    { code: 'CHANNEL_SKU_INVALID', value: '.' },
  ],
  [
    '[T-39] a channel SKU of 41 characters',
    ['mapping', 'link', account, tooLong, kettle.sku],
    { code: 'CHANNEL_SKU_INVALID', value: tooLong },
  ],
  [
    'a link to an unknown item',
    ['mapping', 'link', account, kettle.sku, 'NOPE'],
    { code: 'ITEM_UNKNOWN', value: 'NOPE' },
  ],
  [
    '[T-41] a listing spelt in another case',
    ['mapping', 'link', account, 'kettle', kettle.sku],
    { code: 'LISTING_UNKNOWN', value: 'kettle' },
  ],
  [
    'an unlinked listing unlinked',
    ['mapping', 'unlink', account, 'UNLINKED'],
    { code: 'LISTING_UNLINKED', value: 'UNLINKED' },
  ],
  ['an unknown listing explained', ['why', account, 'NOPE'], { code: 'LISTING_UNKNOWN', value: 'NOPE' }],
  ['an unknown account', ['sync', 'status', 'NOPE'], { code: 'ACCOUNT_UNKNOWN', value: 'NOPE' }],
  [
    'a setting out of range',
    ['accounts', 'settings', account, '--stock-percentage', '101'],
    { code: 'SETTING_INVALID', value: '101' },
  ],
  [
    'an unknown order processed',
    ['orders', 'process', '111-1111111-1111111', ...parcel],
    { code: 'ORDER_UNKNOWN', value: '111-1111111-1111111' },
  ],
  [
    'a marketplace that does not exist',
    ['accounts', 'add', '--seller', 'A1XYZ', '--marketplace', 'XX', '--no-token'],
    { code: 'MARKETPLACE_UNKNOWN', value: 'XX' },
  ],
])('%s is refused with its code, the value and the next step', async (_what, args, refusal) => {
  expectRefusal(await stage.lockstep(...args), refusal)
})

test('an order that was cancelled is not processed, and Amazon hears nothing of it', async () => {
  const orderId = await buyAndDownload(stage, { sellerId, sku: 'TOASTER', account })
  await stage.sim.cancelOrder(orderId)
  await poll(stage, account)

  expectRefusal(await stage.lockstep('orders', 'process', orderId, ...parcel), { code: 'CANCELLED', value: orderId })
  expectRefusal(await stage.lockstep('orders', 'process', orderId, '--carrier', 'Other', '--tracking', '1'), {
    code: 'CARRIER_NAME_MISSING',
  })
  expect((await stage.sim.journal({ operation: 'confirmShipment' })).entries).toEqual([])
  await eventually(() => expectStock(stage, 'TOASTER', { on_hand: 5, reserved: 0, available: 5 }))
})

test('an account without credentials is kept, and whatever needs them says which step is missing', async () => {
  await signUp(stage, 'A1NOTOKEN01', ['UK'])
  const add = ['accounts', 'add', '--seller', 'A1NOTOKEN01', '--marketplace', 'UK', '--name', 'NOTOKEN', '--no-token']
  expect(await run(stage, ...add)).toMatchObject({
    account: { connection_state: 'no_credentials', connection_detail: expect.stringMatching(/token/) },
  })

  for (const args of [
    ['accounts', 'test', 'NOTOKEN'],
    ['mapping', 'refresh', 'NOTOKEN'],
    ['accounts', 'settings', 'NOTOKEN', '--update-inventory', 'on', '--confirm', 'dry-1'],
  ])
    expectRefusal(await stage.lockstep(...args), { code: 'CREDENTIALS_MISSING' })
  await eventually(async () =>
    expect(await run(stage, 'orders', 'sync', 'NOTOKEN')).toMatchObject({
      result: 'denied',
      detail: expect.stringMatching(/authorise/),
    }),
  )
})

test('an idempotency key that is used again for something else is refused, and nothing of it is done', async () => {
  const key = ['--idempotency-key', 'count-of-monday']
  const first = await run(stage, 'stock', 'set', kettle.sku, '5', ...key)

  expectRefusal(await stage.lockstep('stock', 'set', kettle.sku, '6', ...key), { code: 'IDEMPOTENCY_KEY_REUSED' })

  expect(await run(stage, 'stock', 'set', kettle.sku, '5', ...key)).toEqual(first)
  await expectStock(stage, kettle.sku, { on_hand: 5, reserved: 0, available: 5 })
})

test('a batch of no line, of 5,000 lines, or with a bad line is refused whole, and every bad line is named', async () => {
  const good = manyItems().map((item) => ({ item, location: '', onHand: 3n }))
  const bad = [
    ...good.slice(0, 50),
    { item: 'NOPE', location: '', onHand: 3n },
    ...good.slice(50, 90),
    { item: kettle.sku, location: '', onHand: -3n },
  ]

  expect(await refusedBatch([])).toMatchObject({ reason: 'BATCH_EMPTY' })
  expect(
    await refusedBatch(Array.from({ length: 5_000 }, (_, at) => ({ item: `MANY-${at}`, location: '', onHand: 1n }))),
  ).toMatchObject({
    reason: 'BATCH_TOO_LARGE',
    value: '5000',
  })
  expect(await refusedBatch(bad)).toMatchObject({
    reason: 'LINES_REFUSED',
    lines: [
      { line: 51, item: 'NOPE', reason: 'ITEM_UNKNOWN', value: 'NOPE' },
      { line: 92, item: kettle.sku, reason: 'QUANTITY_INVALID', value: '-3' },
    ],
  })
  for (const { item } of [good[0], good.at(-1)].flatMap((line) => line ?? []))
    await expectStock(stage, item, { on_hand: 0, reserved: 0, available: 0 })
})

test('none of it has reached Amazon, and what is right still does', async () => {
  await run(stage, 'stock', 'set', 'SENTINEL', '4')

  await eventually(async () => expect(await liveOf(stage, { sellerId, sku: 'SENTINEL' })).toBe(4))
  expect(await writesOf(stage, kettle, begin)).toEqual([])
  expect(await writesOf(stage, { sellerId, sku: 'UNLINKED' })).toEqual([])
})

function manyItems(): string[] {
  return Array.from({ length: 100 }, (_, at) => `MANY-${at}`)
}

async function refusedBatch(lines: { item: string; location: string; onHand: bigint }[]): Promise<Refusal | undefined> {
  const request = { idempotencyKey: `batch-${lines.length}`, lines, partial: false, note: '' }
  try {
    await call(stage.clients.inventory, 'setStock', request, settings)
    return undefined
  } catch (error) {
    return refusalOf(error)
  }
}
