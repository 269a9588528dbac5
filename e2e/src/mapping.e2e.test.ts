import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { marketplaces } from '@lockstep/local-stack/scenario'
import { eventually } from '@lockstep/testkit/eventually'
import { addAccount, link, list, run, turnOnUpdates } from './stage/accounts.ts'
import { journalEnd, liveOf, writesOf } from './stage/amazon.ts'
import { expectRefusal, expectStock } from './stage/answers.ts'
import { openStage, type Stage } from './stage/open-stage.ts'
import { buyAndDownload } from './stage/orders.ts'

const sellerId = 'A1MAPPING01'
const account = 'MAPPING'
const tea = { sellerId, sku: 'TEA-SET' }
/** Every character of it is in Windows-1252, in the places where that differs from Latin-1, too. */
const teaTitle = 'Thé “Crème brûlée” – 2 für 5 €'

let stage: Stage

beforeAll(async () => {
  stage = await openStage({ simulator: { orderVisibilityMs: 0, propagationMs: 50, reportMs: 3_000 } })
  for (const [item, onHand] of [
    ['GREEN', '4'],
    ['BLACK', '9'],
    ['SENTINEL', '5'],
  ] as const) {
    await run(stage, 'items', 'add', item)
    await run(stage, 'stock', 'set', item, onHand)
  }
  await list(stage, { ...tea, quantity: 1, title: teaTitle })
  await list(stage, { sellerId, sku: 'SENTINEL', quantity: 5 })
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

test('the mapping says that the report is on its way, and shows the listings with their titles once it is processed', async () => {
  await addAccount(stage, { sellerId, name: account })
  expectRefusal(await stage.lockstep('mapping', 'link', account, 'NO-SUCH-SKU', 'GREEN'), {
    code: 'LISTING_UNKNOWN',
    value: 'NO-SUCH-SKU',
  })

  await eventually(async () =>
    expect(await mapping()).toMatchObject({ account: { name: account }, report: { state: 'Submitted' }, linked: 0 }),
  )

  await eventually(async () =>
    expect(await mapping()).toMatchObject({
      active: 2,
      linked: 0,
      unlinked: 2,
      report: { state: 'Processed' },
      listings: [
        { sku: 'SENTINEL' },
        { sku: tea.sku, title: teaTitle, fba: false, status: 'active', linked_item: null, qty: null },
      ],
    }),
  )
  expect(await run(stage, 'reports', 'status', account)).toMatchObject({
    reports: [
      { report_type: 'GET_MERCHANT_LISTINGS_ALL_DATA', state: 'Processed', rows: 2, rows_with_lost_characters: 0 },
    ],
  })
})

test('[S002-13] [S002-15] a refresh asks for a new report, says how long Amazon takes, and brings what is new and what has changed', async () => {
  await list(stage, { sellerId, sku: 'NEWCOMER', quantity: 3 })
  await stage.sim.putListing({ sellerId, sku: tea.sku, marketplaceId: marketplaces.UK.id, title: `${teaTitle}, neu` })
  const refreshed = await run(stage, 'mapping', 'refresh', account)
  expect(refreshed).toMatchObject({
    report: { state: 'Submitted' },
    message: expect.stringMatching(/not ready yet.*10 to 15 minutes/),
  })

  await eventually(async () =>
    expect(await mapping()).toMatchObject({
      active: 3,
      report: { state: 'Processed' },
      listings: [{ sku: 'NEWCOMER' }, {}, { sku: tea.sku, title: `${teaTitle}, neu` }],
    }),
  )
  expect(await run(stage, 'mapping', 'list', account, '--search', 'newc')).toMatchObject({
    listings: [{ sku: 'NEWCOMER' }],
  })
  const first = (await run(stage, 'mapping', 'list', account, '--page-size', '2')) as { next_page_token: string }
  expect(await run(stage, 'mapping', 'list', account, '--page-token', first.next_page_token)).toMatchObject({
    listings: [{ sku: tea.sku }],
    next_page_token: null,
  })
})

test('[S002-46] a link sends the item’s number; linked again, the other item’s; earlier order lines keep theirs', async () => {
  await link(stage, account, { sku: 'SENTINEL' })
  await link(stage, account, { sku: tea.sku, item: 'GREEN' })
  await turnOnUpdates(stage, account)
  await eventually(async () => expect(await liveOf(stage, tea)).toBe(4))
  const early = await buyAndDownload(stage, { ...tea, account })
  await eventually(() => expectStock(stage, 'GREEN', { on_hand: 4, reserved: 1, available: 3 }))

  await run(stage, 'mapping', 'link', account, tea.sku, 'BLACK')

  await eventually(async () => expect(await liveOf(stage, tea)).toBe(9))
  const late = await buyAndDownload(stage, { ...tea, account })
  await eventually(() => expectStock(stage, 'BLACK', { on_hand: 9, reserved: 1, available: 8 }))
  await expectStock(stage, 'GREEN', { on_hand: 4, reserved: 1, available: 3 })
  expect(await run(stage, 'orders', 'show', early)).toMatchObject({ lines: [{ item: { sku: 'GREEN' }, reserved: 1 }] })
  expect(await run(stage, 'orders', 'show', late)).toMatchObject({ lines: [{ item: { sku: 'BLACK' }, reserved: 1 }] })
  expect(await mapping('--linked')).toMatchObject({
    active: 3,
    linked: 2,
    unlinked: 1,
    listings: [{ sku: 'SENTINEL' }, { sku: tea.sku, linked_item: { sku: 'BLACK' } }],
  })
})

test('[S002-46] unlinked, nothing is sent and new order lines wait; linked again, they reserve', async () => {
  await run(stage, 'mapping', 'unlink', account, tea.sku)
  const unlinked = await journalEnd(stage)
  await run(stage, 'stock', 'set', 'BLACK', '20')
  await run(stage, 'stock', 'set', 'SENTINEL', '2')
  await eventually(async () => expect(await liveOf(stage, { sellerId, sku: 'SENTINEL' })).toBe(2))
  const orderId = await buyAndDownload(stage, { ...tea, account, quantity: 2 })
  expect(await run(stage, 'orders', 'show', orderId)).toMatchObject({
    lines: [{ channel_sku: tea.sku, item: null, ordered: 2, reserved: 0 }],
  })
  expect(await writesOf(stage, tea, unlinked)).toEqual([])
  await expectStock(stage, 'BLACK', { on_hand: 20, reserved: 1, available: 19 })

  await run(stage, 'mapping', 'link', account, tea.sku, 'BLACK')

  await eventually(async () => {
    expect(await run(stage, 'orders', 'show', orderId)).toMatchObject({
      lines: [{ item: { sku: 'BLACK' }, reserved: 2 }],
    })
    expect(await liveOf(stage, tea)).toBe(17)
  })
  await expectStock(stage, 'BLACK', { on_hand: 20, reserved: 3, available: 17 })
})

function mapping(...options: readonly string[]): Promise<unknown> {
  return run(stage, 'mapping', 'list', account, ...options)
}
