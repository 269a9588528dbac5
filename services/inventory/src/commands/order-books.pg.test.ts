import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  aKey,
  anItem,
  defaultLocationId,
  eventsOf,
  levelOf,
  openInventory,
  unbalancedPlaces,
  type GivenItem,
  type InventoryFixture,
} from '../../test/inventory-fixture.ts'
import type { OrderSnapshot, SnapshotLine } from '../domain/order-books.ts'
import { linesOfOrder } from '../store/order-books.ts'
import { applyOrderSnapshot } from './apply-order-snapshot.ts'
import { countDespatch } from './count-despatch.ts'
import { UnknownPlaceError } from './move-by-books.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const placeOf = (item: GivenItem) => ({ itemId: item.id, locationId: defaultLocationId })

interface GivenOrder {
  orderId: string
  lineId: string
  item: GivenItem
}

const anOrder = (item: GivenItem): GivenOrder => ({ orderId: aKey('ord'), lineId: aKey('oln'), item })

function snapshotOf(order: GivenOrder, revision: number, line: Partial<SnapshotLine> = {}): OrderSnapshot {
  const numbers = { ordered: 1, cancelled: 0, fulfilledOnAmazon: 0 }
  const lines = [{ lineId: order.lineId, place: placeOf(order.item), ...numbers, ...line }]
  return { orderId: order.orderId, revision, movesStock: true, lines }
}

const take = (snapshot: OrderSnapshot, deps = inventory.deps) => applyOrderSnapshot(deps, { snapshot, note: '' })

function despatch(order: GivenOrder, quantity: number, { despatchId = aKey('dsp'), deps = inventory.deps } = {}) {
  const { orderId, lineId, item } = order
  const lines = [{ lineId, place: placeOf(item), quantity }]
  return countDespatch(deps, { despatch: { despatchId, orderId, lines }, actor: 'ben', note: '' })
}

test('[S001-13] [S001-14] an order for 1 reserves 1: available falls from 5 to 4, the shelf does not', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const order = anOrder(item)
  const pokes = inventory.pokes()

  await take(snapshotOf(order, 1))

  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 5, reserved: 1, available: 4 })
  expect((await eventsOf(db, item.id)).at(-1)?.payload).toMatchObject({
    changes: [{ available: '4', version: '3' }],
    cause: { kind: 'order_reserved', reference: order.orderId, actor: 'order-download' },
  })
  expect(inventory.pokes()).toBe(pokes + 1)
})

test('[R02] stock 1, three orders of 1: all are kept, available is -2', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 1 })
  const orders = [anOrder(item), anOrder(item), anOrder(item)]

  await Promise.all(orders.map((order) => take(snapshotOf(order, 1))))

  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 1, reserved: 3, available: -2 })
  for (const order of orders) expect(await linesOfOrder(db, order.orderId)).toMatchObject([{ reserved: 1 }])
  expect((await eventsOf(db, item.id)).at(-1)?.payload.changes).toMatchObject([{ available: '-2' }])
})

test('[R08] a snapshot that is repeated, or older than what is known, moves nothing and announces nothing', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const order = anOrder(item)

  const answers = []
  for (const revision of [2, 2, 1]) answers.push(await take(snapshotOf(order, revision, { ordered: revision })))

  expect(answers).toEqual([true, false, false])
  expect(await levelOf(db, item.id)).toMatchObject({ reserved: 2, version: 3 })
  expect(await eventsOf(db, item.id)).toHaveLength(2)
})

test('two lines of one item in an order make one event, two items two', async () => {
  const { db, deps } = inventory
  const [one, two] = [await anItem(deps, { onHand: 5 }), await anItem(deps, { onHand: 5 })]
  const order = anOrder(one)
  const first = snapshotOf(order, 1)
  const more = [one, two].map((item) => snapshotOf(anOrder(item), 1).lines).flat()

  await take({ ...first, lines: [...first.lines, ...more] })

  expect(await levelOf(db, one.id)).toMatchObject({ reserved: 2, version: 3 })
  expect([(await eventsOf(db, one.id)).length, (await eventsOf(db, two.id)).length]).toEqual([2, 2])
})

test('a despatch takes the units off the shelf and out of the reservation, once', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const order = anOrder(item)
  const despatchId = aKey('dsp')
  await take(snapshotOf(order, 1, { ordered: 2 }))

  const counted = await Promise.all(Array.from({ length: 5 }, () => despatch(order, 2, { despatchId })))

  expect(counted.filter(Boolean)).toHaveLength(1)
  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 3, reserved: 0, available: 3 })
  expect((await eventsOf(db, item.id)).at(-1)?.payload.cause).toEqual({
    kind: 'despatched',
    reference: despatchId,
    actor: 'ben',
  })
})

test('a despatch may come before its order', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const order = anOrder(item)

  await despatch(order, 1)
  const early = await levelOf(db, item.id)
  await take(snapshotOf(order, 1, { ordered: 3 }))

  expect(early).toMatchObject({ onHand: 4, reserved: 0 })
  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 4, reserved: 2, available: 2 })
})

test('units shipped outside are taken off the shelf, and a despatch of ours that is shown later is not counted twice', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const order = anOrder(item)
  await take(snapshotOf(order, 1, { ordered: 2 }))

  await take(snapshotOf(order, 2, { ordered: 2, fulfilledOnAmazon: 2 }))
  const outside = await levelOf(db, item.id)
  await despatch(order, 2)

  expect(outside).toMatchObject({ onHand: 3, reserved: 0 })
  expect((await eventsOf(db, item.id)).at(-1)?.payload.cause.kind).toBe('shipped_outside')
  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 3, reserved: 0, version: outside.version })
})

test('what was shipped although it was not there is a shortfall, never floored', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 1 })

  await take(snapshotOf(anOrder(item), 1, { ordered: 3, fulfilledOnAmazon: 3 }))

  expect(await levelOf(db, item.id)).toMatchObject({ onHand: -2, reserved: 0, available: -2 })
})

test('a cancellation releases; after the despatch nothing comes back', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const [open, gone] = [anOrder(item), anOrder(item)]
  await take(snapshotOf(open, 1))
  await take(snapshotOf(gone, 1))
  await despatch(gone, 1)

  await take(snapshotOf(open, 2, { cancelled: 1 }))
  await take(snapshotOf(gone, 2, { cancelled: 1 }))

  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 4, reserved: 0, available: 4 })
  expect((await eventsOf(db, item.id)).at(-1)?.payload.cause.kind).toBe('order_cancelled')
})

test('an order that moves no stock is in the books and leaves every level alone', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const order = anOrder(item)

  await take({ ...snapshotOf(order, 1, { fulfilledOnAmazon: 1 }), movesStock: false })

  expect(await linesOfOrder(db, order.orderId)).toMatchObject([
    { ordered: 1, fulfilledOnAmazon: 1, reserved: 0, taken: 0 },
  ])
  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 5, reserved: 0, version: 2 })
})

test('[B21] an unlinked line reserves nothing until a later snapshot links it, and then all that is open', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const order = anOrder(item)

  await take(snapshotOf(order, 1, { ordered: 3, place: undefined }))
  const unlinked = await levelOf(db, item.id)
  await take(snapshotOf(order, 2, { ordered: 3 }))

  expect(unlinked).toMatchObject({ reserved: 0, version: 2 })
  expect(await levelOf(db, item.id)).toMatchObject({ reserved: 3 })
})

test('a line that names an item nobody has here is a fault, and nothing of its order is written', async () => {
  const { db, deps } = inventory
  const order = anOrder({ ...(await anItem(deps)), id: 'itm_nowhere' })

  await expect(take(snapshotOf(order, 1))).rejects.toThrow(UnknownPlaceError)

  expect(await linesOfOrder(db, order.orderId)).toEqual([])
})

test('[R03] [R08] snapshots and despatches of many orders over few items, shuffled, repeated and from three replicas, end as in order', async () => {
  const { db, deps } = inventory
  const items = [await anItem(deps, { onHand: 100 }), await anItem(deps, { onHand: 100 })]
  const replicas = [deps, inventory.anotherReplica(), inventory.anotherReplica()]
  const orders = Array.from({ length: 12 }, (_, index) => anOrder(items[index % 2] ?? items[0] ?? { id: '', sku: '' }))
  const messages = orders.flatMap((order) => {
    const despatchId = aKey('dsp')
    return [
      (replica: typeof deps) => take(snapshotOf(order, 1, { ordered: 5 }), replica),
      (replica: typeof deps) => take(snapshotOf(order, 2, { ordered: 5, fulfilledOnAmazon: 2 }), replica),
      (replica: typeof deps) => take(snapshotOf(order, 3, { ordered: 5, cancelled: 1, fulfilledOnAmazon: 3 }), replica),
      (replica: typeof deps) => despatch(order, 2, { despatchId, deps: replica }),
    ]
  })

  const deliveries = [...messages, ...messages.toReversed(), ...messages]
    .map((deliver, index) => ({ deliver, rank: (index * 7_919) % 211, replica: replicas[index % 3] ?? deps }))
    .toSorted((a, b) => a.rank - b.rank)
  await Promise.all(deliveries.map(({ deliver, replica }) => deliver(replica)))

  for (const item of items) {
    expect(await levelOf(db, item.id)).toMatchObject({ onHand: 100 - 6 * 3, reserved: 6, available: 76 })
  }
  expect(await unbalancedPlaces(db)).toEqual([])
}, 60_000)
