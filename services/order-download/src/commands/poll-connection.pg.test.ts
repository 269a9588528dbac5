import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'
import { completedPolls, lastSeqOf, snapshotsOf, verbsOf } from '../../test/outbox.ts'
import { setOrderStage, type OrderStage } from '../../test/order-stage.ts'
import { de, deMarketplace, nextSecond, seller, uk } from '../../test/selling.ts'
import { aConnection } from '../../test/test-connector.ts'
import { findOrder } from '../queries/find-order.ts'
import { findAccount } from '../store/accounts.ts'
import { listAuditEntries } from '../store/audit.ts'
import { findPoll } from '../store/polls.ts'
import { listQuarantined } from '../store/quarantine.ts'

jest.setTimeout(30_000)

let stage: OrderStage

beforeEach(async () => {
  stage = await setOrderStage()
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

test('[S003-18] an order on Amazon is stored with its item and location, announced, and the poll after it', async () => {
  const id = await stage.order({ lines: [{ sku: 'TEST-1', quantity: 2 }] })

  const synced = await stage.sync()

  expect(synced).toMatchObject({ result: 'ok', orders: 1, changed: 1 })
  const order = await orderOf(id)
  expect(order).toMatchObject({ state: 'open', locationId: 'loc_default', marketplace: 'UK' })
  expect(order.lines).toMatchObject([{ itemId: 'itm_1', ordered: 2, price: { currency: 'GBP' } }])
  const poll = (await completedPolls(stage.db)).at(-1)
  expect(poll).toMatchObject({
    connectionId: 'con_eu',
    accountIds: ['acc_uk'],
    orders: [{ orderId: order.id, revision: 1n }],
  })
  expect(poll?.coveredUntil).toEqual(synced.coveredUntil)
  expect(poll?.seq).toBeGreaterThan(await lastSeqOf(stage.db, order.id))
})

test('[T-01] [R03] the overlap shows the same order again: one row, one event, one audit entry', async () => {
  const id = await stage.order()

  await stage.sync()
  const again = await stage.sync()

  expect(again).toMatchObject({ result: 'ok', orders: 1, changed: 0 })
  const order = await orderOf(id)
  expect(order.revision).toBe(1)
  expect(await verbsOf(stage.db, order.id)).toEqual(['received'])
  expect(await auditTexts(order.id)).toEqual(['Order Received'])
})

test('[S003-17] [T-13] an order that Amazon ships is recorded in its own folder and can never be despatched', async () => {
  const id = await stage.order({ lines: [{ sku: 'TEST-FBA', quantity: 1 }], status: 'SHIPPED' })

  await stage.sync()

  const found = await findOrder(stage.db, id)
  expect(found).toMatchObject({
    kind: 'found',
    order: { fulfilledBy: 'AMAZON', locationId: null, lines: [{ locationId: null }] },
    check: { reason: 'FULFILLED_BY_AMAZON' },
  })
  const [event] = await snapshotsOf(stage.db, (await orderOf(id)).id)
  expect(event?.order).toMatchObject({ folder: 'FBA', fulfilledBy: 'FULFILMENT_AMAZON' })
})

test('[T-08] [T-12] [S003-4] pending, then unshipped, then cancelled are all seen', async () => {
  const id = await stage.order({ status: 'PENDING' })
  await stage.sync()
  const pending = await orderOf(id)
  await nextSecond()
  await stage.amazon.payOrder(id)
  await stage.sync()
  const paid = await orderOf(id)
  await nextSecond()
  await stage.amazon.cancelOrder(id)
  await stage.sync()
  const cancelled = await orderOf(id)

  expect(pending).toMatchObject({ state: 'parked', lines: [{ ordered: 1, cancelled: 0, price: null }] })
  expect(paid).toMatchObject({ state: 'open', revision: 2, lines: [{ price: { currency: 'GBP' } }] })
  expect(cancelled).toMatchObject({ state: 'cancelled', revision: 3, lines: [{ cancelled: 1 }] })
  expect(await verbsOf(stage.db, cancelled.id)).toEqual(['received', 'changed', 'cancelled'])
  expect(await auditTexts(cancelled.id)).toEqual([
    'Order Received',
    'Order Status Changed',
    'Order Cancelled',
    'Order Line Changed',
  ])
})

test('[T-15] a cancellation request of the buyer stops the despatch and is in the trail', async () => {
  const id = await stage.order()
  await stage.sync()
  await nextSecond()

  await stage.amazon.requestCancellation(id)
  await stage.sync()

  expect(await findOrder(stage.db, id)).toMatchObject({ check: { reason: 'BUYER_CANCEL_REQUESTED' } })
  expect(await auditTexts((await orderOf(id)).id)).toContain('Buyer Requested Cancellation')
})

test('[T-10] throttled on page 3 of 5: the cursor stays, and the next poll goes on at page 3', async () => {
  const before = await findPoll(stage.db, 'con_eu')
  const ids = await Promise.all(Array.from({ length: 410 }, () => stage.order()))
  const first = stage.connector.amazonCalls.length + 1
  stage.connector.beforeCall = async (number) => {
    if (number === first + 2)
      await stage.amazon.addFault({ match: { operation: 'searchOrders' }, action: 'throttle', count: 1 })
  }

  const throttled = await stage.sync()
  const between = await findPoll(stage.db, 'con_eu')
  const whole = await stage.sync()

  expect(throttled).toMatchObject({ result: 'throttled', orders: 200 })
  expect(between?.cursor_at).toEqual(before?.cursor_at)
  expect(whole).toMatchObject({ result: 'ok', orders: 410, changed: 410 })
  expect(stage.connector.amazonCalls.length).toBe(first - 1 + 6)
  expect(await storedOrders()).toBe(ids.length)
  expect((await completedPolls(stage.db)).at(-1)?.orders).toHaveLength(410)
  const tokens = stage.connector.amazonCalls.slice(first - 1).map(queryWithoutToken)
  expect(new Set(tokens).size).toBe(1)
})

test('[T-05] a pagination token that Amazon no longer knows: the window is read again from its start', async () => {
  await Promise.all(Array.from({ length: 110 }, () => stage.order()))
  const first = stage.connector.amazonCalls.length + 1
  stage.connector.beforeCall = async (number) => {
    if (number === first + 1)
      await stage.amazon.addFault({ match: { operation: 'searchOrders' }, action: 'throttle', count: 1 })
  }
  await stage.sync()
  await sql`update connection_poll set poll_window = jsonb_set(poll_window, '{paginationToken}', '"yesterday"')`.execute(
    stage.db,
  )

  const whole = await stage.sync()

  expect(whole).toMatchObject({ result: 'ok', orders: 110 })
  expect(await storedOrders()).toBe(110)
  expect((await completedPolls(stage.db)).at(-1)?.orders).toHaveLength(110)
})

test('[T-06] [T-09] no upper bound is sent, and the echoed one becomes the next lower bound less the overlap', async () => {
  await stage.sync()
  const poll = await findPoll(stage.db, 'con_eu')
  await stage.sync()

  const last = stage.connector.amazonCalls.at(-1)
  const query = new Map(last?.query.map(({ name, value }) => [name, value]))
  expect(query.has('lastUpdatedBefore')).toBe(false)
  expect(query.has('fulfillmentStatuses')).toBe(false)
  expect(Date.parse(query.get('lastUpdatedAfter') ?? '')).toBe((poll?.cursor_at?.getTime() ?? 0) - 600_000)
})

test('an empty bucket plans the next poll for when a token is there', async () => {
  stage.connector.noTokenForMs = 42_000

  const synced = await stage.sync()

  expect(synced).toMatchObject({ result: 'no_token', detail: expect.stringContaining('no token') })
  const poll = await findPoll(stage.db, 'con_eu')
  const waitMs = (poll?.next_poll_at?.getTime() ?? 0) - (poll?.last_poll_at?.getTime() ?? 0)
  expect(waitMs).toBeGreaterThan(41_000)
  expect(waitMs).toBeLessThan(43_000)
})

test('a refused dataset: the orders come without it, and the sync says so', async () => {
  const id = await stage.order()
  await stage.amazon.addFault({ match: { operation: 'searchOrders' }, action: 'deny', count: 1 })

  const synced = await stage.sync()
  const next = await stage.sync()

  expect(synced).toMatchObject({ result: 'ok', changed: 1, detail: expect.stringContaining('PROCEEDS') })
  expect(next.detail).toContain('PROCEEDS')
  expect((await orderOf(id)).state).toBe('open')
  expect(queryOf('includedData')).toBe('FULFILLMENT,CANCELLATION')
})

test('a seller whose orders may not be read at all is denied, and nothing else stops', async () => {
  await stage.amazon.addFault({ match: { operation: 'searchOrders' }, action: 'deny', count: 2 })

  expect(await stage.sync()).toMatchObject({ result: 'denied' })
  expect(await stage.sync()).toMatchObject({ result: 'ok' })
})

test.each(['server-error', 'html-503', 'corrupt'] as const)(
  'Amazon answers with %s: the poll fails and the next one is whole',
  async (action) => {
    await stage.order()
    await stage.amazon.addFault({ match: { operation: 'searchOrders' }, action, count: 1 })

    expect(await stage.sync()).toMatchObject({ result: 'failed', changed: 0 })
    expect(await stage.sync()).toMatchObject({ result: 'ok', changed: 1 })
  },
)

test('poison orders are set aside with the reason; the rest of the page is taken in, and a cure takes them out', async () => {
  const poison = await stage.order()
  const healthy = await stage.order({ lines: [{ sku: 'TEST-2', quantity: 1 }] })
  stage.connector.rewrite = (body) => withOrder(body, poison, (order) => ({ ...order, orderItems: [] }))

  const first = await stage.sync()
  await stage.sync()

  expect(first.result).toBe('ok')
  expect((await orderOf(healthy)).state).toBe('open')
  expect(await findOrder(stage.db, poison)).toMatchObject({
    kind: 'quarantined',
    entry: { reason: 'it has no lines', seen: 2 },
  })

  stage.connector.rewrite = (body) => body
  await stage.sync()

  expect((await orderOf(poison)).state).toBe('open')
  expect(await listQuarantined(stage.db, { accountId: '', after: undefined, limit: 10 })).toEqual([])
})

test('an order without an id is set aside, too', async () => {
  const id = await stage.order()
  stage.connector.rewrite = (body) => withOrder(body, id, ({ orderId: _orderId, ...rest }) => rest)

  await stage.sync()

  const [entry] = await listQuarantined(stage.db, { accountId: 'acc_uk', after: undefined, limit: 10 })
  expect(entry).toMatchObject({ channel_order_id: null, reason: expect.stringContaining('orderId') })
})

test('an order that was read well and then turns to poison keeps its claim but cannot be despatched', async () => {
  const id = await stage.order()
  await stage.sync()
  stage.connector.rewrite = (body) => withOrder(body, id, (order) => ({ ...order, fulfillment: null }))

  await stage.sync()

  expect(await findOrder(stage.db, id)).toMatchObject({ order: { state: 'open' }, check: { reason: 'QUARANTINED' } })
})

test('[R24] what is stored of an order holds no buyer', async () => {
  const id = await stage.order()
  stage.connector.rewrite = (body) =>
    withOrder(body, id, (order) => ({
      ...order,
      buyer: { buyerName: 'CANARY' },
      recipient: { deliveryAddress: { addressLine1: 'CANARY' } },
      buyerNote: 'CANARY',
    }))

  await stage.sync()

  const { rows } = await sql<{
    text: string
  }>`select payload::text as text from sales_order where channel_order_id = ${id}`.execute(stage.db)
  expect(rows[0]?.text).toContain(id)
  expect(rows[0]?.text).not.toContain('CANARY')
})

test('a marketplace without an account: the order is kept unassigned, and joins the account that appears', async () => {
  const id = await stage.order()
  stage.connector.rewrite = (body) => body.replaceAll(uk.marketplaceId, deMarketplace)
  await stage.sync()
  const unassigned = await orderOf(id)

  stage.connector.rewrite = (body) => body
  stage.connector.connections = [aConnection([uk, de], seller)]
  await stage.refresh()

  expect(unassigned).toMatchObject({ accountId: null, finding: 'NO_ACCOUNT' })
  await eventually(async () => {
    expect(await orderOf(id)).toMatchObject({ accountId: 'acc_de', finding: null, lines: [{ itemId: 'itm_1' }] })
  })
})

test('a connector that cannot resolve never holds orders back: the lines are filled in later', async () => {
  stage.connector.canResolve = false
  const id = await stage.order()

  await stage.sync()
  const unplaced = await orderOf(id)
  stage.connector.canResolve = true

  expect(unplaced).toMatchObject({ state: 'open', lines: [{ itemId: null, locationId: null }] })
  await eventually(async () => {
    expect(await orderOf(id)).toMatchObject({ revision: 2, locationId: 'loc_default', lines: [{ itemId: 'itm_1' }] })
  })
  expect(await auditTexts(unplaced.id)).toEqual(
    expect.arrayContaining(['Order Line Linked', 'Order Line Location Set']),
  )
})

test('an account that was disabled for a while is filled in by itself before the others go on', async () => {
  stage.connector.connections = [aConnection([uk, de], seller)]
  await stage.refresh()
  await eventually(async () => expect((await findAccount(stage.db, 'acc_de'))?.go_live_at).toBeTruthy())
  const covered = (await findAccount(stage.db, 'acc_de'))?.covered_until
  stage.connector.connections = [aConnection([uk], seller)]
  await sql`update channel_account set enabled = false where id = 'acc_de'`.execute(stage.db)
  await nextSecond()
  await stage.sync()
  const missed = await stage.order({ marketplaceId: deMarketplace })

  stage.connector.connections = [aConnection([uk, de], seller)]
  await stage.refresh()

  await eventually(async () => {
    expect((await orderOf(missed)).accountId).toBe('acc_de')
    const account = await findAccount(stage.db, 'acc_de')
    expect(account?.covered_until?.getTime()).toBeGreaterThan(covered?.getTime() ?? 0)
  })
})

test('[R20] a poll that was taken over while it waited for Amazon moves no cursor and announces nothing', async () => {
  const id = await stage.order()
  const before = await findPoll(stage.db, 'con_eu')
  const calls = stage.connector.amazonCalls.length
  stage.connector.beforeCall = async (number) => {
    if (number !== calls + 1) return
    const steal = sql`update connection_poll set claimed_by = 'another', claimed_until = clock_timestamp() + interval '1 second'`
    await steal.execute(stage.db)
  }

  const synced = await stage.sync()

  // The first run's orders are in, its end is not: the taker-over read the window again and ended it.
  expect(synced).toMatchObject({ result: 'ok', orders: 1, changed: 0 })
  expect(stage.connector.amazonCalls).toHaveLength(calls + 2)
  expect((await findPoll(stage.db, 'con_eu'))?.run_count).toBe((before?.run_count ?? 0) + 1)
  const [poll, ...more] = (await completedPolls(stage.db)).filter(({ orders }) => orders.length > 0)
  expect(poll?.orders).toEqual([{ orderId: (await orderOf(id)).id, revision: 1n }])
  expect(more).toEqual([])
})

async function orderOf(id: string) {
  const found = await findOrder(stage.db, id)
  if (found.kind !== 'found') throw new Error(`order ${id} is ${found.kind}`)
  return found.order
}

async function auditTexts(orderId: string): Promise<string[]> {
  const entries = await listAuditEntries(stage.db, { orderId, after: undefined, limit: 100 })
  return entries.map(({ text }) => text)
}

async function storedOrders(): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from sales_order`.execute(stage.db)
  return rows[0]?.count ?? 0
}

function queryOf(name: string): string | undefined {
  return stage.connector.amazonCalls.at(-1)?.query.find((parameter) => parameter.name === name)?.value
}

function queryWithoutToken({ query }: { query: { name: string; value: string }[] }): string {
  return JSON.stringify(query.filter(({ name }) => name !== 'paginationToken'))
}

type RawOrder = Record<string, unknown>

function withOrder(body: string, orderId: string, change: (order: RawOrder) => RawOrder): string {
  return JSON.stringify(JSON.parse(body, (_key, value: unknown) => (isOrder(value, orderId) ? change(value) : value)))
}

function isOrder(value: unknown, orderId: string): value is RawOrder {
  return typeof value === 'object' && value !== null && 'orderId' in value && value.orderId === orderId
}
