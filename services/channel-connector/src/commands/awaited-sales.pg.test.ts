import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { sql } from 'kysely'
import { pino } from 'pino'

import {
  accountId,
  aCause,
  anItemChange,
  givenAccounts,
  givenListings,
  groupId,
  pipelineDatabase,
  seller,
} from '../../test/pipeline-fixtures.ts'
import { explainListing } from '../queries/explain-listing.ts'
import type { OrderSales } from '../store/order-sales.ts'
import { endAwaitedSales } from './end-awaited-sales.ts'
import { linkListing, unlinkListing } from './link-listing.ts'
import { mapLocations } from './map-locations.ts'
import { recomputeGroups } from './recompute-groups.ts'
import { takeInAvailability } from './take-in-availability.ts'
import { takeInOrders } from './take-in-orders.ts'

let suite: Awaited<ReturnType<typeof pipelineDatabase>>
beforeAll(async () => {
  suite = await pipelineDatabase('awaited')
  await givenAccounts(suite.db, [{ marketplace: 'UK' }, { marketplace: 'DE' }, { marketplace: 'FR', locations: [] }])
})
afterAll(async () => {
  await suite[Symbol.asyncDispose]()
})

const deps = () => ({ db: suite.db, ids: systemIds, poke: () => undefined, zerosSharePercent: 10 })
const loc1 = { id: 'loc_1', name: 'loc_1', kind: 'own' as const, isDefault: false }
const marketplaceIds = { UK: 'A1F83G8C2ARO7P', DE: 'A1PA6795UKMFR9', FR: 'A13V1IB3VIYZZH' }

/** An order of two units; without an item it waits for a link. */
function anOrder(
  sku: string,
  more: { item?: string; revision?: number; marketplace?: 'UK' | 'DE' | 'FR' } = {},
): OrderSales {
  const { item = '', revision = 1, marketplace = 'UK' } = more
  const orderId = `ord_${sku}`
  const line = { orderLineId: `oln_${sku}`, channelSku: sku, units: 2, itemId: item, awaitsPlace: item === '' }
  const createdAt = new Date('2026-11-21T10:00:05Z')
  return {
    orderId,
    connectionId: seller.id,
    marketplaceId: marketplaceIds[marketplace],
    revision,
    createdAt,
    lines: [line],
  }
}

/** A listing without a link, 30 available of the item it will get. */
async function givenUnlinked(sku: string, marketplace: 'UK' | 'DE' | 'FR' = 'UK'): Promise<void> {
  await givenListings(suite.db, [{ sku, marketplace, item: null }])
  await takeInAvailability(deps(), [anItemChange(sku, { available: 30, version: 1 })])
}

async function link(sku: string, marketplace = 'UK'): Promise<void> {
  const command = { account: accountId(marketplace), channelSku: sku, item: { id: `itm_${sku}`, sku }, actor: 'test' }
  await suite.db.transaction().execute((tx) => linkListing(tx, deps(), command))
}

const reserved = (sku: string) =>
  takeInAvailability(deps(), [
    anItemChange(sku, { available: 28, version: 2, cause: aCause('order_reserved', { reference: `ord_${sku}` }) }),
  ])

/** The number that is wanted now, with the step that says why. */
async function wanted(sku: string, marketplace = 'UK') {
  await suite.db
    .transaction()
    .execute((tx) =>
      recomputeGroups(tx, deps(), { groupIds: [groupId(sku)], causeOf: () => aCause('linked'), salesMoved: true }),
    )
  const { explanation } = await explainListing(suite.db, {
    account: accountId(marketplace),
    channelSku: sku,
    at: undefined,
  })
  return {
    number: explanation.desired?.quantity,
    note: explanation.steps.find((s) => s.step === 'sum_available')?.note,
  }
}

const waiting = { number: 28, note: '2 in downloaded orders that are about to take this item' }
const plain = (number: number) => ({ number, note: null })

test('a new link gives the same number before and after the orders of its SKU have reserved, whichever news comes first', async () => {
  for (const [sku, news] of [
    ['ORDER-FIRST', ['order', 'reserved']],
    ['RESERVED-FIRST', ['reserved', 'order']],
  ] as const) {
    await givenUnlinked(sku)
    await takeInOrders(deps(), [anOrder(sku)])
    await link(sku)
    expect(await wanted(sku)).toEqual(waiting)

    for (const which of news) {
      if (which === 'reserved') await reserved(sku)
      else await takeInOrders(deps(), [anOrder(sku, { item: `itm_${sku}`, revision: 2 })])
      expect((await wanted(sku)).number).toBe(28)
    }
    expect(await wanted(sku)).toEqual(plain(28))
  }
})

test('an order that is heard of after the link, and from before it, counts as well', async () => {
  await givenUnlinked('HEARD-LATE')
  await link('HEARD-LATE')
  expect(await wanted('HEARD-LATE')).toEqual(plain(30))

  await takeInOrders(deps(), [anOrder('HEARD-LATE')])

  expect(await wanted('HEARD-LATE')).toEqual(waiting)
})

test('only orders of the linked listing’s own marketplace are waited for', async () => {
  await givenUnlinked('ELSEWHERE')
  await takeInOrders(deps(), [anOrder('ELSEWHERE', { marketplace: 'DE' })])

  await link('ELSEWHERE')

  expect(await wanted('ELSEWHERE')).toEqual(plain(30))
})

test('the first mapping of an account leaves out what its orders are about to reserve', async () => {
  await givenUnlinked('MAPPED', 'FR')
  await takeInOrders(deps(), [anOrder('MAPPED', { marketplace: 'FR' })])
  await link('MAPPED', 'FR')
  expect(await wanted('MAPPED', 'FR')).toMatchObject({ number: undefined })

  const mapping = { account: accountId('FR'), locations: ['loc_1'], orderLocation: '', known: [loc1], actor: 'test' }
  await suite.db.transaction().execute((tx) => mapLocations(tx, deps(), mapping))

  expect(await wanted('MAPPED', 'FR')).toEqual(waiting)
})

test('a link that is taken away waits for nothing any more', async () => {
  await givenUnlinked('TAKEN-AWAY')
  await takeInOrders(deps(), [anOrder('TAKEN-AWAY')])
  await link('TAKEN-AWAY')

  const command = { account: accountId('UK'), channelSku: 'TAKEN-AWAY', actor: 'test' }
  await suite.db.transaction().execute((tx) => unlinkListing(tx, deps(), command))

  const rows = await suite.db
    .selectFrom('order_sale')
    .select('awaited_item_id')
    .where('channel_sku', '=', 'TAKEN-AWAY')
    .execute()
  expect(rows).toEqual([{ awaited_item_id: null }])
})

async function letPass(sku: string, seconds: number): Promise<void> {
  await sql`
    update order_sale set awaited_until = awaited_until - make_interval(secs => ${seconds})
     where channel_sku = ${sku}`.execute(suite.db)
}

test('an order that never reserves is waited for five minutes; then its units are offered again, and the log says so', async () => {
  await givenUnlinked('NEVER')
  await takeInOrders(deps(), [anOrder('NEVER')])
  await link('NEVER')
  expect(await wanted('NEVER')).toEqual(waiting)
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })

  await letPass('NEVER', 290)
  await endAwaitedSales({ ...deps(), log })
  expect(await wanted('NEVER')).toEqual(waiting)
  expect(lines).toEqual([])

  await letPass('NEVER', 10)
  await endAwaitedSales({ ...deps(), log })
  expect(await wanted('NEVER')).toEqual(plain(30))
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { lines: 1, units: 2, item_ids: ['itm_NEVER'] },
  ])
})
