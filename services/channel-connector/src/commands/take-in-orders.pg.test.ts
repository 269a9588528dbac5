import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { eventually } from '@lockstep/testkit/eventually'
import fc from 'fast-check'
import { sql } from 'kysely'

import {
  aCause,
  accountId,
  anItemChange,
  givenAccounts,
  givenListings,
  groupId,
  pipelineDatabase,
  seller,
} from '../../test/pipeline-fixtures.ts'
import { coverageOf, wakeUnseenGroups } from '../store/order-coverage.ts'
import { listSales, markReflected, type OrderSales } from '../store/order-sales.ts'
import { takeInAvailability } from './take-in-availability.ts'
import { takeInOrders, takeInPoll } from './take-in-orders.ts'

let suite: Awaited<ReturnType<typeof pipelineDatabase>>
beforeAll(async () => {
  suite = await pipelineDatabase('orders')
  await givenAccounts(suite.db, [{ marketplace: 'UK' }, { marketplace: 'DE', wentLive: false }])
})
afterAll(async () => {
  await suite[Symbol.asyncDispose]()
})

const deps = () => ({ db: suite.db, ids: systemIds, poke: () => undefined })
const soldAt = new Date('2026-11-21T10:00:05Z')

function anOrder(
  orderId: string,
  sku: string,
  more: Partial<OrderSales> & { units?: number; itemId?: string } = {},
): OrderSales {
  const { units = 1, itemId = `itm_${sku}`, ...rest } = more
  const lines = [{ orderLineId: `oln_${orderId}`, channelSku: sku, units, itemId, awaitsPlace: false }]
  const order = {
    orderId,
    connectionId: seller.id,
    marketplaceId: 'A1F83G8C2ARO7P',
    revision: 1,
    createdAt: soldAt,
    lines,
  }
  return { ...order, ...rest }
}

async function salesOf(sku: string) {
  const question = { groupId: groupId(sku), connectionId: seller.id, channelSku: sku, since: 0 }
  return (await listSales(suite.db, [question])).map(({ at, units, reflected }) => ({ at, units, reflected }))
}

test('a sale counts against Amazon at once and as ours when our availability has fallen by it', async () => {
  await givenListings(suite.db, [{ sku: 'A' }])

  await takeInOrders(deps(), [anOrder('ord_a', 'A', { units: 2 })])
  expect(await salesOf('A')).toEqual([{ at: soldAt.getTime(), units: 2, reflected: false }])

  const cause = aCause('order_reserved', { reference: 'ord_a' })
  await takeInAvailability(deps(), [anItemChange('A', { available: 3, version: 2, cause })])
  expect(await salesOf('A')).toEqual([{ at: soldAt.getTime(), units: 2, reflected: true }])
})

test('availability may speak of an order before the order itself comes', async () => {
  await givenListings(suite.db, [{ sku: 'EARLY' }])
  const cause = aCause('order_reserved', { reference: 'ord_early' })
  await takeInAvailability(deps(), [anItemChange('EARLY', { available: 3, version: 2, cause })])

  await takeInOrders(deps(), [anOrder('ord_early', 'EARLY')])

  expect(await salesOf('EARLY')).toEqual([{ at: soldAt.getTime(), units: 1, reflected: true }])
})

test('[R08] an order that comes in the same moment as the availability that fell by it waits for it, and counts as reflected', async () => {
  await givenListings(suite.db, [{ sku: 'TOGETHER' }])

  const { order } = await suite.db.transaction().execute(async (tx) => {
    await markReflected(tx, [{ orderId: 'ord_together', itemId: 'itm_TOGETHER' }])
    const begun = { order: takeInOrders(deps(), [anOrder('ord_together', 'TOGETHER')]) }
    await eventually(async () => {
      const { rows } = await sql`select from pg_locks where locktype = 'advisory' and not granted`.execute(suite.db)
      expect(rows).not.toHaveLength(0)
    })
    return begun
  })
  await order

  expect(await salesOf('TOGETHER')).toEqual([{ at: soldAt.getTime(), units: 1, reflected: true }])
})

test('a line that reserves nothing waits for nothing, and one that is linked later does', async () => {
  await givenListings(suite.db, [{ sku: 'LATER' }])
  await takeInOrders(deps(), [anOrder('ord_later', 'LATER', { itemId: '' })])
  expect(await salesOf('LATER')).toMatchObject([{ reflected: true }])

  await takeInOrders(deps(), [anOrder('ord_later', 'LATER', { revision: 2 })])
  expect(await salesOf('LATER')).toMatchObject([{ reflected: false }])
})

test('[R08] revisions in any order and any number end in the newest: cancelled units are not sold', async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray([1, 2, 3, 4], { minLength: 1 }),
      fc.nat({ max: 3 }),
      async (revisions, repeated) => {
        run += 1
        const orderId = `ord_shuffled_${run}`
        const sku = `SHUFFLED-${run}`
        const deliveries = [...revisions, revisions[repeated % revisions.length] ?? 1]
        for (const revision of deliveries) {
          await takeInOrders(deps(), [anOrder(orderId, sku, { revision, units: 4 - revision })])
        }
        const units = 4 - Math.max(...revisions)
        expect(await salesOf(sku)).toMatchObject(units === 0 ? [] : [{ units }])
      },
    ),
    { numRuns: 30 },
  )
})

test('a poll is taken in only with the orders it names; then it moves the cover and opens the gate for good', async () => {
  await givenListings(suite.db, [{ sku: 'LIVE', marketplace: 'DE' }])
  await takeInAvailability(deps(), [anItemChange('LIVE', { available: 5, version: 1 })])
  const coveredUntil = new Date('2026-11-21T10:05:00Z')
  const poll = {
    connectionId: seller.id,
    coveredUntil,
    accountIds: [accountId('DE')],
    orders: [{ orderId: 'ord_named', revision: 2 }],
    wentLiveAccountIds: [accountId('DE')],
  }

  await takeInOrders(deps(), [anOrder('ord_named', 'LIVE', { revision: 1 })])
  expect(await takeInPoll(deps(), poll)).toEqual({ kind: 'orders_missing', missing: 1 })
  expect(await coverageOf(suite.db, [groupId('LIVE')])).toEqual(new Map())

  await takeInOrders(deps(), [anOrder('ord_named', 'LIVE', { revision: 2 })])
  expect(await takeInPoll(deps(), poll)).toEqual({ kind: 'taken' })
  expect(await coverageOf(suite.db, [groupId('LIVE')])).toEqual(new Map([[groupId('LIVE'), coveredUntil.getTime()]]))
  const marked = await suite.db
    .selectFrom('recompute_mark')
    .select('cause')
    .where('group_id', '=', groupId('LIVE'))
    .executeTakeFirstOrThrow()
  expect(marked.cause).toMatchObject({ kind: 'went_live', reference: accountId('DE') })
})

const pollAt = (minute: number, accounts: string[]) => ({
  connectionId: seller.id,
  coveredUntil: new Date(Date.UTC(2026, 10, 21, 11, minute)),
  accountIds: accounts.map(accountId),
  orders: [],
  wentLiveAccountIds: [],
})

test('the cover never moves back, and the account that is furthest behind decides for a shared SKU', async () => {
  await givenListings(suite.db, [
    { sku: 'BOTH', marketplace: 'UK' },
    { sku: 'BOTH', marketplace: 'DE' },
  ])
  await takeInPoll(deps(), pollAt(10, ['UK', 'DE']))
  await takeInPoll(deps(), pollAt(20, ['UK']))
  await takeInPoll(deps(), pollAt(5, ['DE']))

  expect(await coverageOf(suite.db, [groupId('BOTH')])).toEqual(
    new Map([[groupId('BOTH'), Date.UTC(2026, 10, 21, 11, 10)]]),
  )
})

test('only the windows that a poll reaches past are woken', async () => {
  await givenListings(suite.db, [{ sku: 'OPEN' }, { sku: 'NEWER' }])
  const seen = (sku: string, at: string) =>
    suite.db
      .updateTable('group_state')
      .set({ unseen_since: at, next_at: null })
      .where('group_id', '=', groupId(sku))
      .execute()
  await seen('OPEN', '2026-11-21T09:00:00Z')
  await seen('NEWER', '2026-11-21T09:10:00Z')

  const woken = await suite.db
    .transaction()
    .execute((tx) => wakeUnseenGroups(tx, seller.id, new Date('2026-11-21T09:05:00Z')))

  expect(woken).toBe(1)
})
