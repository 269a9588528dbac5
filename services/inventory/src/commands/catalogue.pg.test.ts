import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { sql } from 'kysely'
import {
  aKey,
  aLocation,
  anItem,
  defaultLocationId,
  done,
  eventsOf,
  levelOf,
  openInventory,
  refusedWith,
  unbalancedPlaces,
  type InventoryFixture,
} from '../../test/inventory-fixture.ts'
import { showStock } from '../queries/show-stock.ts'
import { createItem } from './create-item.ts'
import { createLocation } from './create-location.ts'
import { importItems, type ImportLine } from './import-items.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const creating = (sku: string, title = '') =>
  createItem(inventory.deps, { idempotencyKey: aKey(), actor: 'ann', sku, title })

const importing = (lines: ImportLine[], idempotencyKey = aKey()) =>
  importItems(inventory.deps, { idempotencyKey, actor: 'ann', lines, checkOnly: false })

const aLine = (line: Partial<ImportLine> & { sku: string }): ImportLine => ({ title: '', location: '', ...line })

const everyEventOf = async (itemId: string) => {
  const { rows } = await sql<{ payload: { changes: unknown[]; cause: { kind: string } } }>`
    select payload from outbox where payload ->> 'itemId' = ${itemId} order by seq`.execute(inventory.db)
  return rows.map((row) => row.payload)
}

test('[B12] a new item is in every location at 0, and says so in one event', async () => {
  const shelf = await aLocation(inventory.deps)

  const { item } = done(await creating(aKey('SKU')))

  const stock = done(await showStock(inventory.db, item.id))
  expect(stock.levels.map((level) => level.locationId)).toEqual(expect.arrayContaining([defaultLocationId, shelf.id]))
  expect(stock.levels[0]).toMatchObject({ locationName: 'Default', onHand: 0, available: 0, version: 1 })
  const [event, ...more] = await everyEventOf(item.id)
  expect(more).toEqual([])
  expect(event).toMatchObject({ cause: { kind: 'item_created' } })
  expect(event?.changes).toHaveLength(stock.levels.length)
})

test('[B12] a new location holds every item at 0', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 2 })

  const shelf = await aLocation(deps)

  expect(await levelOf(db, item.id, shelf.id)).toEqual({ onHand: 0, reserved: 0, available: 0, version: 1 })
  const { rows } = await sql<{ missing: number }>`
    select count(*) as missing from item cross join location
     where not exists (select from stock_level where item_id = item.id and location_id = location.id)`.execute(db)
  expect(rows[0]?.missing).toBe(0)
})

test('[B12] items and locations created at the same time all meet', async () => {
  const { db, deps } = inventory

  await Promise.all(Array.from({ length: 24 }, (_, index) => (index % 6 === 0 ? aLocation(deps) : anItem(deps))))

  const { rows } = await sql<{ missing: number }>`
    select count(*) as missing from item cross join location
     where not exists (select from stock_level where item_id = item.id and location_id = location.id)`.execute(db)
  expect(rows[0]?.missing).toBe(0)
})

test('a SKU is one item, byte for byte', async () => {
  const sku = aKey('Sku')
  const { item } = done(await creating(sku, 'Blue mug'))

  const taken = refusedWith(await creating(sku))
  const others = [sku.toUpperCase(), `${sku} `, ` ${sku}`, `${sku}/%+#?&`, `${sku}-😀`]

  expect(taken).toMatchObject({ reason: 'ITEM_EXISTS', field: 'sku', value: sku })
  expect(taken.message).toContain(item.id)
  for (const other of others) expect(done(await creating(other)).item.sku).toBe(other)
  expect(done(await showStock(inventory.db, sku)).item).toMatchObject({ id: item.id, title: 'Blue mug', kit: false })
})

test.each(['', '.', '..', 'x'.repeat(41), 'a\tb'])('the SKU %j is refused', async (sku) => {
  expect(refusedWith(await creating(sku))).toMatchObject({ reason: 'SKU_INVALID', field: 'sku' })
})

test('an item without a title is called by its SKU, and one answer is kept per key', async () => {
  const sku = aKey('SKU')
  const command = { idempotencyKey: aKey(), actor: 'ann', sku, title: '' }

  const first = done(await createItem(inventory.deps, command))
  const again = done(await createItem(inventory.deps, command))

  expect(first.item.title).toBe(sku)
  expect(first.item.createdAt).toBeInstanceOf(Date)
  expect(again).toEqual(first)
})

test.each([
  ['Default', 'LOCATION_EXISTS'],
  ['', 'LOCATION_NAME_INVALID'],
  ['x'.repeat(81), 'LOCATION_NAME_INVALID'],
])('a location called %j is refused', async (name, reason) => {
  const command = { idempotencyKey: aKey(), actor: 'ann', name, kind: 'own' as const }

  expect(refusedWith(await createLocation(inventory.deps, command))).toMatchObject({ reason, field: 'name' })
})

test("Amazon's own warehouse is not created by hand", async () => {
  const command = { idempotencyKey: aKey(), actor: 'ann', name: aKey('FBA'), kind: 'fba' as const }

  expect(refusedWith(await createLocation(inventory.deps, command))).toMatchObject({
    reason: 'FIELD_INVALID',
    field: 'kind',
  })
})

test('an import creates, renames, leaves alone and sets on-hand, with one event per item', async () => {
  const { db, deps } = inventory
  const [renamed, same, stocked] = [await anItem(deps), await anItem(deps), await anItem(deps, { onHand: 1 })]
  const shelf = await aLocation(deps)
  const sku = aKey('NEW')

  const answer = done(
    await importing([
      aLine({ sku, title: 'New', onHand: 4n, location: shelf.name }),
      aLine({ sku: renamed.sku, title: 'Other' }),
      aLine({ sku: same.sku }),
      aLine({ sku: stocked.sku, onHand: 6n }),
    ]),
  )

  expect(answer).toEqual({ created: 1, updated: 1, unchanged: 2 })
  const created = done(await showStock(db, sku))
  expect(await levelOf(db, created.item.id, shelf.id)).toMatchObject({ onHand: 4, version: 1 })
  expect(await everyEventOf(created.item.id)).toHaveLength(1)
  expect(await levelOf(db, stocked.id)).toMatchObject({ onHand: 6, version: 3 })
  expect((await eventsOf(db, stocked.id)).at(-1)?.payload.cause.kind).toBe('stock_set')
  expect(done(await showStock(db, renamed.sku)).item.title).toBe('Other')
  expect(await unbalancedPlaces(db)).toEqual([])
})

test('an import with one bad line creates nothing', async () => {
  const sku = aKey('NEVER')

  const lines = [
    aLine({ sku }),
    aLine({ sku: '..' }),
    aLine({ sku: 'a', onHand: -1n }),
    aLine({ sku: 'b', onHand: 1n, location: 'nowhere' }),
    aLine({ sku }),
  ]
  const refusal = refusedWith(await importing(lines))

  expect(refusal.lines?.map(({ index, reason }) => [index, reason])).toEqual([
    [1, 'SKU_INVALID'],
    [2, 'QUANTITY_INVALID'],
    [3, 'LOCATION_UNKNOWN'],
    [4, 'LINE_DUPLICATE'],
  ])
  expect(refusedWith(await showStock(inventory.db, sku)).reason).toBe('ITEM_UNKNOWN')
})

test('a check tells the bad lines of an import and writes nothing, not even when all are good', async () => {
  const check = (lines: ImportLine[]) =>
    importItems(inventory.deps, { idempotencyKey: aKey(), actor: 'ann', lines, checkOnly: true })
  const sku = aKey('CHECKED')

  const refusal = refusedWith(await check([aLine({ sku }), aLine({ sku: '..' }), aLine({ sku })]))
  const good = done(await check([aLine({ sku, onHand: 4n })]))

  expect(refusal.message).toContain('2 of 3 lines refused, nothing was written; line 2 (..):')
  expect(refusal.lines).toMatchObject([
    { index: 1, item: '..' },
    { index: 2, message: expect.stringContaining('by line 1 already') },
  ])
  expect(good).toEqual({ created: 0, updated: 0, unchanged: 0 })
  expect(refusedWith(await showStock(inventory.db, sku)).reason).toBe('ITEM_UNKNOWN')
})

test('[R09] an import of 1,000 items may be sent twice', async () => {
  const lines = Array.from({ length: 1_000 }, () => aLine({ sku: aKey('BULK'), onHand: 3n }))
  const key = aKey()

  const first = done(await importing(lines, key))
  const again = done(await importing(lines, key))
  const anew = done(await importing(lines))

  expect(first).toEqual({ created: 1_000, updated: 0, unchanged: 0 })
  expect(again).toEqual(first)
  expect(anew).toEqual({ created: 0, updated: 0, unchanged: 1_000 })
}, 60_000)

test.each([
  [[], 'BATCH_EMPTY'],
  [Array.from({ length: 1_001 }, () => aLine({ sku: 'x' })), 'BATCH_TOO_LARGE'],
])('an import of %# lines too few or too many is refused', async (lines, reason) => {
  expect(refusedWith(await importing(lines)).reason).toBe(reason)
})
