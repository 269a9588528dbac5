import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { groupNumber } from '@lockstep/pacing/group-policy'
import { salesRate } from '@lockstep/pacing/watch'
import { sql } from 'kysely'
import { pino } from 'pino'

import {
  aCause,
  accountId,
  anItemChange,
  givenAccounts,
  givenListings,
  groupId,
  listingId,
  pipelineDatabase,
  seller,
} from '../../test/pipeline-fixtures.ts'
import type { AmazonReply } from '../domain/amazon-reply.ts'
import type { ComputationRecord } from '../domain/computation-record.ts'
import { explainListing } from '../queries/explain-listing.ts'
import { listExposure } from '../queries/list-exposure.ts'
import { addMissingWatches, listRested, noteWatched, rateSkus, takeWatchRead } from '../store/sku-watches.ts'
import { claimGroups } from './claim-groups.ts'
import { recomputeGroups } from './recompute-groups.ts'
import { restateHolds } from './restate-holds.ts'
import { readThrough } from './sweep-listings.ts'
import { takeInAvailability } from './take-in-availability.ts'
import { takeInOrders, takeInPoll } from './take-in-orders.ts'
import { watchSkus } from './watch-skus.ts'

let suite: Awaited<ReturnType<typeof pipelineDatabase>>
beforeAll(async () => {
  suite = await pipelineDatabase('holds')
  await givenAccounts(suite.db, [{ marketplace: 'UK' }, { marketplace: 'DE' }])
})
afterAll(async () => {
  await suite[Symbol.asyncDispose]()
})

/** What Amazon shows of each SKU, how often it was asked, and its clock, which the test moves. */
const amazon = { levels: new Map<string, number>(), reads: 0, clockMs: Date.now() - 3_600_000 }

const callAmazon = async (): Promise<AmazonReply> => {
  amazon.reads += 1
  const items = [...amazon.levels].map(([sku, quantity]) => ({
    sku,
    productTypes: [{ marketplaceId: 'A1F83G8C2ARO7P', productType: 'CUP' }],
    fulfillmentAvailability: [{ fulfillmentChannelCode: 'DEFAULT', quantity }],
  }))
  const body = Buffer.from(JSON.stringify({ numberOfResults: items.length, items }))
  return {
    status: 200,
    headers: {},
    body,
    outcome: 'accepted',
    detail: '',
    nextStep: '',
    amazonTime: new Date(amazon.clockMs),
  }
}

const deps = () => ({
  db: suite.db,
  ids: systemIds,
  log: pino({ level: 'silent' }),
  callAmazon,
  poke: () => undefined,
  announce: () => undefined,
})

const signal = new AbortController().signal

function look(sku: string, live: number): Promise<boolean> {
  amazon.levels.clear()
  amazon.clockMs += 10_000
  amazon.levels.set(sku, live)
  return readThrough(deps(), { connectionId: seller.id, groupIds: [groupId(sku)], lane: 'watch', signal })
}

/** A listing on UK that Amazon shows at 10, with 10 available. */
async function givenListed(sku: string): Promise<void> {
  await givenListings(suite.db, [{ sku }])
  await takeInAvailability(deps(), [anItemChange(sku, { available: 10, version: 1 })])
  await look(sku, 10)
}

/** Holds that were stated of a SKU, oldest first. */
async function statedOf(sku: string) {
  const { rows } = await sql<{
    subject: string
    payload: {
      quantity?: string
      itemId?: string
      orderLocationId?: string
      hold: { version: string; falls?: object[] }
    }
  }>`select subject, payload from outbox where payload -> 'hold' ->> 'holdId' = ${groupId(sku)} order by seq`.execute(
    suite.db,
  )
  return rows.map(({ subject, payload: { hold, quantity = '0', itemId, orderLocationId } }) => {
    const verb = subject.split('.')[4]
    return {
      verb,
      units: Number(quantity),
      falls: hold.falls?.length ?? 0,
      version: Number(hold.version),
      itemId,
      orderLocationId,
    }
  })
}

function order(
  sku: string,
  units: number,
  { orderId = `ord_${sku}`, createdAt = new Date(amazon.clockMs - 5_000) } = {},
) {
  const line = { orderLineId: `oln_${orderId}`, channelSku: sku, units, itemId: `itm_${sku}`, awaitsPlace: false }
  const marketplaceId = 'A1F83G8C2ARO7P'
  return takeInOrders(deps(), [
    { orderId, connectionId: seller.id, revision: 1, marketplaceId, createdAt, lines: [line] },
  ])
}

/** A poll that reached past the last read. */
const poll = () =>
  takeInPoll(deps(), {
    connectionId: seller.id,
    coveredUntil: new Date(amazon.clockMs + 2_000),
    accountIds: [accountId('UK'), accountId('DE')],
    orders: [],
    wentLiveAccountIds: [],
  })

const consider = (sku: string, salesMoved = true) =>
  suite.db
    .transaction()
    .execute((tx) =>
      recomputeGroups(tx, deps(), { groupIds: [groupId(sku)], causeOf: () => aCause('test'), salesMoved }),
    )

const why = async (sku: string, at?: Date) =>
  (await explainListing(suite.db, { account: accountId('UK'), channelSku: sku, at })).explanation

test('a fall of Amazon’s level is stated once, at the order location, and why shows the hold for now and for then', async () => {
  await givenListed('FALL')

  await look('FALL', 7)
  const then = new Date()
  await look('FALL', 7)
  await poll()
  await consider('FALL')

  expect(await statedOf('FALL')).toMatchObject([
    { verb: 'held', units: 3, falls: 1, itemId: 'itm_FALL', orderLocationId: 'loc_1' },
    { verb: 'released', units: 0, falls: 0 },
  ])
  expect((await why('FALL')).hold).toBeNull()
  expect((await why('FALL')).drift).toMatchObject({ live: 7 })
  expect((await why('FALL', then)).hold).toMatchObject({ units: 3, itemId: 'itm_FALL', locationId: 'loc_1' })
})

test('a hold in the figure changes nothing for its own SKU and lowers every other SKU of the item', async () => {
  await givenListings(suite.db, [
    { sku: 'OWN', item: 'itm_OWN' },
    { sku: 'OTHER', item: 'itm_OWN' },
  ])
  await takeInAvailability(deps(), [anItemChange('OWN', { available: 10, version: 1 })])
  await look('OWN', 10)
  await look('OWN', 8)
  const held = anItemChange('OWN', { available: 8, version: 2, cause: aCause('held', { reference: groupId('OWN') }) })
  const [figure] = held.figures

  await takeInAvailability(deps(), [
    { ...held, figures: figure ? [{ ...figure, holds: { [groupId('OWN')]: 2 } }] : [] },
  ])

  const own = await why('OWN')
  expect(own.locations).toMatchObject([{ available: 8, held: 2 }])
  await consider('OTHER', false)
  expect(await desiredOf('OTHER')).toBe(8)
  // The SKU itself stays at the ten it was wanted at: what Amazon counted down already is no change of ours.
  expect(await desiredOf('OWN')).toBe(10)
})

async function desiredOf(sku: string): Promise<number | null | undefined> {
  const row = await suite.db
    .selectFrom('group_state')
    .select('desired_quantity as quantity')
    .where('group_id', '=', groupId(sku))
    .executeTakeFirst()
  return row?.quantity
}

test('[R08] an order that is reflected ends its part at the next poll, and taken in twice states nothing twice', async () => {
  await givenListed('ORD')
  await look('ORD', 8)
  for (let twice = 0; twice < 2; twice += 1) {
    await order('ORD', 2)
    await takeInAvailability(deps(), [
      anItemChange('ORD', { available: 8, version: 2, cause: aCause('order_reserved', { reference: 'ord_ORD' }) }),
    ])
  }
  const stated = await statedOf('ORD')

  for (let twice = 0; twice < 2; twice += 1) {
    await poll()
    await consider('ORD')
  }

  expect(stated.map(({ verb, units }) => [verb, units])).toEqual([['held', 2]])
  const all = await statedOf('ORD')
  expect(all.map(({ verb }) => verb)).toEqual(['held', 'released'])
  expect(all[1]?.version).toBeGreaterThan(all[0]?.version ?? Infinity)
  expect((await why('ORD')).drift).toBeNull()
})

test('a hold that no figure shows after a minute is stated again under its version, and one that stays in a figure too', async () => {
  await givenListed('LOST')
  await look('LOST', 9)
  await restateHolds(deps())
  const fresh = (await statedOf('LOST')).length
  await sql`update group_state set hold_stated_at = clock_timestamp() - interval '2 minutes' where group_id = ${groupId('LOST')}`.execute(
    suite.db,
  )

  await restateHolds(deps())
  const lost = await statedOf('LOST')
  await sql`update availability set holds = jsonb_build_object(${groupId('LOST')}::text, 1) where item_id = 'itm_LOST'`.execute(
    suite.db,
  )
  await restateHolds(deps())
  const shown = (await statedOf('LOST')).length
  await poll()
  await consider('LOST')
  await sql`update group_state set hold_stated_at = clock_timestamp() - interval '2 minutes' where group_id = ${groupId('LOST')}`.execute(
    suite.db,
  )
  await restateHolds(deps())

  expect([fresh, lost.length, shown]).toEqual([1, 2, 2])
  expect(lost[1]).toEqual(lost[0])
  expect((await statedOf('LOST')).map(({ verb }) => verb)).toEqual(['held', 'held', 'released', 'released'])
})

test('every number that was wanted can be computed again from its record alone', async () => {
  await givenListed('REC')
  for (const [version, available, live] of [
    [2, 6, 10],
    [3, 9, 8],
    [4, 3, 5],
    [5, 0, 2],
    [6, 40, 1],
  ] as const) {
    await takeInAvailability(deps(), [anItemChange('REC', { available, version })])
    await look('REC', live)
  }
  await sql`update account set max_listed = 12, stock_percentage = 50, end_when = 2 where id = ${accountId('UK')}`.execute(
    suite.db,
  )
  await consider('REC')
  await sql`update account set max_listed = null, stock_percentage = null, end_when = null where id = ${accountId('UK')}`.execute(
    suite.db,
  )

  await look('REC', 1)
  const wish = { connectionId: seller.id, token: 'rec', kind: 'writes' as const, turn: 1, skewMs: 0 }
  const { sends } = await claimGroups(deps(), { ...wish, limit: { zeros: 10, others: 10 } })

  const rows = await suite.db.selectFrom('computation').select('record').orderBy('id').execute()
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by insertComputations
  const records = rows.map(({ record }) => record as ComputationRecord).filter(({ desired }) => desired !== null)
  const again = records.map(({ inputs, computation }) => {
    return groupNumber(inputs, computation.unseen ?? 0, computation.level ?? null)
  })

  expect(records.length).toBeGreaterThan(6)
  expect(records.some(({ computation }) => (computation.unseen ?? 0) > 0)).toBe(true)
  expect(again.map((one) => one.kind === 'number' && [one.number, one.leadTimeDays])).toEqual(
    records.map(({ desired }) => [desired?.quantity, desired?.leadTimeDays]),
  )
  const sent = sends.find((one) => one.groupId === groupId('REC'))
  const ofSent = records.find(({ version, inputs }) => {
    return version === sent?.version && inputs.members[0]?.listingId === listingId('REC')
  })
  expect(ofSent?.desired).toMatchObject({ quantity: sent?.quantity, leadTimeDays: sent?.leadTimeDays })
  expect(again.map((one) => one.members)).toEqual(records.map(({ computation }) => computation.members))
})

test('the rates in the database are those of the pacing package', async () => {
  await givenListed('RATE')
  const ages = [60, 600, 3_600, 7_200, 90_000]
  const now = Date.now()
  const sold = ages.map((ageS, i) => ({ at: now - ageS * 1_000, units: 1 + (i % 3) }))
  for (const [i, { at, units }] of sold.entries()) {
    await order('RATE', units, { orderId: `ord_RATE_${i}`, createdAt: new Date(at) })
  }
  await addMissingWatches(suite.db)

  await rateSkus(suite.db, seller.id)

  const row = await suite.db
    .selectFrom('watched_sku')
    .select('units_per_hour as rate')
    .where('group_id', '=', groupId('RATE'))
    .executeTakeFirstOrThrow()
  expect(row.rate).toBeCloseTo(salesRate(sold, now), 1)
})

test('the watch reads what sells, each SKU every ten seconds at most and no more reads a minute than its share, and the exposure report tells', async () => {
  await givenListed('WATCH')
  await order('WATCH', 2, { orderId: 'ord_WATCH', createdAt: new Date(Date.now() - 60_000) })
  await addMissingWatches(suite.db)
  await sql`update group_state set live_read_at = clock_timestamp() - interval '1 minute' where connection_id = ${seller.id}`.execute(
    suite.db,
  )
  amazon.reads = 0
  amazon.levels.set('WATCH', 10)
  const watch = { connection_id: seller.id, rated_at: null }

  await watchSkus({ ...deps(), watchReadsPerMinute: 5 }, watch, signal)
  const rested = await listRested(suite.db, seller.id, 100)
  const report = await listExposure(suite.db, { account: accountId('UK'), limit: 10, offset: 0 })

  expect(amazon.reads).toBe(1)
  expect(rested.skus).toEqual([])
  const exposed = report.listings.find(({ listingId: id }) => id === listingId('WATCH'))
  expect(exposed).toMatchObject({ channelSku: 'WATCH', itemId: 'itm_WATCH', live: 10, offered: 10, available: 10 })
  expect(exposed?.unitsPerHour).toBeGreaterThan(1.5)
  expect(exposed?.watchedAt).not.toBeNull()
  expect(report.listings.map((one) => one.unitsAtRisk)).toEqual(
    report.listings.map((one) => one.unitsAtRisk).toSorted((a, b) => Number(b) - Number(a)),
  )
  expect(report.watches).toMatchObject([{ connectionId: seller.id, reads: 1, readsInMinute: 1 }])

  const taken = []
  for (let i = 0; i < 6; i += 1) taken.push(await takeWatchRead(suite.db, seller.id, 5))
  expect(taken).toEqual([true, true, true, true, false, false])
  await noteWatched(suite.db, [groupId('WATCH')])
  await watchSkus({ ...deps(), watchReadsPerMinute: 0 }, watch, signal)
  expect(amazon.reads).toBe(1)
})
