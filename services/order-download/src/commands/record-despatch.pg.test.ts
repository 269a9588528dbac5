import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { systemClock } from '@lockstep/contracts/clock'
import { systemIds } from '@lockstep/contracts/ids'
import { verbsOf } from '../../test/outbox.ts'
import { setOrderStage, type OrderStage } from '../../test/order-stage.ts'
import type { Order } from '../domain/order.ts'
import { findOrder } from '../queries/find-order.ts'
import { listAuditEntries } from '../store/audit.ts'
import { recordDespatch, type HeardDespatch } from './record-despatch.ts'

jest.setTimeout(30_000)

let stage: OrderStage

beforeAll(async () => {
  stage = await setOrderStage()
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

test('[R08] [S004-15] a despatch event that comes five times adds its audit entry and its units once', async () => {
  const order = await storedOrder(3)
  const heard = aDespatch(order, { quantity: 2 })

  for (let times = 0; times < 5; times += 1) await record(heard)

  expect((await texts(order)).filter((text) => text === 'Order Despatch Submitted')).toHaveLength(1)
  expect(await stored(order)).toMatchObject({ state: 'open', lines: [{ ordered: 3, despatched: 2 }] })
})

test('later events of a despatch add their words, and its units count once for all of them', async () => {
  const order = await storedOrder(3)

  await record(aDespatch(order, { messageId: 'evt_a', quantity: 2 }))
  await record(aDespatch(order, { messageId: 'evt_b', quantity: 2, text: 'Order Successfully Despatched' }))

  expect(await texts(order)).toEqual(['Order Received', 'Order Despatch Submitted', 'Order Successfully Despatched'])
  expect(await stored(order)).toMatchObject({ lines: [{ despatched: 2 }] })
})

test('the despatch of the last open unit ends the order here, with a revision and an event', async () => {
  const order = await storedOrder(2)

  await record(aDespatch(order, { messageId: 'evt_c', despatchId: 'dsp_c', quantity: 1 }))
  await record(aDespatch(order, { messageId: 'evt_d', despatchId: 'dsp_d', quantity: 1 }))

  expect(await findOrder(stage.db, order.id)).toMatchObject({
    order: { state: 'processed', revision: 2 },
    check: { reason: 'NOTHING_OPEN' },
  })
  expect(await verbsOf(stage.db, order.id)).toEqual(['received', 'changed'])
  expect(await texts(order)).toContain('Order Processed')
})

test('a despatch of an order nobody knows is told apart', async () => {
  const order = await storedOrder(1)

  expect(await record(aDespatch({ ...order, id: 'ord_unknown' }, { messageId: 'evt_e', quantity: 1 }))).toBe(
    'order_unknown',
  )
})

async function storedOrder(quantity: number): Promise<Order> {
  const id = await stage.order({ lines: [{ sku: 'TEST-1', quantity }] })
  await stage.sync()
  const found = await findOrder(stage.db, id)
  if (found.kind !== 'found') throw new Error(`order ${id} is ${found.kind}`)
  return found.order
}

interface GivenDespatch {
  messageId?: string
  despatchId?: string
  quantity: number
  text?: string
}

function aDespatch(order: Order, given: GivenDespatch): HeardDespatch {
  const {
    messageId = `evt_${order.id}`,
    despatchId = `dsp_${order.id}`,
    quantity,
    text = 'Order Despatch Submitted',
  } = given
  return {
    messageId,
    despatchId,
    orderId: order.id,
    lines: order.lines.map(({ id }) => ({ orderLineId: id, quantity })),
    audit: { at: new Date(), text, note: '', actor: 'despatch', cause: despatchId, oldValue: '', newValue: '' },
  }
}

function record(heard: HeardDespatch) {
  return recordDespatch({ db: stage.db, ids: systemIds, clock: systemClock }, heard)
}

async function stored(order: Order): Promise<Order> {
  const found = await findOrder(stage.db, order.id)
  if (found.kind !== 'found') throw new Error(`order ${order.id} is ${found.kind}`)
  return found.order
}

async function texts(order: Order): Promise<string[]> {
  const entries = await listAuditEntries(stage.db, { orderId: order.id, after: undefined, limit: 100 })
  return entries.map(({ text }) => text)
}
