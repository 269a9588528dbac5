import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { expectRefusal, expectStock } from './stage/answers.ts'
import { auditWords, confirmationsOf, nextAttemptOf, parcel, sendAgainNow } from './stage/despatches.ts'
import { openStage, type Stage } from './stage/open-stage.ts'
import { buyAndDownload, poll } from './stage/orders.ts'
import { aListing, aSeller } from './stage/seller.ts'

const seller = { sellerId: 'A1POST0001', account: 'POST' }
const quiet = { sellerId: 'A1QUIET0001', account: 'QUIET' }
const closing = { sellerId: 'A1CLOSING01', account: 'CLOSING' }

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  const skus = ['LAMP', 'CUP', 'VASE', 'SHIP-PLUS', 'BOWL']
  await Promise.all([
    stage.load(
      aSeller({
        ...seller,
        accounts: { UK: seller.account },
        stock: Object.fromEntries(skus.map((sku) => [sku, 5])),
        listings: [
          ...skus.map((sku) => aListing(sku, seller.account, 5)),
          { sku: 'LAMP-FBA', accounts: [seller.account], quantity: 40, fulfilledByAmazon: true, item: 'LAMP' },
        ],
      }),
    ),
    ...[quiet, closing].map(({ sellerId, account }) =>
      stage.load(
        aSeller({
          sellerId,
          accounts: { UK: account },
          stock: { [`${account}-1`]: 5 },
          listings: [aListing(`${account}-1`, account, 5)],
        }),
      ),
    ),
  ])
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

test('[S003-18] [S004-17] [S004-18] an order is downloaded, despatched and Shipped on Amazon, and stock falls once', async () => {
  const orderId = await buyAndDownload(stage, { ...seller, sku: 'LAMP' })
  await eventually(async () => {
    expect(await stage.lockstep('orders', 'show', orderId)).toMatchObject({
      json: {
        order: { state: 'open', folder: 'FBM', fulfilled_by: 'MERCHANT', channel_status: 'UNSHIPPED' },
        lines: [{ channel_sku: 'LAMP', ordered: 1, reserved: 1 }],
        can_despatch: true,
      },
    })
  })
  await eventually(() => expectStock(stage, 'LAMP', { on_hand: 5, reserved: 1, available: 4 }))

  const processed = await stage.lockstep('orders', 'process', orderId, ...parcel)

  expect(processed).toMatchObject({ status: 0, json: { despatch: { parcel: '1', carrier: 'Royal Mail' } } })
  await eventually(async () => {
    expect(await stage.sim.order(orderId)).toMatchObject({
      status: 'SHIPPED',
      buyerMailsSent: 1,
      packages: [{ packageReferenceId: '1', carrierCode: 'Royal Mail', trackingNumber: 'RM123456789GB' }],
    })
    expect(await auditWords(stage, orderId)).toEqual(
      expect.arrayContaining(['Order Despatch Submitted', 'Order Successfully Despatched']),
    )
  })
  await poll(stage, seller.account)
  await eventually(async () => {
    expect(await stage.lockstep('orders', 'show', orderId)).toMatchObject({
      json: {
        order: { state: 'processed', channel_status: 'SHIPPED' },
        lines: [{ despatched: 1, shipped_outside: 0, reserved: 0 }],
        despatches: [{ state: 'confirmed', attempts: 1, next_attempt_at: null, error: null }],
        can_despatch: false,
        cannot_despatch_reason: 'NOTHING_OPEN',
      },
    })
  })
  await expectStock(stage, 'LAMP', { on_hand: 4, reserved: 0, available: 4 })
  expect(await confirmationsOf(stage, orderId)).toHaveLength(1)
})

test('[S003-17] [T-24] an order that Amazon ships is recorded and can never be despatched', async () => {
  const before = await stage.lockstep('stock', 'show', 'LAMP')
  const orderId = await buyAndDownload(stage, { ...seller, sku: 'LAMP-FBA' })
  expect(await stage.lockstep('orders', 'show', orderId)).toMatchObject({
    json: {
      order: { folder: 'FBA', fulfilled_by: 'AMAZON' },
      lines: [{ channel_sku: 'LAMP-FBA', reserved: 0 }],
      can_despatch: false,
      cannot_despatch_reason: 'FULFILLED_BY_AMAZON',
    },
  })

  const refused = await stage.lockstep('orders', 'process', orderId, ...parcel)

  expectRefusal(refused, { code: 'FULFILLED_BY_AMAZON', value: orderId })
  expect(await confirmationsOf(stage, orderId)).toEqual([])
  expect(await stage.lockstep('stock', 'show', 'LAMP')).toMatchObject({
    json: { totals: (before.json as { totals: object }).totals },
  })
})

test('[S003-54] [S004-65] what Amazon keeps of an item stands in a location of its own, beside our own stock and not in its sum', async () => {
  const [{ on_hand: own }, amazons] = await eventually(async () => {
    const { json } = await stage.lockstep('stock', 'show', 'LAMP')
    const { totals, locations } = json as {
      totals: { on_hand: number }
      locations: { kind: string; on_hand: number }[]
    }
    const found = locations.filter(({ kind }) => kind === 'fba')
    expect(found).toMatchObject([{ name: 'Amazon FBA', figure_at: expect.any(String) }])
    return [totals, found] as const
  })

  expect(own).toBeLessThan(10)
  expect(amazons[0]?.on_hand).toBeGreaterThan(30)
  const byHand = await stage.lockstep('stock', 'set', 'LAMP', '1', '--location', 'Amazon FBA')
  expectRefusal(byHand, { code: 'LOCATION_NOT_OURS', value: 'Amazon FBA' })
})

test('[S004-16] with despatch notes off the order is processed here and Amazon hears nothing', async () => {
  const orderId = await buyAndDownload(stage, { ...quiet, sku: 'QUIET-1' })
  await stage.lockstep('accounts', 'settings', quiet.account, '--despatch-notes', 'off')

  const processed = await stage.lockstep('orders', 'process', orderId, ...parcel)

  expect(processed).toMatchObject({ status: 0, json: { despatch: { state: 'not_required', next_attempt_at: null } } })
  await eventually(async () => expect(await auditWords(stage, orderId)).toContain('No Despatch required'))
  await eventually(() => expectStock(stage, 'QUIET-1', { on_hand: 4, reserved: 0, available: 4 }))
  expect(await confirmationsOf(stage, orderId)).toEqual([])
  expect(await stage.sim.order(orderId)).toMatchObject({ status: 'UNSHIPPED', buyerMailsSent: 0 })
})

test('[S004-20] an account disabled between processing and sending: Despatch Rejected, and stock still falls', async () => {
  const orderId = await buyAndDownload(stage, { ...closing, sku: 'CLOSING-1' })
  await stage.restart('despatch', { FAILPOINT: 'process-order.after-commit' })
  const process = ['orders', 'process', orderId, ...parcel, '--idempotency-key', `process:${orderId}`]
  const [lost] = await Promise.all([stage.lockstep(...process), stage.ended('despatch')])
  await stage.lockstep('accounts', 'disable', closing.account)

  await stage.restart('despatch', { FAILPOINT: undefined })
  const repeated = await stage.lockstep(...process)

  expect(lost.status).toBe(3)
  expect(repeated).toMatchObject({ status: 0, json: { despatch: { parcel: '1' } } })
  await eventually(async () => expect(await auditWords(stage, orderId)).toContain('Despatch Rejected'))
  expect(await stage.lockstep('orders', 'show', orderId)).toMatchObject({
    json: { despatches: [{ state: 'rejected' }] },
  })
  await eventually(() => expectStock(stage, 'CLOSING-1', { on_hand: 4, reserved: 0, available: 4 }))
  expect(await confirmationsOf(stage, orderId)).toEqual([])
})

test('[S004-19] what Amazon answers with 400 is Order Despatch Failed with the reason, and is sent again', async () => {
  const orderId = await buyAndDownload(stage, { ...seller, sku: 'SHIP-PLUS', programs: ['FBM_SHIP_PLUS'] })

  await stage.lockstep('orders', 'process', orderId, ...parcel)

  await eventually(async () => expect(await auditWords(stage, orderId)).toContain('Order Despatch Failed'))
  const [first] = await confirmationsOf(stage, orderId)
  const shown = await stage.lockstep('orders', 'show', orderId)
  expect(first).toMatchObject({ status: 400 })
  expect(shown).toMatchObject({
    json: { despatches: [{ state: 'failed', attempts: 1, error: expect.stringContaining('FBM Ship+') }] },
  })
  const resendInMs = Date.parse((await nextAttemptOf(stage, orderId)) ?? '') - Date.parse(first?.at ?? '')
  expect(resendInMs).toBeGreaterThan(53_000)
  expect(resendInMs).toBeLessThan(70_000)
  await sendAgainNow(stage, orderId)
  await eventually(async () =>
    expect(await confirmationsOf(stage, orderId)).toMatchObject([{ status: 400 }, { status: 400 }]),
  )
  await eventually(() => expectStock(stage, 'SHIP-PLUS', { on_hand: 4, reserved: 0, available: 4 }))
})

test('[S004-19] a despatch that Amazon denies gets through once the role is there, and the buyer gets one mail', async () => {
  const orderId = await buyAndDownload(stage, { ...seller, sku: 'BOWL' })
  const { id } = await stage.sim.addFault({
    match: { operation: 'confirmShipment', sellerId: seller.sellerId },
    action: 'deny',
  })
  await stage.lockstep('orders', 'process', orderId, ...parcel)
  await eventually(async () => expect(await auditWords(stage, orderId)).toContain('Order Despatch Failed'))

  await stage.sim.removeFault(id)
  await sendAgainNow(stage, orderId)

  await eventually(async () => expect(await auditWords(stage, orderId)).toContain('Order Successfully Despatched'))
  expect(await stage.sim.order(orderId)).toMatchObject({ status: 'SHIPPED', buyerMailsSent: 1 })
  expect(await confirmationsOf(stage, orderId)).toMatchObject([{ status: 403 }, { status: 204 }])
})

test('[T-12] an unpaid order parks and reserves; paid, it opens and can be despatched', async () => {
  const orderId = await buyAndDownload(stage, { ...seller, sku: 'CUP', status: 'PENDING' })
  await eventually(() => expectStock(stage, 'CUP', { on_hand: 5, reserved: 1, available: 4 }))
  expectRefusal(await stage.lockstep('orders', 'process', orderId, ...parcel), {
    code: 'AWAITING_PAYMENT',
    value: orderId,
  })
  expect(await stage.lockstep('orders', 'show', orderId)).toMatchObject({ json: { order: { state: 'parked' } } })

  await stage.sim.payOrder(orderId)
  await poll(stage, seller.account)

  expect(await stage.lockstep('orders', 'show', orderId)).toMatchObject({
    json: { order: { state: 'open', channel_status: 'UNSHIPPED' }, lines: [{ reserved: 1 }], can_despatch: true },
  })
  expect(await confirmationsOf(stage, orderId)).toEqual([])
})

test('[T-15] a cancellation that the buyer asks for before the poll holds the parcel back; after it the order is refused', async () => {
  const orderId = await buyAndDownload(stage, { ...seller, sku: 'VASE' })
  await stage.sim.requestCancellation(orderId)
  await stage.restart('despatch', { DESPATCH_SNAPSHOT_MAX_AGE_MS: '1' })

  await stage.lockstep('orders', 'process', orderId, ...parcel)

  await eventually(async () => expect(await auditWords(stage, orderId)).toContain('Order Despatch Held'))
  expect(await stage.lockstep('orders', 'show', orderId)).toMatchObject({ json: { despatches: [{ state: 'held' }] } })
  const second = await buyAndDownload(stage, { ...seller, sku: 'VASE' })
  await stage.sim.requestCancellation(second)
  await poll(stage, seller.account)
  expectRefusal(await stage.lockstep('orders', 'process', second, ...parcel), {
    code: 'BUYER_CANCEL_REQUESTED',
    value: second,
  })
  expect([...(await confirmationsOf(stage, orderId)), ...(await confirmationsOf(stage, second))]).toEqual([])
})
