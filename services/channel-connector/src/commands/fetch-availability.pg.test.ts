import { createHash } from 'node:crypto'

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { pino } from 'pino'

import { anItemChange, givenAccounts, givenListings, groupId, pipelineDatabase } from '../../test/pipeline-fixtures.ts'
import { type AvailabilityFigure, availabilityDigests } from '../store/availability.ts'
import { type AvailabilitySource, fetchWanted, repairAvailability } from './fetch-availability.ts'
import { takeInAvailability } from './take-in-availability.ts'

let suite: Awaited<ReturnType<typeof pipelineDatabase>>
beforeAll(async () => {
  suite = await pipelineDatabase('fetch')
  await givenAccounts(suite.db, [{ marketplace: 'UK', locations: ['loc_1', 'loc_2'] }])
})
beforeEach(async () => {
  await suite.db.deleteFrom('availability').execute()
  await suite.db.deleteFrom('availability_wanted').execute()
})
afterAll(async () => {
  await suite[Symbol.asyncDispose]()
})

const signal = new AbortController().signal
const bucketOf = (itemId: string) => createHash('md5').update(itemId).digest()[0] ?? 0

/** Inventory with these figures, its digests made by the definition of the contract. */
function inventoryWith(figures: AvailabilityFigure[]): AvailabilitySource & { asked: string[][]; buckets: number[] } {
  const asked: string[][] = []
  const buckets: number[] = []
  return {
    asked,
    buckets,
    getAvailability: async (itemIds) => {
      asked.push([...itemIds])
      return figures.filter(({ itemId }) => itemIds.includes(itemId))
    },
    getDigests: async () => {
      const digests = Array.from({ length: 256 }, () => 0n)
      for (const { itemId, locationId, version, available } of figures) {
        const text = `${itemId}|${locationId}|${version}|${available}`
        const bucket = bucketOf(itemId)
        digests[bucket] = (digests[bucket] ?? 0n) ^ createHash('md5').update(text).digest().readBigInt64BE(0)
      }
      return digests
    },
    getBucket: async (bucket) => {
      buckets.push(bucket)
      return figures.filter(({ itemId }) => bucketOf(itemId) === bucket)
    },
  }
}

const figure = (sku: string, available: number, version: number) => ({
  itemId: `itm_${sku}`,
  locationId: 'loc_1',
  available,
  version,
})
const elsewhere = (one: AvailabilityFigure) => ({ ...one, locationId: 'loc_2' })

const depsWith = (inventory: AvailabilitySource) => ({
  db: suite.db,
  ids: systemIds,
  log: pino({ level: 'silent' }),
  poke: () => undefined,
  inventory,
})

const desired = async (sku: string) =>
  (
    await suite.db
      .selectFrom('group_state')
      .select('desired_quantity')
      .where('group_id', '=', groupId(sku))
      .executeTakeFirstOrThrow()
  ).desired_quantity

test('what a link finds unknown is fetched once, and the number follows', async () => {
  await givenListings(suite.db, [{ sku: 'NEW' }])
  await takeInAvailability(depsWith(inventoryWith([])), [anItemChange('NEW', { available: 5, version: 1 })])
  expect(await desired('NEW')).toBeNull()
  const inventory = inventoryWith([figure('NEW', 5, 1), elsewhere(figure('NEW', 2, 1))])

  expect(await fetchWanted(depsWith(inventory), signal)).toBe(1)
  expect(await desired('NEW')).toBe(7)
  expect(await fetchWanted(depsWith(inventory), signal)).toBe(0)
  expect(inventory.asked).toEqual([['itm_NEW']])
})

test('a place that inventory does not know is not asked for over and over', async () => {
  await givenListings(suite.db, [{ sku: 'HALF' }])
  await takeInAvailability(depsWith(inventoryWith([])), [anItemChange('HALF', { available: 5, version: 1 })])
  const inventory = inventoryWith([figure('HALF', 5, 1)])

  await fetchWanted(depsWith(inventory), signal)

  expect(await fetchWanted(depsWith(inventory), signal)).toBe(0)
  expect(await desired('HALF')).toBeNull()
})

test('the digests are those of the contract: equal books compare equal and nothing is pulled', async () => {
  const figures = [
    figure('A', 5, 1),
    elsewhere(figure('A', -3, 7)),
    figure('Ünïcode ☕', 0, 2 ** 40),
    figure('C', 9, 3),
  ]
  await takeInAvailability(
    depsWith(inventoryWith([])),
    figures.map((one) => ({
      itemId: one.itemId,
      figures: [one],
      cause: { kind: 'stock_set', reference: '', actor: '', note: '' },
    })),
  )
  const inventory = inventoryWith(figures)

  expect(await availabilityDigests(suite.db)).toEqual(await inventory.getDigests(signal))
  expect(await repairAvailability(depsWith(inventory), { settle: neverCalled, signal, round: 1 })).toBe(0)
  expect(inventory.buckets).toEqual([])
})

const oneInEach = (sku: string) => [
  anItemChange(sku, { available: 1, version: 1 }),
  anItemChange(sku, { available: 1, version: 1, location: 'loc_2' }),
]

function neverCalled(): Promise<void> {
  throw new Error('there is nothing to wait for')
}

test('[R10] a figure that no event brought is found and repaired; one that is only on its way is not counted', async () => {
  await givenListings(suite.db, [{ sku: 'LOST' }, { sku: 'LATE' }])
  const deps = depsWith(
    inventoryWith(['LOST', 'LATE'].flatMap((sku) => [figure(sku, 4, 2), elsewhere(figure(sku, 1, 1))])),
  )
  await takeInAvailability(deps, [...oneInEach('LOST'), ...oneInEach('LATE')])
  expect(await desired('LOST')).toBe(2)

  const repaired = await repairAvailability(deps, {
    settle: async () => {
      await takeInAvailability(deps, [anItemChange('LATE', { available: 4, version: 2 })])
    },
    signal,
    round: 1,
  })

  expect(repaired).toBe(1)
  expect(await desired('LOST')).toBe(5)
  expect(await desired('LATE')).toBe(5)
})
