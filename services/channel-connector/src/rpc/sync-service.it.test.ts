import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Bus, connectBus } from '@lockstep/bus/connect'
import { ensureStreams } from '@lockstep/bus/topology'
import { SyncServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/sync_service.ts'
import type { Account } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import { AvailabilityChanged } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_events.ts'
import { OrderEvent, PollCompleted } from '@lockstep/contracts/generated/lockstep/orders/v1/order_events.ts'
import { Fulfilment, Order } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { subjects } from '@lockstep/contracts/subjects'
import { call, openClient } from '@lockstep/rpc/client'
import { eventually } from '@lockstep/testkit/eventually'
import { pino } from 'pino'

import { aKey, asking, refusedWith, type ServiceStage, serviceStage } from '../../test/service-stage.ts'

let stage: ServiceStage
let bus: Bus
let sync: SyncServiceClient
const stack = new AsyncDisposableStack()

beforeAll(async () => {
  stage = stack.use(await serviceStage())
  bus = stack.use(await connectBus({ url: stage.config.natsUrl, name: 'peers', log: pino({ level: 'silent' }) }))
  await ensureStreams(bus)
  sync = stack.adopt(openClient(SyncServiceClient, stage.address), (client) => client.close())
  await stage.sim.changeSettings({ propagationMs: 100 })
}, 60_000)
afterAll(async () => {
  await stack.disposeAsync()
})

/** Inventory announces one item's figure in the Default location. */
async function announce(
  itemId: string,
  available: number,
  { version, reference = '' }: { version: number; reference?: string },
): Promise<void> {
  const event = AvailabilityChanged.encode({
    itemId,
    changes: [{ locationId: 'loc_default', available: BigInt(available), version: BigInt(version) }],
    cause: { kind: reference === '' ? 'stock_set' : 'order_reserved', reference, actor: 'test', note: '' },
    at: new Date(),
  })
  await bus.jetstream.publish(subjects.availability.changed(itemId), event.finish())
}

async function completePoll(account: Account, poll: Partial<PollCompleted>): Promise<void> {
  const event = PollCompleted.create({
    connectionId: account.connectionId,
    coveredUntil: new Date(Date.now() + 5_000),
    accountIds: [account.id],
    ...poll,
  })
  await bus.jetstream.publish(subjects.poll.completed(account.connectionId), PollCompleted.encode(event).finish())
}

const explain = (account: Account, channelSku: string) =>
  call(sync, 'explainListing', { account: account.id, channelSku, at: undefined }, asking)
const status = (account: Account) => call(sync, 'getSyncStatus', { account: account.id }, asking)

/** An account with one listing, mapped and linked, its stock known, its Update inventory still off. */
async function givenListing(sellerId: string, { live, available }: { live: number; available: number }) {
  const sku = `${sellerId}-1`
  const item = { id: `itm_${sellerId}`, sku: `ITEM-${sellerId}` }
  stage.peers.items.push(item)
  const account = await stage.givenAccount(sellerId)
  const { marketplaceId } = account
  await stage.sim.putListing({ sellerId, sku, marketplaceId, asin: 'B000000001', title: sku, quantity: live })
  await stage.givenReport(account, [{ sku, quantity: String(live) }])
  const mapping = { account: account.id, locations: ['Default'], orderLocation: '' }
  await call(stage.accounts, 'mapLocations', { idempotencyKey: aKey(), ...mapping }, asking)
  await announce(item.id, available, { version: 1 })
  const link = { idempotencyKey: aKey(), account: account.id, channelSku: sku, item: item.sku }
  await call(stage.mapping, 'linkListing', link, asking)
  return { account, sku, item }
}

async function turnOn(account: Account, confirmation: string) {
  const given = { confirmation, zerosConfirmation: '' }
  const change = { idempotencyKey: aKey(), account: account.id, updateInventory: true, ...given }
  return call(stage.accounts, 'updateAccountSettings', change, asking)
}

test('[S001-5] [S001-13] [S004-47] from first contact to a number on Amazon: gates, dry run, confirmation, order, push, events', async () => {
  const { account, sku, item } = await givenListing('A1FIRST', { live: 3, available: 5 })

  await eventually(async () => {
    const { gates, state } = await explain(account, sku)
    expect(state).toBe('gated')
    expect(gates.filter(({ open }) => !open).map(({ gate }) => gate)).toEqual(['update_inventory', 'orders_current'])
  })
  await completePoll(account, { wentLiveAccountIds: [account.id] })
  await eventually(async () => {
    const { gates } = await explain(account, sku)
    expect(gates.filter(({ open }) => !open).map(({ gate }) => gate)).toEqual(['update_inventory'])
  })

  const run = await call(sync, 'dryRun', { account: account.name, limit: 0 }, asking)
  expect(run).toMatchObject({ changes: 1, zeros: 0, unchanged: 0, gated: 0, conflicts: [] })
  expect(run.lines).toEqual([{ channelSku: sku, from: 3n, to: 5n }])
  expect(await refusedWith(turnOn(account, ''))).toMatchObject({ reason: 'CONFIRMATION_NEEDED' })
  await turnOn(account, run.confirmation)
  await eventually(async () => expect((await stage.sim.listing('A1FIRST', sku)).live.quantity).toBe(5))

  await stage.sim.putListing({ sellerId: 'A1FIRST', sku, quantity: 10 })
  const placed = await stage.sim.placeOrder({
    sellerId: 'A1FIRST',
    marketplaceId: account.marketplaceId,
    lines: [{ sku, quantity: 1 }],
  })
  await takeInOrder(account, { orderId: 'ord_1', sku, itemId: item.id, channelOrderId: placed.orderId })
  await announce(item.id, 4, { version: 2, reference: 'ord_1' })

  await eventually(async () => expect((await stage.sim.listing('A1FIRST', sku)).live.quantity).toBe(4))
  const why = await explain(account, sku)
  expect(why).toMatchObject({
    sellerId: 'A1FIRST',
    region: 'EU',
    desired: { quantity: 4n, cause: { kind: 'order_reserved', reference: 'ord_1' } },
    inputs: { orderLocationId: 'loc_default', locations: [{ name: 'Default', available: 4n, version: 2n }] },
    chain: { submitted: { quantity: 4n }, accepted: { quantity: 4n } },
    group: { policy: 'lowest', conflict: '', number: 4n, members: [{ role: 'sends', desired: 4n, marketplace: 'UK' }] },
  })
  await eventually(() => {
    const verbs = stage.events
      .filter(({ payload }) => payload['channelSku'] === sku)
      .map(({ subject }) => subject.split('.')[4])
    expect(verbs).toEqual(['linked', 'quantity-accepted', 'quantity-accepted'])
  })
  expect((await status(account)).account?.inventorySyncedAt).toBeInstanceOf(Date)
  expect(await status(account)).toMatchObject({ linked: 1, states: { accepted: 1 }, unseenOpen: 0 })
})

async function takeInOrder(
  account: Account,
  given: { orderId: string; sku: string; itemId: string; channelOrderId: string },
): Promise<void> {
  const { createdTime } = await stage.sim.order(given.channelOrderId)
  const order = Order.create({
    id: given.orderId,
    channelOrderId: given.channelOrderId,
    accountId: account.id,
    connectionId: account.connectionId,
    fulfilledBy: Fulfilment.MERCHANT,
    revision: 1n,
    createdAt: new Date(createdTime),
    lines: [
      {
        id: `oln_${given.orderId}`,
        channelSku: given.sku,
        itemId: given.itemId,
        locationId: 'loc_default',
        ordered: 1n,
      },
    ],
  })
  const event = OrderEvent.encode(OrderEvent.create({ order, at: new Date() })).finish()
  await bus.jetstream.publish(subjects.order.received(account.id, given.orderId), event)
}

test('a confirmation stands for one outcome of one account only', async () => {
  const { account, item } = await givenListing('A1STALE', { live: 3, available: 5 })
  const other = await givenListing('A1OTHER', { live: 3, available: 5 })
  const run = await call(sync, 'dryRun', { account: account.id, limit: 0 }, asking)

  expect(await refusedWith(turnOn(other.account, run.confirmation))).toMatchObject({ reason: 'CONFIRMATION_STALE' })
  await announce(item.id, 6, { version: 2 })
  await eventually(async () => {
    const { inputs } = await explain(account, 'A1STALE-1')
    expect(inputs?.locations[0]?.available).toBe(6n)
  })
  expect(await refusedWith(turnOn(account, run.confirmation))).toMatchObject({
    reason: 'CONFIRMATION_STALE',
    field: 'confirmation',
    value: run.confirmation,
  })
})

test('an account without listings is turned on by its empty dry run', async () => {
  const account = await stage.givenAccount('A1EMPTY')

  const run = await call(sync, 'dryRun', { account: account.id, limit: 0 }, asking)

  expect(run).toMatchObject({ changes: 0, zeros: 0, unchanged: 0, gated: 0, durationSeconds: 0, lines: [] })
  await turnOn(account, run.confirmation)
})

test('pause, resume and force update answer a repeat with their first answer, and refuse what makes no sense', async () => {
  const { account } = await givenListing('A1PAUSE', { live: 3, available: 5 })
  const pause = { idempotencyKey: aKey(), account: account.name, all: false, hard: true }

  const first = await call(sync, 'pauseSync', pause, asking)
  expect(await call(sync, 'pauseSync', pause, asking)).toEqual(first)
  expect(first.accounts).toMatchObject([{ id: account.id, pausedHard: true }])
  const resume = { idempotencyKey: aKey(), account: account.id, all: false }
  const resumed = await call(sync, 'resumeSync', resume, asking)
  expect(resumed.accounts[0]?.pausedAt).toBeUndefined()
  const force = { idempotencyKey: aKey(), account: account.id, confirmed: true }
  expect(await call(sync, 'forceUpdate', force, asking)).toEqual({ listings: 1, durationSeconds: expect.any(Number) })
  const unsure = { ...force, idempotencyKey: aKey(), confirmed: false }
  expect(await refusedWith(call(sync, 'forceUpdate', unsure, asking))).toMatchObject({ reason: 'CONFIRMATION_NEEDED' })

  const both = { idempotencyKey: aKey(), account: account.id, all: true, hard: false }
  expect(await refusedWith(call(sync, 'pauseSync', both, asking))).toMatchObject({
    reason: 'FIELD_INVALID',
    field: 'account',
  })
  const confirm = { idempotencyKey: aKey(), account: account.id, confirmation: 'zeros-1' }
  expect(await refusedWith(call(sync, 'confirmMassZero', confirm, asking))).toMatchObject({
    reason: 'CONFIRMATION_STALE',
  })
})

test.each([
  ['nobody', 'SKU', 'ACCOUNT_UNKNOWN'],
  ['A1UNKNOWN-UK', 'no such sku', 'LISTING_UNKNOWN'],
  ['A1UNKNOWN-UK', 'zero\u0000character', 'LISTING_UNKNOWN'],
])('why %s %j is refused with %s', async (account, channelSku, reason) => {
  if (reason !== 'ACCOUNT_UNKNOWN' && channelSku === 'no such sku') await stage.givenAccount('A1UNKNOWN')

  const no = await refusedWith(call(sync, 'explainListing', { account, channelSku, at: undefined }, asking))

  expect(no.reason).toBe(reason)
  expect(no.nextStep).not.toBe('')
})

test('a moment before the first record is refused with the first moment that is known', async () => {
  const { account, sku } = await givenListing('A1PAST', { live: 3, available: 5 })
  const at = (moment: Date) =>
    call(sync, 'explainListing', { account: account.id, channelSku: sku, at: moment }, asking)
  await eventually(async () => expect((await explain(account, sku)).state).toBe('gated'))
  await eventually(() => at(new Date()))

  const no = await refusedWith(at(new Date('2020-01-01T00:00:00Z')))

  const [, first = ''] = /before (\S+)$/.exec(no.message) ?? []
  expect(no).toMatchObject({ reason: 'BEFORE_FIRST_RECORD', field: 'at', value: '2020-01-01T00:00:00.000Z' })
  expect((await at(new Date(Date.parse(first) + 1))).state).toBe('gated')
})

test('a poll waits for the orders that it names, whatever order they come in', async () => {
  const { account, sku, item } = await givenListing('A1POLL', { live: 3, available: 5 })

  await completePoll(account, { orders: [{ orderId: 'ord_late', revision: 1n }], wentLiveAccountIds: [account.id] })
  const placed = await stage.sim.placeOrder({
    sellerId: 'A1POLL',
    marketplaceId: account.marketplaceId,
    lines: [{ sku, quantity: 1 }],
  })
  const isLive = async () => {
    const { gates } = await explain(account, sku)
    return gates.find(({ gate }) => gate === 'orders_current')?.open
  }
  expect(await isLive()).toBe(false)
  await takeInOrder(account, { orderId: 'ord_late', sku, itemId: item.id, channelOrderId: placed.orderId })

  await eventually(async () => expect(await isLive()).toBe(true))
})
