import { afterAll, beforeAll, expect, test } from '@jest/globals'
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
  type GivenItem,
  type InventoryFixture,
} from '../../test/inventory-fixture.ts'
import type { SnapshotLine } from '../domain/order-books.ts'
import { booksOfOrder } from '../queries/order-books.ts'
import { linesOfOrder } from '../store/order-books.ts'
import { applyOrderSnapshot } from './apply-order-snapshot.ts'
import { countDespatch } from './count-despatch.ts'
import { moveOrder } from './move-order.ts'
import { setKit } from './set-kit.ts'
import { setStock } from './set-stock.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const call = () => ({ idempotencyKey: aKey(), actor: 'ann' })

interface GivenOrder {
  orderId: string
  item: GivenItem
}

async function snapshot(
  { orderId, item }: GivenOrder,
  revision: number,
  { movesStock = true, ...line }: Partial<SnapshotLine> & { movesStock?: boolean } = {},
): Promise<void> {
  const place = { itemId: item.id, locationId: defaultLocationId }
  const numbers = { ordered: 2, cancelled: 0, fulfilledOnAmazon: 0 }
  const lines = [{ lineId: `oln_of_${orderId}`, place, ...numbers, ...line }]
  await applyOrderSnapshot(inventory.deps, { snapshot: { orderId, revision, movesStock, lines }, note: '' })
}

async function despatch({ orderId, item }: GivenOrder, quantity: number): Promise<void> {
  const place = { itemId: item.id, locationId: defaultLocationId }
  const lines = [{ lineId: `oln_of_${orderId}`, place, quantity }]
  await countDespatch(inventory.deps, { despatch: { despatchId: aKey('dsp'), orderId, lines }, actor: 'ben', note: '' })
}

/** An order for 2 of an item with 5 in Default and 3 in a second location. */
async function given() {
  const { deps, db } = inventory
  const [item, shop] = [await anItem(deps, { onHand: 5 }), await aLocation(deps)]
  const lines = [{ item: item.id, location: shop.id, onHand: 3n }]
  done(await setStock(deps, { ...call(), note: '', partial: false, lines }))
  const order = { orderId: aKey('ord'), item }
  await snapshot(order, 1)
  const reserved = async () => [(await levelOf(db, item.id)).reserved, (await levelOf(db, item.id, shop.id)).reserved]
  return {
    item,
    shop,
    order,
    reserved,
    move: (location: string) => moveOrder(deps, { ...call(), orderId: order.orderId, location }),
  }
}

test('[B14] an order reserves in one location, and moving it moves the reservation in one event', async () => {
  const { db } = inventory
  const { item, shop, order, reserved, move } = await given()
  const before = await reserved()

  const { location } = done(await move(shop.name))

  expect([before, await reserved()]).toEqual([
    [2, 0],
    [0, 2],
  ])
  expect(location).toEqual(shop)
  const event = (await eventsOf(db, item.id)).at(-1)?.payload
  expect(event?.cause).toMatchObject({ kind: 'order_moved', reference: order.orderId, actor: 'ann' })
  expect(event?.changes.map(({ available }) => available).toSorted()).toEqual(['1', '5'])
  expect(await unbalancedPlaces(db)).toEqual([])
})

test('[B14] what comes later about a moved order happens where it is now: cancellation and despatch alike', async () => {
  const { db } = inventory
  const { item, shop, order, reserved, move } = await given()
  done(await move(shop.id))

  await snapshot(order, 2, { ordered: 3, cancelled: 1 })
  const still = await reserved()
  await despatch(order, 2)

  expect(still).toEqual([0, 2])
  expect([await levelOf(db, item.id), await levelOf(db, item.id, shop.id)]).toMatchObject([
    { onHand: 5, reserved: 0 },
    { onHand: 1, reserved: 0 },
  ])
})

test('[B14] [B21] a line that is linked after the move reserves where the order is', async () => {
  const { db, deps } = inventory
  const { item, shop, order, reserved } = await given()
  const unlinked = { orderId: aKey('ord'), item }
  await snapshot(unlinked, 1, { place: undefined })

  done(await moveOrder(deps, { ...call(), orderId: unlinked.orderId, location: shop.id }))
  const before = await reserved()
  await snapshot(unlinked, 2)

  expect([before, await reserved()]).toEqual([
    [2, 0],
    [2, 2],
  ])
  expect(await linesOfOrder(db, order.orderId)).toMatchObject([{ place: { locationId: defaultLocationId } }])
})

test('[B14] [B6] an order for a kit takes the components it has reserved with it', async () => {
  const { db, deps } = inventory
  const { item: part, shop, reserved } = await given()
  const kit = await anItem(deps, { sku: aKey('KIT') })
  const components = [{ item: part.id, quantity: 3n }]
  done(await setKit(deps, { ...call(), item: kit.id, expectedVersion: 0n, components }))
  const order = { orderId: aKey('ord'), item: kit }
  await snapshot(order, 1, { ordered: 1 })
  const before = await reserved()

  done(await moveOrder(deps, { ...call(), orderId: order.orderId, location: shop.id }))

  expect([before, await reserved()]).toEqual([
    [5, 0],
    [2, 3],
  ])
  expect(await booksOfOrder(db, order.orderId)).toMatchObject([{ reserved: 1, place: { locationId: shop.id } }])
  await snapshot(order, 2, { ordered: 1, cancelled: 1 })
  expect(await reserved()).toEqual([2, 0])
})

test('[B14] an order goes where enough is available, and nowhere in part', async () => {
  const { deps } = inventory
  const { item, shop, reserved, move } = await given()
  const lines = [{ item: item.id, location: shop.id, onHand: 1n }]
  done(await setStock(deps, { ...call(), note: '', partial: false, lines }))

  const refusal = refusedWith(await move(shop.id))

  expect(refusal).toMatchObject({ reason: 'INSUFFICIENT_STOCK', field: 'location', value: shop.name })
  expect(refusal.message).toContain(`only 1 of ${item.sku} are available in ${shop.name}, the order needs 2`)
  expect(await reserved()).toEqual([2, 0])
})

test('[B14] an oversold location gives an order away all the same', async () => {
  const { deps } = inventory
  const { item, shop, reserved, move } = await given()
  const lines = [{ item: item.id, location: '', onHand: 0n }]
  done(await setStock(deps, { ...call(), note: '', partial: false, lines }))

  done(await move(shop.id))

  expect(await reserved()).toEqual([0, 2])
})

test('[B14] moved back and forth, and moved twice under one key, it is reserved once', async () => {
  const { deps } = inventory
  const { order, shop, reserved, move } = await given()
  const command = { ...call(), orderId: order.orderId, location: shop.id }

  const [first, again] = [done(await moveOrder(deps, command)), done(await moveOrder(deps, command))]
  done(await move(shop.id))
  const there = await reserved()
  done(await move('Default'))

  expect(again).toEqual(first)
  expect([there, await reserved()]).toEqual([
    [0, 2],
    [2, 0],
  ])
})

test('[B14] what a third party has in hand is moved only once it is cancelled there', async () => {
  const { db, deps } = inventory
  const { item, order, move } = await given()
  const centre = await aLocation(deps, 'third_party')
  const place = { itemId: item.id, locationId: centre.id }
  const theirs = { orderId: aKey('ord'), item }
  await snapshot(theirs, 1, { place })

  const away = await moveOrder(deps, { ...call(), orderId: theirs.orderId, location: 'Default' })

  expect(refusedWith(away)).toMatchObject({
    reason: 'LOCATION_NOT_OURS',
    message: `order ${theirs.orderId} is with ${centre.name}, which ships it`,
  })
  expect(await levelOf(db, item.id, centre.id)).toMatchObject({ reserved: 2 })
  expect(refusedWith(await move('Moon'))).toMatchObject({ reason: 'LOCATION_UNKNOWN', value: 'Moon' })
  expect(refusedWith(await moveOrder(deps, { ...call(), orderId: 'ord_0', location: 'Default' }))).toMatchObject({
    reason: 'ORDER_UNKNOWN',
  })
  expect(await linesOfOrder(db, order.orderId)).toMatchObject([{ reserved: 2 }])
})

test.each([
  [
    'that Amazon ships',
    async (order: GivenOrder) => snapshot(order, 2, { movesStock: false }),
    'moves no stock of ours',
  ],
  ['that has left', async (order: GivenOrder) => despatch(order, 2), 'has left or is cancelled'],
  ['of which a part has left', async (order: GivenOrder) => despatch(order, 1), 'a part of a line'],
])('[B14] an order %s is not moved', async (_what, happen, words) => {
  const { order, shop, reserved, move } = await given()
  await happen(order)
  const before = await reserved()

  const refusal = refusedWith(await move(shop.id))

  expect(refusal).toMatchObject({ reason: 'ORDER_NOT_MOVABLE', message: expect.stringContaining(words) })
  expect(await reserved()).toEqual(before)
})
