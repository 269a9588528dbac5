import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { AccountChanged, ListingEvent } from '@lockstep/contracts/generated/lockstep/channel/v1/channel_events.ts'
import { DespatchEvent } from '@lockstep/contracts/generated/lockstep/despatch/v1/despatch_events.ts'
import { OrderEvent, PollCompleted } from '@lockstep/contracts/generated/lockstep/orders/v1/order_events.ts'
import type { OrderServiceClient } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { streams } from '@lockstep/contracts/streams'
import { parseSubject, subjects } from '@lockstep/contracts/subjects'
import { call } from '@lockstep/rpc/client'
import { refusalOf } from '@lockstep/rpc/refusal'
import { eventually } from '@lockstep/testkit/eventually'
import { de, deMarketplace, placeOrder, seller, uk, ukMarketplace } from './selling.ts'
import { setServiceStage, type ServiceStage } from './service-stage.ts'
import { aConnection } from './test-connector.ts'

jest.setTimeout(60_000)

let stage: ServiceStage
let orders: OrderServiceClient

beforeAll(async () => {
  stage = await setServiceStage()
  orders = await stage.start()
  await eventually(async () => {
    expect((await orderSync('acc_uk')).goLiveAt).toBeDefined()
  })
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

test('[S003-18] an order on Amazon reaches the stream as a snapshot, and the completed poll after it', async () => {
  const id = await placeOrder(stage.amazon)

  const synced = await sync('acc_uk', 'first')
  const { order, canDespatch, snapshotAt } = await getOrder(id)

  expect(synced).toMatchObject({ result: 'ok', changed: 1 })
  expect(canDespatch).toBe(true)
  expect(order).toMatchObject({ folder: 'FBM', state: 'ORDER_STATE_OPEN', locationId: 'loc_default' })
  expect(snapshotAt).toBeInstanceOf(Date)
  await eventually(async () => {
    const messages = await stream()
    const received = messages.findIndex(({ subject }) => subject === subjects.order.received('acc_uk', order?.id ?? ''))
    const polled = messages.findLastIndex(({ subject }) => subject === subjects.poll.completed('con_eu'))
    expect(received).toBeGreaterThanOrEqual(0)
    expect(polled).toBeGreaterThan(received)
    expect(OrderEvent.decode(messages[received]?.data ?? new Uint8Array()).order).toEqual(order)
    const { orders: changed } = PollCompleted.decode(messages[polled]?.data ?? new Uint8Array())
    expect(changed).toContainEqual({ orderId: order?.id, revision: 1n })
  })
})

test('[S003-17] [S003-27] an FBA order is recorded in its folder and refused for despatch with the reason', async () => {
  const id = await placeOrder(stage.amazon, { lines: [{ sku: 'TEST-FBA', quantity: 1 }] })

  await sync('acc_uk', 'fba')

  expect(await getOrder(id)).toMatchObject({
    order: { folder: 'FBA', locationId: '' },
    canDespatch: false,
    cannotDespatchReason: 'FULFILLED_BY_AMAZON',
  })
  const { orders: listed } = await call(
    orders,
    'listOrders',
    { accountId: 'acc_uk', state: 'ORDER_STATE_UNSPECIFIED', folder: 'FBA', page: undefined, search: '' },
    { timeoutMs: 5_000 },
  )
  expect(listed.map(({ channelOrderId }) => channelOrderId)).toEqual([id])
})

test('[R09] a repeated sync answers what the first one answered, without another poll', async () => {
  const first = await sync('acc_uk', 'repeated')
  const calls = stage.connector.amazonCalls.length
  await placeOrder(stage.amazon)

  const again = await sync('acc_uk', 'repeated')

  expect(again).toEqual(first)
  expect(stage.connector.amazonCalls).toHaveLength(calls)
  await expect(sync('acc_de', 'repeated')).rejects.toMatchObject({ code: 6 })
})

test('two syncs at once wait for one poll', async () => {
  const calls = stage.connector.amazonCalls.length
  const held = Promise.withResolvers<void>()
  stage.connector.beforeCall = () => held.promise

  const both = [sync('acc_uk', 'one'), sync('acc_uk', 'two')]
  await eventually(() => expect(stage.connector.amazonCalls).toHaveLength(calls + 1))
  held.resolve()

  expect(await Promise.all(both)).toMatchObject([{ result: 'ok' }, { result: 'ok' }])
  stage.connector.beforeCall = async () => undefined
})

test('[B21] a listing that is linked fills the unlinked line of an open order, and the trail says so', async () => {
  const id = await placeOrder(stage.amazon, { lines: [{ sku: 'TEST-2', quantity: 1 }] })
  await sync('acc_uk', 'unlinked')
  const before = await getOrder(id)

  const event = ListingEvent.fromPartial({
    listingId: 'lst_2',
    accountId: 'acc_uk',
    connectionId: 'con_eu',
    marketplaceId: ukMarketplace,
    channelSku: 'TEST-2',
    itemId: 'itm_2',
    itemSku: 'TWO',
    orderLocationId: 'loc_default',
  })
  const data = ListingEvent.encode(event).finish()
  await publish(subjects.listing.linked('acc_uk', 'lst_2'), data, 'evt_linked')

  expect(before.order?.lines).toMatchObject([{ itemId: '', locationId: 'loc_default' }])
  await eventually(async () => {
    expect((await getOrder(id)).order).toMatchObject({ revision: 2n, lines: [{ itemId: 'itm_2', itemSku: 'TWO' }] })
  })
  expect(await trail(id)).toContain('Order Line Linked')
})

test('[S004-15] the events of a despatch are in the trail once each; its units count once and end the order', async () => {
  const id = await placeOrder(stage.amazon)
  await sync('acc_uk', 'despatched')
  const { order } = await getOrder(id)
  const event = DespatchEvent.fromPartial({
    despatch: {
      id: 'dsp_1',
      orderId: order?.id ?? '',
      lines: [{ orderLineId: order?.lines[0]?.id ?? '', quantity: 1n }],
    },
    audit: { at: new Date(), text: 'Order Despatch Submitted', actor: 'ann' },
  })
  const data = DespatchEvent.encode(event).finish()
  const subject = subjects.despatch.processed('acc_uk', 'dsp_1')

  await publish(subject, data, 'evt_despatch')
  await publish(subjects.despatch.submitted('acc_uk', 'dsp_1'), data, 'evt_despatch_b')

  await eventually(async () => {
    expect(await getOrder(id)).toMatchObject({
      order: { state: 'ORDER_STATE_PROCESSED' },
      cannotDespatchReason: 'NOTHING_OPEN',
    })
    expect(await trail(id)).toEqual(
      ['Order Received', 'Order Processed', 'Order Despatch Submitted', 'Order Despatch Submitted'].toSorted(),
    )
  })
})

test('an account that appears is polled at once when its event arrives', async () => {
  const id = await placeOrder(stage.amazon, { marketplaceId: deMarketplace })
  stage.connector.connections = [aConnection([uk, de], seller)]

  const event = AccountChanged.fromPartial({ accountId: 'acc_de', connectionId: 'con_eu', enabled: true })
  await publish(subjects.account.changed('acc_de'), AccountChanged.encode(event).finish(), 'evt_account')

  await eventually(async () => {
    expect((await getOrder(id)).order).toMatchObject({ accountId: 'acc_de', marketplace: 'DE' })
    expect(await orderSync('acc_de')).toMatchObject({
      lastPollResult: 'ok',
      detail: '',
      coveredUntil: expect.any(Date),
    })
  })
})

test('refusals name the field, the value and the next step', async () => {
  expect(await refused(getOrder('202-0000000-0000000'))).toMatchObject({
    reason: 'ORDER_UNKNOWN',
    field: 'order',
    value: '202-0000000-0000000',
    nextStep: expect.stringContaining('lockstep orders sync'),
  })
  expect(await refused(sync('acc_nobody', 'nobody'))).toMatchObject({ reason: 'ACCOUNT_UNKNOWN', value: 'acc_nobody' })
  expect(await refused(sync('acc_uk', ''))).toMatchObject({ reason: 'IDEMPOTENCY_KEY_MISSING' })
  const page = { size: 5_000, token: '' }
  const listing = call(orders, 'listQuarantine', { accountId: '', page }, { timeoutMs: 5_000 })
  expect(await refused(listing)).toMatchObject({ reason: 'PAGE_INVALID', field: 'page.size', value: '5000' })
  const audit = call(orders, 'listAuditEntries', { order: 'x', page: { size: 0, token: 'bad' } }, { timeoutMs: 5_000 })
  expect(await refused(audit)).toMatchObject({ reason: 'PAGE_INVALID', field: 'page.token' })
})

async function refused(attempt: Promise<unknown>) {
  return refusalOf(await attempt.catch((error: unknown) => error))
}

function sync(accountId: string, idempotencyKey: string) {
  return call(orders, 'syncOrders', { accountId, idempotencyKey }, { timeoutMs: 30_000 })
}

function getOrder(order: string) {
  return call(orders, 'getOrder', { order }, { timeoutMs: 5_000 })
}

function orderSync(accountId: string) {
  return call(orders, 'getOrderSync', { accountId }, { timeoutMs: 5_000 })
}

async function trail(order: string): Promise<string[]> {
  const { entries } = await call(orders, 'listAuditEntries', { order, page: undefined }, { timeoutMs: 5_000 })
  return entries.map(({ text }) => text).toSorted()
}

async function publish(subject: string, data: Uint8Array, msgID: string): Promise<void> {
  expect(parseSubject(subject)).toBeDefined()
  await stage.bus.jetstream.publish(subject, data, { msgID })
}

/** Everything in the stream of orders, in order. */
async function stream(): Promise<{ subject: string; data: Uint8Array }[]> {
  const { state } = await stage.bus.manager.streams.info(streams.orders.name)
  const messages: { subject: string; data: Uint8Array }[] = []
  for (let seq = 1; seq <= state.last_seq; seq += 1) {
    const message = await stage.bus.manager.streams.getMessage(streams.orders.name, { seq })
    if (message) messages.push({ subject: message.subject, data: message.data })
  }
  return messages
}
