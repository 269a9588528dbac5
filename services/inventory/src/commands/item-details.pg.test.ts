import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { sql } from 'kysely'
import {
  aKey,
  aLocation,
  anItem,
  defaultLocationId,
  done,
  levelOf,
  openInventory,
  refusedWith,
  type InventoryFixture,
} from '../../test/inventory-fixture.ts'
import type { ItemChange } from '../domain/item-details.ts'
import { listItemDetails, listLevels } from '../queries/list-for-files.ts'
import { detailedItem, itemsBySku } from '../store/item-details.ts'
import { adjustStock } from './adjust-stock.ts'
import { applyOrderSnapshot } from './apply-order-snapshot.ts'
import type { PutLine } from './judge-items.ts'
import { previewStock } from './preview-stock.ts'
import { checkItems, putItems } from './put-items.ts'
import { reserveStock } from './reserve-stock.ts'
import { setKit } from './set-kit.ts'
import { updateItem, type UpdateItemCommand } from './update-item.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const call = () => ({ idempotencyKey: aKey(), actor: 'ann' })
const nothing: ItemChange = { setProperties: [], removeProperties: [] }
const aLine = (line: Partial<PutLine> & { sku: string }): PutLine => ({ ...nothing, location: '', ...line })
const putting = (...lines: PutLine[]) => putItems(inventory.deps, { ...call(), lines })

const updating = (item: string, change: Partial<UpdateItemCommand>) =>
  updateItem(inventory.deps, {
    ...call(),
    item,
    expectedVersion: 0n,
    ...nothing,
    trackIn: [],
    untrackIn: [],
    ...change,
  })

const itemEvents = async (itemId: string) => {
  const { rows } = await sql<{ subject: string; payload: Record<string, unknown> }>`
    select subject, payload from outbox where payload -> 'item' ->> 'id' = ${itemId} order by seq`.execute(inventory.db)
  return rows
}

test('[S002-25] [S002-27] [S002-29] [S002-30] [S002-31] a new item costs nothing, weighs nothing, says nothing and is taxed as the system says', async () => {
  const sku = aKey('SKU')

  const [result] = done(await putting(aLine({ sku }))).results

  expect(await detailedItem(inventory.db, result?.itemId ?? '', 'look')).toMatchObject({
    sku,
    title: sku,
    description: '',
    purchasePrice: { minor: 0, currency: '' },
    retailPrice: { minor: 0, currency: '' },
    weightGrams: 0,
    taxRateBasisPoints: -1,
    properties: [],
    version: 1,
  })
})

test('[S002-25] [S002-26] [S002-28] [S002-32] [S002-33] one line makes an item with its title, price, properties and stock in a location', async () => {
  const { db, deps } = inventory
  const shelf = await aLocation(deps)
  const sku = aKey('SKU')
  const line = aLine({
    sku,
    title: 'Cup',
    retailPrice: { minor: 999, currency: 'GBP' },
    setProperties: [{ name: 'Despatch Time', value: '3', type: 'Attribute' }],
    onHand: 7n,
    location: shelf.name,
  })

  const [result] = done(await putting(line)).results

  const itemId = result?.itemId ?? ''
  expect(await detailedItem(db, itemId, 'look')).toMatchObject({
    title: 'Cup',
    retailPrice: { minor: 999, currency: 'GBP' },
  })
  expect(await levelOf(db, itemId, shelf.id)).toMatchObject({ onHand: 7 })
  expect(await itemEvents(itemId)).toMatchObject([
    {
      subject: `evt.inventory.v1.item.changed.-.${itemId}`,
      payload: {
        item: { sku, title: 'Cup', kit: false },
        version: '1',
        properties: [{ name: 'Despatch Time', value: '3', type: 'Attribute' }],
        cause: { kind: 'item_created', actor: 'ann' },
      },
    },
  ])
})

test('what a line does not name stays, what it does changes, and each changed item says so once', async () => {
  const { db } = inventory
  const [one, same] = [aKey('SKU'), aKey('SKU')]
  const first = { title: 'Old', weightGrams: 250, setProperties: [{ name: 'Colour', value: 'red', type: 'Other' }] }
  done(await putting(aLine({ sku: one, ...first }), aLine({ sku: same, ...first })))

  const change = aLine({ sku: one, title: 'New', setProperties: [{ name: 'Colour', value: 'blue', type: 'Other' }] })
  const { results } = done(await putting(change, aLine({ sku: same, ...first })))

  expect(results).toMatchObject([
    {
      outcome: 'updated',
      changes: [
        { field: 'title', from: 'Old', to: 'New' },
        { field: 'property:Colour', from: 'red (Other)', to: 'blue (Other)' },
      ],
    },
    { outcome: 'unchanged', changes: [] },
  ])
  const items = await itemsBySku(db, [one, same], 'look')
  expect(items.get(one)).toMatchObject({ title: 'New', weightGrams: 250, version: 2 })
  expect(items.get(same)).toMatchObject({ version: 1 })
  expect(await itemEvents(items.get(one)?.id ?? '')).toHaveLength(2)
  expect(await itemEvents(items.get(same)?.id ?? '')).toHaveLength(1)
})

test('a check tells line by line what would come, and writes nothing', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps)
  const fresh = aKey('SKU')
  const kit = await anItem(deps)
  done(
    await setKit(deps, { ...call(), item: kit.id, expectedVersion: 0n, components: [{ item: item.id, quantity: 1n }] }),
  )

  const { results } = done(
    await checkItems(deps, [
      aLine({ sku: fresh }),
      aLine({ sku: item.sku, title: 'New' }),
      aLine({ sku: item.sku }),
      aLine({ sku: aKey('SKU'), weightGrams: -1 }),
      aLine({ sku: kit.sku, onHand: 4n }),
    ]),
  )

  expect(results).toMatchObject([
    { outcome: 'created' },
    { outcome: 'updated', changes: [{ field: 'title', from: item.sku, to: 'New' }] },
    { outcome: 'refused', refusal: { reason: 'LINE_DUPLICATE' } },
    { outcome: 'refused', refusal: { field: 'weight_grams', message: expect.stringContaining('weight_grams -1') } },
    { outcome: 'refused', refusal: { reason: 'KIT_WITHOUT_STOCK' } },
  ])
  expect((await itemsBySku(db, [fresh], 'look')).size).toBe(0)
  expect(refusedWith(await putting(aLine({ sku: fresh }), aLine({ sku: kit.sku, onHand: 4n })))).toMatchObject({
    reason: 'LINES_REFUSED',
    lines: [{ index: 1, reason: 'KIT_WITHOUT_STOCK' }],
  })
  expect((await itemsBySku(db, [fresh], 'look')).size).toBe(0)
})

test('a tax rate beyond 100 % is refused in percent, as people give it', async () => {
  const item = await anItem(inventory.deps)

  expect(refusedWith(await updating(item.id, { taxRateBasisPoints: 10_100 }))).toMatchObject({
    message: 'a tax rate of 101 % is not between 0 and 100 %',
  })
})

test.each<[string, Partial<UpdateItemCommand>, string]>([
  ['a price without a currency', { retailPrice: { minor: 5, currency: '' } }, 'retail_price'],
  ['a price below nothing', { purchasePrice: { minor: -5, currency: 'GBP' } }, 'purchase_price'],
  ['a tax rate beyond 100 %', { taxRateBasisPoints: 10_001 }, 'tax_rate_basis_points'],
  ['a description of a book', { description: 'x'.repeat(4_001) }, 'description'],
  ['a title with a NUL', { title: 'a\0' }, 'title'],
  ['a property without a name', { setProperties: [{ name: '', value: '1', type: 'Other' }] }, 'properties'],
  [
    'a property twice',
    { setProperties: ['1', '2'].map((value) => ({ name: 'A', value, type: 'Other' })) },
    'properties',
  ],
])('%s is refused', async (_what, change, field) => {
  const item = await anItem(inventory.deps)
  expect(refusedWith(await updating(item.id, change))).toMatchObject({ reason: 'FIELD_INVALID', field })
})

test('of two people who saw the same version of an item the second one is refused, and nothing of theirs is applied', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps)

  const answers = await Promise.all([
    updating(item.id, { expectedVersion: 1n, title: 'Ann’s' }),
    updating(item.id, { expectedVersion: 1n, weightGrams: 90 }),
  ])

  const refusal = answers.map((answer) => ('kind' in answer ? answer : undefined)).find(Boolean)
  expect(refusal).toMatchObject({
    reason: 'ITEM_CHANGED',
    message: `${item.sku} was changed meanwhile: it is at version 2, not 1`,
  })
  const { title, weightGrams, version } = await detailedItem(db, item.id, 'look')
  expect([[item.sku, 90], ['Ann’s', 0]]).toContainEqual([title, weightGrams]) // prettier-ignore
  expect(version).toBe(2)
})

test('[B5] where an item is not tracked its number neither changes nor is recorded, whatever is sold', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  done(await updating(item.id, { untrackIn: ['Default'] }))
  const before = await levelOf(db, item.id)

  const place = { itemId: item.id, locationId: defaultLocationId }
  const line = { lineId: aKey('oln'), place, ordered: 2, cancelled: 0, fulfilledOnAmazon: 1 }
  const snapshot = { orderId: aKey('ord'), revision: 1, movesStock: true, lines: [line] }
  await applyOrderSnapshot(deps, { snapshot, note: '' })
  const lines = [{ item: item.id, location: '', quantity: 9n }]
  done(await reserveStock(deps, { ...call(), reference: '', lines }))
  const byHand = await adjustStock(deps, {
    ...call(),
    note: '',
    partial: false,
    lines: [{ item: item.id, location: '', delta: 1n }],
  })

  expect(refusedWith(byHand)).toMatchObject({
    reason: 'ITEM_UNTRACKED',
    message: `${item.sku} is not tracked in Default, so its number there stays as it is`,
  })
  expect(await levelOf(db, item.id)).toEqual(before)
  done(await updating(item.id, { trackIn: ['Default'] }))
  await applyOrderSnapshot(deps, { snapshot: { ...snapshot, revision: 2 }, note: '' })
  expect(await levelOf(db, item.id)).toEqual(before)
})

test('[B5] elsewhere the item is counted as ever, and a kit leaves out the component that nobody counts', async () => {
  const { db, deps } = inventory
  const shelf = await aLocation(deps)
  const [box, cup] = [await anItem(deps, { onHand: 1 }), await anItem(deps, { onHand: 6 })]
  done(await updating(box.id, { untrackIn: [shelf.name, 'Default'], trackIn: [] }))
  done(await updating(box.id, { trackIn: [shelf.id] }))
  const kit = await anItem(deps)
  const components = [box, cup].map(({ id }) => ({ item: id, quantity: 1n }))
  done(await setKit(deps, { ...call(), item: kit.id, expectedVersion: 0n, components }))

  done(await reserveStock(deps, { ...call(), reference: '', lines: [{ item: kit.id, location: '', quantity: 1n }] }))

  expect(await levelOf(db, box.id)).toMatchObject({ onHand: 1, reserved: 0 })
  expect(await levelOf(db, cup.id)).toMatchObject({ reserved: 1 })
  expect((await detailedItem(db, box.id, 'look')).untrackedIn).toEqual([defaultLocationId])
  expect(refusedWith(await updating(kit.id, { untrackIn: ['Default'] })).reason).toBe('KIT_WITHOUT_STOCK')
})

test('files get every item and every level once, page by page', async () => {
  const { db, deps } = inventory
  const shelf = await aLocation(deps)
  await anItem(deps)

  const skus = await everyPage(async (token) => {
    const { items, nextPageToken } = done(await listItemDetails(db, { size: 7, token }))
    return { entries: items.map(({ sku }) => sku), nextPageToken }
  })
  const levels = await everyPage(async (token) => {
    const found = done(await listLevels(db, { location: '', page: { size: 7, token } }))
    return {
      entries: found.levels.map(({ sku, locationId }) => `${sku} ${locationId}`),
      nextPageToken: found.nextPageToken,
    }
  })
  const ofShelf = await everyPage(async (token) => {
    const found = done(await listLevels(db, { location: shelf.name, page: { size: 3, token } }))
    return { entries: found.levels.map(({ sku }) => sku), nextPageToken: found.nextPageToken }
  })

  const { rows } = await sql<{ items: number; levels: number }>`
    select (select count(*) from item) as items, (select count(*) from stock_level) as levels`.execute(db)
  expect([new Set(skus).size, skus.length]).toEqual([rows[0]?.items, rows[0]?.items])
  expect([new Set(levels).size, levels.length]).toEqual([rows[0]?.levels, rows[0]?.levels])
  expect(ofShelf).toEqual(skus)
})

async function everyPage(read: (token: string) => Promise<{ entries: string[]; nextPageToken: string }>) {
  const all: string[] = []
  let token = ''
  do {
    const { entries, nextPageToken } = await read(token)
    all.push(...entries)
    token = nextPageToken
  } while (token !== '')
  return all
}

test('a preview of levels tells what is there, or why a line would be refused', async () => {
  const { deps } = inventory
  const item = await anItem(deps, { onHand: 3 })
  const lines = [item.id, 'nowhere', item.id].map((text) => ({ item: text, location: '', onHand: 5n }))

  const { results } = done(await previewStock(deps, lines.slice(0, 2)))
  const twice = done(await previewStock(deps, lines)).results

  expect(results).toMatchObject([{ level: { onHand: 3 } }, { refusal: { reason: 'ITEM_UNKNOWN', index: 1 } }])
  expect(twice).toMatchObject([
    { refusal: { reason: 'LINE_DUPLICATE' } },
    { refusal: { reason: 'ITEM_UNKNOWN' } },
    { refusal: { reason: 'LINE_DUPLICATE' } },
  ])
  expect(await levelOf(inventory.db, item.id)).toMatchObject({ onHand: 3, version: 2 })
})
