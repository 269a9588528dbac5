import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { systemClock } from '@lockstep/contracts/clock'
import { systemIds } from '@lockstep/contracts/ids'
import fc from 'fast-check'
import { sql } from 'kysely'
import { anAmazonLine, anAmazonOrder } from '../../test/order-builders.ts'
import { aPage, createOrderDatabase, type OrderDatabase } from '../../test/order-database.ts'
import { snapshotsOf, verbsOf } from '../../test/outbox.ts'
import type { Order } from '../domain/order.ts'
import { findOrder } from '../queries/find-order.ts'
import { listOrders } from '../queries/list-orders.ts'
import { listAuditEntries } from '../store/audit.ts'
import { ingestPage } from './ingest-page.ts'
import { linkLines } from './link-lines.ts'

jest.setTimeout(60_000)

let database: OrderDatabase
const deps = () => ({ db: database.db, ids: systemIds, clock: systemClock })

beforeAll(async () => {
  database = await createOrderDatabase()
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
})

test('[T-01] eight workers with the same page at once write each order once', async () => {
  const orders = Array.from({ length: 20 }, (_, index) => anAmazonOrder({ channelOrderId: `t01-${index}` }))
  const page = await aPage(deps(), orders)

  const ingested = await Promise.all(Array.from({ length: 8 }, () => ingestPage(deps(), page)))

  expect(ingested.reduce((sum, { received }) => sum + received, 0)).toBe(20)
  const order = await orderOf('t01-7')
  expect(await verbsOf(database.db, order.id)).toEqual(['received'])
  expect(await listAuditEntries(database.db, { orderId: order.id, after: undefined, limit: 9 })).toHaveLength(1)
})

test('[R05] every stored revision has its event, and no event is without its revision', async () => {
  const page = async (status: string, minute: number) =>
    aPage(deps(), [
      anAmazonOrder({ channelOrderId: 'r05', status, updatedAt: new Date(Date.UTC(2026, 10, 21, 10, minute)) }),
    ])

  await ingestPage(deps(), await page('PENDING', 0))
  await ingestPage(deps(), await page('UNSHIPPED', 1))
  await ingestPage(deps(), await page('UNSHIPPED', 2))
  await ingestPage(deps(), await page('PENDING', 1))

  const order = await orderOf('r05')
  const events = await snapshotsOf(database.db, order.id)
  expect(order.revision).toBe(2)
  expect(events.map((event) => event.order?.revision)).toEqual([1n, 2n])
})

test('[R03] histories of orders, each version delivered 0 to 5 times and shuffled into pages, then one final poll, end as in order', async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(histories(), async ({ statuses, deliveries }) => {
      run += 1
      const inOrder = statuses.map((_, index) => index)
      const last = statuses.length - 1

      const wanted = await stateAfter(`r03-${run}-a`, statuses, inOrder)
      const shuffled = await stateAfter(`r03-${run}-b`, statuses, [...deliveries, last])

      expect(shuffled).toEqual(wanted)
    }),
    { numRuns: 40 },
  )
})

test('[T-03] an order that an earlier poll should have shown counts as recovered', async () => {
  const page = await aPage(deps(), [anAmazonOrder({ channelOrderId: 't03' })])

  const ingested = await ingestPage(deps(), { ...page, coveredBefore: new Date('2026-11-21T10:04:00Z') })

  expect(ingested).toMatchObject({ received: 1, recovered: 1 })
})

test('[R02] [T-17] an order is taken in whatever it says of stock or price', async () => {
  const lines = [anAmazonLine({ quantityOrdered: 1_000_000, price: { minor: 0, currency: 'GBP' } })]

  await ingestPage(deps(), await aPage(deps(), [anAmazonOrder({ channelOrderId: 'r02', lines })]))

  expect(await orderOf('r02')).toMatchObject({ state: 'open', lines: [{ ordered: 1_000_000, price: { minor: 0 } }] })
})

test('an order that the database refuses is set aside with its neighbours taken in', async () => {
  const poison = anAmazonOrder({ channelOrderId: 'poison', lines: [anAmazonLine({ title: 'zero \u0000 byte' })] })
  const healthy = anAmazonOrder({ channelOrderId: 'healthy' })

  const ingested = await ingestPage(deps(), await aPage(deps(), [poison, healthy]))

  expect(ingested).toMatchObject({ received: 1, quarantined: 1 })
  expect(await findOrder(database.db, 'poison')).toMatchObject({
    kind: 'quarantined',
    entry: { reason: expect.stringContaining('22021') },
  })
  expect((await orderOf('healthy')).state).toBe('open')
})

test('[T-20] ids stay text, byte for byte, and a SKU keeps its case and spaces', async () => {
  const lines = [anAmazonLine({ channelLineId: '00012345678901234567', channelSku: ' abc ☕/+' })]

  await ingestPage(deps(), await aPage(deps(), [anAmazonOrder({ channelOrderId: 't20', lines })]))

  const order = await orderOf('t20')
  expect(order.lines).toMatchObject([{ channelLineId: '00012345678901234567', channelSku: ' abc ☕/+' }])
})

test('[B21] a listing that is linked later fills the unlinked lines of open orders, once', async () => {
  const page = await aPage(deps(), [
    anAmazonOrder({ channelOrderId: 'b21-open', lines: [anAmazonLine({ channelSku: 'LATE' })] }),
    anAmazonOrder({ channelOrderId: 'b21-done', status: 'SHIPPED', lines: [anAmazonLine({ channelSku: 'LATE' })] }),
  ])
  await ingestPage(deps(), { ...page, placeOf: undefined })
  const linked = {
    connectionId: 'con_1',
    marketplaceId: 'A1F83G8C2ARO7P',
    channelSku: 'LATE',
    listingId: 'lst_late',
    itemId: 'itm_late',
    itemSku: 'LATE',
    orderLocationId: 'loc_1',
  }

  const first = await linkLines(deps(), linked)
  const again = await linkLines(deps(), { ...linked, itemId: 'itm_other' })

  expect([first, again]).toEqual([1, 0])
  const order = await orderOf('b21-open')
  expect(order).toMatchObject({
    revision: 2,
    locationId: 'loc_1',
    lines: [{ itemId: 'itm_late', locationId: 'loc_1' }],
  })
  expect(await verbsOf(database.db, order.id)).toEqual(['received', 'changed'])
  expect((await orderOf('b21-done')).lines).toMatchObject([{ itemId: null }])
})

test('[R27] the audit trail cannot be changed, not even by the owner of the table', async () => {
  await ingestPage(deps(), await aPage(deps(), [anAmazonOrder({ channelOrderId: 'r27' })]))

  for (const change of ["update audit_entry set text = 'x'", 'delete from audit_entry', 'truncate audit_entry']) {
    await expect(sql.raw(change).execute(database.db)).rejects.toThrow('append-only')
  }
})

test('orders are listed newest first, page by page, by account, state, folder and text', async () => {
  const orders = Array.from({ length: 5 }, (_, index) =>
    anAmazonOrder({
      channelOrderId: `list-${index}`,
      createdAt: new Date(Date.UTC(2027, 0, 1, 0, index % 3)),
      fulfilledBy: index === 4 ? 'AMAZON' : 'MERCHANT',
      lines: [anAmazonLine({ channelSku: `50%_${index}` })],
    }),
  )
  await ingestPage(deps(), await aPage(deps(), orders))

  const whole = await listOrders(database.db, { filter: { search: 'LIST-' }, after: undefined, limit: 10 })
  const second = whole[1]
  const rest = await listOrders(database.db, { filter: { search: 'list-' }, after: second, limit: 10 })
  const bySku = await listOrders(database.db, { filter: { search: '%_3' }, after: undefined, limit: 10 })
  const fba = await listOrders(database.db, {
    filter: { folder: 'FBA', accountId: 'acc_1', state: 'open' },
    after: undefined,
    limit: 10,
  })

  expect(whole.map(({ createdAt }) => createdAt.getTime())).toEqual(
    whole.map(({ createdAt }) => createdAt.getTime()).toSorted((a, b) => b - a),
  )
  expect([...whole.slice(0, 2), ...rest].map(({ id }) => id)).toEqual(whole.map(({ id }) => id))
  expect(whole).toHaveLength(5)
  expect(bySku.map(({ channelOrderId }) => channelOrderId)).toEqual(['list-3'])
  expect(fba.map(({ channelOrderId }) => channelOrderId)).toEqual(['list-4'])
})

async function orderOf(id: string): Promise<Order> {
  const found = await findOrder(database.db, id)
  if (found.kind !== 'found') throw new Error(`order ${id} is ${found.kind}`)
  return found.order
}

/** What is stored after these versions were delivered in this order, two to a page. */
async function stateAfter(channelOrderId: string, statuses: string[], deliveries: number[]): Promise<unknown> {
  const versions = deliveries.map((index) =>
    anAmazonOrder({
      channelOrderId,
      status: statuses[index] ?? '',
      updatedAt: new Date(Date.UTC(2026, 10, 21, 11, index)),
    }),
  )
  for (let start = 0; start < versions.length; start += 2) {
    await ingestPage(deps(), await aPage(deps(), versions.slice(start, start + 2)))
  }
  const { state, channelStatus, channelUpdatedAt, lines } = await orderOf(channelOrderId)
  return { state, channelStatus, channelUpdatedAt, lines: lines.map(({ id: _id, ...line }) => line) }
}

function histories(): fc.Arbitrary<{ statuses: string[]; deliveries: number[] }> {
  const status = fc.constantFrom('PENDING', 'UNSHIPPED', 'PARTIALLY_SHIPPED', 'SHIPPED', 'CANCELLED')
  return fc
    .array(status, { minLength: 1, maxLength: 5 })
    .chain((statuses) =>
      fc
        .array(fc.nat(statuses.length - 1), { maxLength: statuses.length * 3 })
        .map((deliveries) => ({ statuses, deliveries })),
    )
}
