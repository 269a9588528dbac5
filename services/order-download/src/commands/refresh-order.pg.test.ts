import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { verbsOf } from '../../test/outbox.ts'
import { setOrderStage, type OrderStage } from '../../test/order-stage.ts'
import { nextSecond } from '../../test/selling.ts'
import { findOrder } from '../queries/find-order.ts'
import { listAuditEntries } from '../store/audit.ts'
import { refreshOrder, type Refreshed } from './refresh-order.ts'

jest.setTimeout(30_000)

let stage: OrderStage

beforeEach(async () => {
  stage = await setOrderStage()
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

const refresh = (channelOrderId: string, changedAt?: Date): Promise<Refreshed> =>
  refreshOrder(stage.refreshDeps, { connectionId: 'con_eu', channelOrderId, changedAt }, AbortSignal.timeout(10_000))

async function orderOf(channelOrderId: string) {
  const found = await findOrder(stage.db, channelOrderId)
  if (found.kind !== 'found') throw new Error(`the order is ${found.kind}`)
  return found.order
}

const reads = () => stage.connector.amazonCalls.filter(({ operation }) => operation === 'getOrder').length

test('[R12] an order is taken in by its id as the poll would, and the poll that shows it again changes nothing', async () => {
  const id = await stage.order({ lines: [{ sku: 'TEST-1', quantity: 2 }] })

  expect(await refresh(id)).toMatchObject({ result: 'received', retryAt: undefined })
  const polled = await stage.sync()

  const order = await orderOf(id)
  expect(order).toMatchObject({ revision: 1, state: 'open', locationId: 'loc_default' })
  expect(order.lines).toMatchObject([{ itemId: 'itm_1', ordered: 2, price: { currency: 'GBP' } }])
  expect(polled).toMatchObject({ result: 'ok', orders: 1, changed: 0 })
  expect(await verbsOf(stage.db, order.id)).toEqual(['received'])
  expect(
    (await listAuditEntries(stage.db, { orderId: order.id, after: undefined, limit: 10 })).map(({ text }) => text),
  ).toEqual(['Order Received'])
})

test('[R12] what the poll brought first is not read again for a change that it has', async () => {
  const id = await stage.order()
  const changedAt = new Date()
  await nextSecond()
  await nextSecond()
  await stage.sync()

  expect(await refresh(id, changedAt)).toMatchObject({ result: 'unchanged' })
  expect(reads()).toBe(0)
})

test('one order is read once in a few seconds, whatever is heard of it', async () => {
  const id = await stage.order()
  await refresh(id)

  const again = await refresh(id, new Date(Date.now() + 60_000))

  expect(again).toMatchObject({ result: 'throttled', retryAt: expect.any(Date) })
  expect(reads()).toBe(1)
})

test('a cancellation is heard of before the next poll', async () => {
  const id = await stage.order()
  await stage.sync()
  await stage.amazon.cancelOrder(id)

  expect(await refresh(id)).toMatchObject({ result: 'changed' })
  expect((await orderOf(id)).state).toBe('cancelled')
})

test('without a token nothing is read, and it is said when one comes', async () => {
  const id = await stage.order()
  stage.connector.noTokenForMs = 40_000

  const { result, retryAt } = await refresh(id)

  expect(result).toBe('throttled')
  expect((retryAt?.getTime() ?? 0) - Date.now()).toBeGreaterThan(30_000)
})

test('an order that Amazon does not know, or that nobody may see, is told from one that could not be read', async () => {
  expect(await refresh('202-0000000-0000000')).toMatchObject({ result: 'not_found', retryAt: undefined })

  const id = await stage.order()
  await stage.amazon.addFault({ match: { operation: 'getOrder' }, action: 'server-error', count: 1 })
  expect(await refresh(id)).toMatchObject({ result: 'failed', retryAt: expect.any(Date) })
  await stage.amazon.addFault({ match: { operation: 'getOrder' }, action: 'deny', count: 1 })
  expect(await refresh(id)).toMatchObject({ result: 'denied', retryAt: undefined })
})

test('an account that has not gone live leaves its orders to the first run', async () => {
  const id = await stage.order()
  await stage.db.updateTable('channel_account').set({ go_live_at: null, covered_until: null }).execute()

  expect(await refresh(id)).toMatchObject({ result: 'left_to_poll' })
  expect((await findOrder(stage.db, id)).kind).toBe('unknown')
})
