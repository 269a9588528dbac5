import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { notificationsEnvironment } from '@lockstep/local-stack/notifications-environment'
import { eventually } from '@lockstep/testkit/eventually'
import { expectStock } from './stage/answers.ts'
import { openStage, type Stage } from './stage/open-stage.ts'
import { buy, poll } from './stage/orders.ts'
import { aListing, aSeller } from './stage/seller.ts'

jest.setTimeout(180_000)

const shop = { sellerId: 'A1HINTED00EU', account: 'UK' }

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  await stage.restart('channel-connector', notificationsEnvironment(stage.stack.simulatorUrl, {}))
  await stage.load(
    aSeller({
      sellerId: shop.sellerId,
      accounts: { UK: shop.account },
      stock: { CUP: 100, JUG: 100 },
      listings: [aListing('CUP', 'UK', 100), aListing('JUG', 'UK', 100)],
    }),
  )
  await poll(stage, shop.account)
  await eventually(
    async () => {
      const { entries } = await stage.sim.journal({ operation: 'createSubscription', sellerId: shop.sellerId })
      expect(entries.filter(({ status }) => status === 200)).toHaveLength(4)
    },
    { withinMs: 60_000 },
  )
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

interface Shown {
  entries: { text: string }[]
}

/** How often the order was received, by its audit trail; 0 while it is not here. */
async function timesReceived(orderId: string): Promise<number> {
  const { json } = await stage.lockstep('orders', 'audit', orderId)
  return ((json as Shown | undefined)?.entries ?? []).filter(({ text }) => text === 'Order Received').length
}

async function buyMany(sku: string, count: number): Promise<string[]> {
  const orders: string[] = []
  for (let bought = 0; bought < count; bought += 1) orders.push(await buy(stage, { ...shop, sku }))
  return orders
}

const polls = async () =>
  (await stage.sim.journal({ operation: 'searchOrders', sellerId: shop.sellerId })).entries.length

test('[R12] with notifications an order is in, and its stock reserved, without waiting for the poll', async () => {
  const before = await polls()

  const orderId = await buy(stage, { ...shop, sku: 'CUP', quantity: 2 })

  await eventually(async () => expect(await timesReceived(orderId)).toBe(1))
  await eventually(() => expectStock(stage, 'CUP', { on_hand: 100, reserved: 2, available: 98 }))
  expect(await polls()).toBe(before)
})

test('[R12] while every notification is lost the polls bring every order; late and repeated ones bring none twice', async () => {
  await stage.sim.changeSettings({ notificationLoss: 1 })
  const unheard = await buyMany('JUG', 6)
  await eventually(async () => {
    await poll(stage, shop.account)
    expect(await Promise.all(unheard.map(timesReceived))).toEqual(unheard.map(() => 1))
  })

  await stage.sim.changeSettings({
    notificationLoss: 0,
    notificationDuplicates: 1,
    notificationDelayMs: 1_500,
    notificationJitterMs: 1_500,
  })
  const late = await buyMany('JUG', 6)
  // The poll is there before the notifications are.
  await poll(stage, shop.account)
  await eventually(async () => {
    expect(await stage.sim.queues()).toMatchObject([{ visible: 0, inFlight: 0, delayed: 0 }])
    expect(await Promise.all(late.map(timesReceived))).toEqual(late.map(() => 1))
  })

  await eventually(() => expectStock(stage, 'JUG', { on_hand: 100, reserved: 12, available: 88 }))
})
