import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  aKey,
  aLocation,
  anItem,
  done,
  openInventory,
  refusedWith,
  type InventoryFixture,
} from '../../test/inventory-fixture.ts'
import { setStock } from '../commands/set-stock.ts'
import { listLocations } from '../store/locations.ts'
import { availabilityDigests, availabilityOf, availabilityOfBucket, type ItemAvailability } from './availability.ts'
import { listItems } from './list-items.ts'
import { listMovements } from './list-movements.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const setting = (item: string, onHand: number, location = '') =>
  setStock(inventory.deps, {
    idempotencyKey: aKey(),
    actor: 'ann',
    note: '',
    partial: false,
    lines: [{ item, location, onHand: BigInt(onHand) }],
  })

test('availability is told for every location of the items that exist', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 3 })
  const shelf = await aLocation(deps)

  const found = done(await availabilityOf(db, [item.id, 'itm_nowhere', 'a\0b', item.id]))

  expect(found).toHaveLength(1)
  expect(found[0]).toMatchObject({ itemId: item.id, itemSku: item.sku })
  expect(found[0]?.locations).toContainEqual({ locationId: shelf.id, available: 0, version: 1 })
  expect(found[0]?.locations).toContainEqual(expect.objectContaining({ available: 3, version: 2 }))
})

test('availability of no items is nothing, and of more than 1,000 refused', async () => {
  const { db } = inventory

  expect(await availabilityOf(db, [])).toEqual([])
  const tooMany = Array.from({ length: 1_001 }, (_, index) => `itm_${index}`)
  expect(refusedWith(await availabilityOf(db, tooMany))).toMatchObject({ reason: 'BATCH_TOO_LARGE', field: 'item_ids' })
})

test('the 256 digests equal those that a reader computes from what it was told', async () => {
  const { db, deps } = inventory
  for (let index = 0; index < 20; index += 1) await anItem(deps, { onHand: index })

  const digests = await availabilityDigests(db)

  const everything = await everyBucket()
  expect(digests).toHaveLength(256)
  expect(digests).toEqual(digestsOf(everything.flat()))
  expect(digests.some((digest) => digest < 0n)).toBe(true)
  everything.forEach((items, bucket) => {
    for (const item of items) expect(md5(item.itemId)[0]).toBe(bucket)
  })
})

test('a change shows in the digest of its item and in no other', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps)
  const before = await availabilityDigests(db)

  done(await setting(item.id, 8))

  const after = await availabilityDigests(db)
  const differing = after.flatMap((digest, bucket) => (digest === before[bucket] ? [] : [bucket]))
  expect(differing).toEqual([md5(item.id)[0]])
})

test('a bucket is told in pages', async () => {
  const { db } = inventory
  const whole = (await everyBucket()).find((items) => items.length > 0) ?? []
  const bucket = md5(whole[0]?.itemId ?? '')[0] ?? 0

  const paged: ItemAvailability[] = []
  let token = ''
  do {
    const page = done(await availabilityOfBucket(db, { bucket, page: { size: 1, token } }))
    paged.push(...page.items)
    token = page.nextPageToken
  } while (token !== '')

  expect(paged).toEqual(whole)
})

test.each([-1, 256, 0.5])('there is no bucket %s', async (bucket) => {
  const answer = await availabilityOfBucket(inventory.db, { bucket, page: { size: 0, token: '' } })

  expect(refusedWith(answer)).toMatchObject({ reason: 'FIELD_INVALID', field: 'bucket' })
})

async function everyBucket(): Promise<ItemAvailability[][]> {
  const buckets = []
  for (let bucket = 0; bucket < 256; bucket += 1) {
    const page = { size: 1_000, token: '' }
    buckets.push(done(await availabilityOfBucket(inventory.db, { bucket, page })).items)
  }
  return buckets
}

const md5 = (text: string) => createHash('md5').update(text).digest()

function digestsOf(items: ItemAvailability[]): bigint[] {
  const digests = Array.from({ length: 256 }, () => 0n)
  for (const { itemId, locations } of items) {
    const bucket = md5(itemId)[0] ?? 0
    for (const { locationId, version, available } of locations) {
      const digest = md5(`${itemId}|${locationId}|${version}|${available}`).readBigInt64BE(0)
      digests[bucket] = (digests[bucket] ?? 0n) ^ digest
    }
  }
  return digests
}

test('items are listed by SKU in the order of bytes, a page at a time, with their totals over our own locations', async () => {
  const { db, deps } = inventory
  const word = aKey('page')
  for (const letter of ['b', 'B', 'a', 'é', 'Z']) await anItem(deps, { sku: `${word}-${letter}`, onHand: 2 })
  const shelf = await aLocation(deps)
  done(await setting(`${word}-a`, 5, shelf.name))

  const first = done(await listItems(db, { search: word.toUpperCase(), page: { size: 3, token: '' } }))
  const second = done(await listItems(db, { search: word, page: { size: 3, token: first.nextPageToken } }))

  expect([...first.items, ...second.items].map(({ item }) => item.sku.slice(-1))).toEqual(['B', 'Z', 'a', 'b', 'é'])
  expect(first.items[2]).toMatchObject({ onHand: 7, reserved: 0, available: 7 })
  expect(second.nextPageToken).toBe('')
})

test.each(['%', '_', "'", '\\', '\0'])('the search text %j stands for itself', async (search) => {
  const found = done(await listItems(inventory.db, { search, page: { size: 0, token: '' } }))

  for (const { item } of found.items) expect(`${item.sku} ${item.title}`).toContain(search)
})

test.each([
  [{ size: -1, token: '' }, 'page.size'],
  [{ size: 1_001, token: '' }, 'page.size'],
  [{ size: 1, token: 'nonsense' }, 'page.token'],
  [{ size: 1, token: Buffer.from('17').toString('base64url') }, 'page.token'],
])('the page %j is refused', async (page, field) => {
  expect(refusedWith(await listItems(inventory.db, { search: '', page }))).toMatchObject({
    reason: 'PAGE_INVALID',
    field,
  })
})

test('the ledger is told newest first, in pages that do not shift when it grows', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps)
  for (const onHand of [1, 2, 3, 4, 5]) done(await setting(item.id, onHand))

  const first = done(await listMovements(db, { item: item.sku, location: '', page: { size: 2, token: '' } }))
  done(await setting(item.id, 6))
  const rest = done(
    await listMovements(db, { item: item.id, location: 'Default', page: { size: 9, token: first.nextPageToken } }),
  )

  const told = [...first.movements, ...rest.movements]
  expect(told.map((movement) => movement.onHandAfter)).toEqual([5, 4, 3, 2, 1])
  expect(told[0]).toMatchObject({
    onHandChange: 1,
    reservedChange: 0,
    reservedAfter: 0,
    version: 6,
    locationName: 'Default',
    cause: { kind: 'stock_set', actor: 'ann' },
  })
  expect(rest.nextPageToken).toBe('')
})

test('the ledger of one location holds nothing of another', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 1 })
  const shelf = await aLocation(deps)
  done(await setting(item.id, 9, shelf.id))

  const page = { size: 0, token: '' }
  const told = done(await listMovements(db, { item: item.id, location: shelf.name, page }))

  expect(told.movements).toMatchObject([{ locationId: shelf.id, onHandAfter: 9 }])
  expect(refusedWith(await listMovements(db, { item: 'nowhere', location: '', page })).reason).toBe('ITEM_UNKNOWN')
  expect(refusedWith(await listMovements(db, { item: item.id, location: 'nowhere', page })).reason).toBe(
    'LOCATION_UNKNOWN',
  )
})

test('locations are listed with Default first', async () => {
  const names = (await listLocations(inventory.db)).map((location) => location.name)

  expect(names[0]).toBe('Default')
  expect(names.slice(1)).toEqual(names.slice(1).toSorted())
})
