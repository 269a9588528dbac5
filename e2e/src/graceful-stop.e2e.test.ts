import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { call } from '@lockstep/rpc/client'
import { eventually } from '@lockstep/testkit/eventually'
import { liveOf } from './stage/amazon.ts'
import { expectStock } from './stage/answers.ts'
import { confirmationsOf, parcel } from './stage/despatches.ts'
import { openStage, type Stage } from './stage/open-stage.ts'
import { buy } from './stage/orders.ts'
import { aListing, aSeller } from './stage/seller.ts'

const services = ['inventory', 'channel-connector', 'order-download', 'report', 'despatch'] as const
const seller = { sellerId: 'A1STOPPED01', account: 'UK' }
const counted = ['ROPE', 'HOOK', 'KNOT', 'SAIL']
const sold = 'MAST'
const onHand = 100
const patience = { withinMs: 60_000 }

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  const skus = [...counted, sold]
  await stage.load(
    aSeller({
      ...seller,
      accounts: { UK: seller.account },
      stock: Object.fromEntries(skus.map((sku) => [sku, onHand])),
      listings: skus.map((sku) => aListing(sku, seller.account, onHand)),
    }),
  )
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

test('[OP10] every service stops when it is asked to, under load, and nothing is lost or done twice', async () => {
  const stop = new AbortController()
  const deliveries = counted.map((sku) => deliverUntil(stop.signal, sku))
  const sales = sellAndDespatchUntil(stop.signal)

  for (const service of services) {
    const process = stage.stack.process(service)
    process.kill('SIGTERM')
    expect([service, await process.ended()]).toEqual([service, { code: 0, signal: null }])
    await stage.restart(service)
  }
  stop.abort()

  const delivered = await Promise.all(deliveries)
  const orders = await sales
  expect(Math.min(...delivered, orders.length)).toBeGreaterThan(0)
  for (const [index, sku] of counted.entries()) {
    const available = onHand + (delivered[index] ?? 0)
    await eventually(async () => {
      await expectStock(stage, sku, { on_hand: available, reserved: 0, available })
      expect([sku, await liveOf(stage, { ...seller, sku })]).toEqual([sku, available])
    }, patience)
  }
  const left = onHand - orders.length
  await eventually(async () => {
    await expectStock(stage, sold, { on_hand: left, reserved: 0, available: left })
    expect(await liveOf(stage, { ...seller, sku: sold })).toBe(left)
    for (const orderId of orders) {
      expect(await stage.sim.order(orderId)).toMatchObject({ status: 'SHIPPED', buyerMailsSent: 1 })
      expect(await confirmationsOf(stage, orderId)).toHaveLength(1)
    }
  }, patience)
})

/** One unit after the other comes in. Each is asked for with its own key until it is taken, so none is lost or counted twice. Answers how many came. */
async function deliverUntil(signal: AbortSignal, sku: string): Promise<number> {
  for (let units = 0; ; units += 1) {
    if (signal.aborted) return units
    const lines = [{ item: sku, location: '', delta: 1n }]
    const request = { idempotencyKey: `${sku}-${units}`, lines, partial: false, note: '' }
    await eventually(() => call(stage.clients.inventory, 'adjustStock', request, { timeoutMs: 10_000 }), patience)
  }
}

/** One order after the other is placed, downloaded and despatched. Answers them. */
async function sellAndDespatchUntil(signal: AbortSignal): Promise<string[]> {
  const orders: string[] = []
  // A seller's orders can be read about 20 times in a row.
  while (!signal.aborted && orders.length < 10) {
    const orderId = await buy(stage, { ...seller, sku: sold })
    orders.push(orderId)
    await eventually(async () => {
      await stage.lockstep('orders', 'sync', seller.account)
      expect(await stage.lockstep('orders', 'show', orderId)).toMatchObject({ status: 0 })
    }, patience)
    const process = ['orders', 'process', orderId, ...parcel, '--idempotency-key', orderId]
    await eventually(async () => expect(await stage.lockstep(...process)).toMatchObject({ status: 0 }), patience)
  }
  return orders
}
