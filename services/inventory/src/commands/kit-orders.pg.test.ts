import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  aKey,
  anItem,
  defaultLocationId,
  done,
  eventsOf,
  levelOf,
  openInventory,
  type GivenItem,
  type InventoryFixture,
} from '../../test/inventory-fixture.ts'
import type { SnapshotLine } from '../domain/order-books.ts'
import { booksOfOrder } from '../queries/order-books.ts'
import { unbalancedLevels } from '../queries/unbalanced-levels.ts'
import { applyOrderSnapshot } from './apply-order-snapshot.ts'
import { computeDueKits } from './compute-due-kits.ts'
import { countDespatch } from './count-despatch.ts'
import { setKit } from './set-kit.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const call = () => ({ idempotencyKey: aKey(), actor: 'ann' })

async function makeKit(kit: GivenItem, parts: readonly [GivenItem, number][]): Promise<void> {
  const components = parts.map(([part, quantity]) => ({ item: part.id, quantity: BigInt(quantity) }))
  done(await setKit(inventory.deps, { ...call(), item: kit.id, expectedVersion: 0n, components }))
}

async function aKit(...parts: readonly [GivenItem, number][]): Promise<GivenItem> {
  const kit = await anItem(inventory.deps, { sku: aKey('KIT') })
  await makeKit(kit, parts)
  return kit
}

interface GivenOrder {
  orderId: string
  lineId: string
  item: GivenItem | undefined
}

const anOrder = (item?: GivenItem): GivenOrder => ({ orderId: aKey('ord'), lineId: aKey('oln'), item })
const placeOf = (item: GivenItem | undefined) => item && { itemId: item.id, locationId: defaultLocationId }

function take(order: GivenOrder, revision: number, line: Partial<SnapshotLine> = {}): Promise<boolean> {
  const numbers = { ordered: 1, cancelled: 0, fulfilledOnAmazon: 0 }
  const lines = [{ lineId: order.lineId, place: placeOf(order.item), ...numbers, ...line }]
  const snapshot = { orderId: order.orderId, revision, movesStock: true, lines }
  return applyOrderSnapshot(inventory.deps, { snapshot, note: '' })
}

function despatch(order: GivenOrder, quantity: number, despatchId = aKey('dsp')): Promise<boolean> {
  const lines = [{ lineId: order.lineId, place: placeOf(order.item), quantity }]
  return countDespatch(inventory.deps, {
    despatch: { despatchId, orderId: order.orderId, lines },
    actor: 'ben',
    note: '',
  })
}

const level = (item: GivenItem) => levelOf(inventory.db, item.id)

async function expectBalance(): Promise<void> {
  for (let bucket = 0; bucket < 256; bucket += 1) expect(await unbalancedLevels(inventory.db, bucket)).toEqual([])
}

test('[B6] an order for a kit reserves its components, and its books are told in kits', async () => {
  const { db, deps } = inventory
  const [box, cup] = [await anItem(deps, { onHand: 5 }), await anItem(deps, { onHand: 10 })]
  const order = anOrder(await aKit([box, 1], [cup, 3]))

  await take(order, 1, { ordered: 2 })

  expect(await level(box)).toMatchObject({ onHand: 5, reserved: 2 })
  expect(await level(cup)).toMatchObject({ onHand: 10, reserved: 6 })
  expect(await booksOfOrder(db, order.orderId)).toMatchObject([{ lineId: order.lineId, ordered: 2, reserved: 2 }])
  await expectBalance()
})

test('[B6] a kit says by which order its number fell, in the order’s own transaction', async () => {
  const { db, deps } = inventory
  const cup = await anItem(deps, { onHand: 10 })
  const kit = await aKit([cup, 2])
  const order = anOrder(kit)

  await take(order, 1, { ordered: 2 })
  await take(order, 2, { ordered: 2, cancelled: 1 })

  const told = (await eventsOf(db, kit.id))
    .slice(1)
    .map(({ payload }) => [payload.changes[0]?.available, payload.cause])
  expect(told).toEqual([
    ['3', { kind: 'order_reserved', reference: order.orderId, actor: 'order-download' }],
    ['4', { kind: 'order_cancelled', reference: order.orderId, actor: 'order-download' }],
  ])
  await computeDueKits(deps)
  expect(await eventsOf(db, kit.id)).toHaveLength(3)
})

test('[B6] a despatched kit takes its components off the shelf, part by part, and a cancellation gives the rest back', async () => {
  const { db, deps } = inventory
  const cup = await anItem(deps, { onHand: 10 })
  const order = anOrder(await aKit([cup, 2]))
  const despatchId = aKey('dsp')
  await take(order, 1, { ordered: 3 })

  for (let time = 0; time < 2; time += 1) await despatch(order, 1, despatchId)
  expect(await level(cup)).toMatchObject({ onHand: 8, reserved: 4 })
  await take(order, 2, { ordered: 3, cancelled: 2, fulfilledOnAmazon: 1 })

  expect(await level(cup)).toMatchObject({ onHand: 8, reserved: 0 })
  expect(await booksOfOrder(db, order.orderId)).toMatchObject([{ despatched: 1, cancelled: 2, reserved: 0 }])
  await expectBalance()
})

test('[B6] what an order took is what it gives back, although the kit has changed since', async () => {
  const { deps } = inventory
  const [cup, mug] = [await anItem(deps, { onHand: 10 }), await anItem(deps, { onHand: 10 })]
  const kit = await aKit([cup, 2])
  const [before, after] = [anOrder(kit), anOrder(kit)]
  await take(before, 1)

  await makeKit(kit, [[mug, 5]])
  await take(before, 2, { cancelled: 1 })
  await take(after, 1)

  expect(await level(cup)).toMatchObject({ reserved: 0 })
  expect(await level(mug)).toMatchObject({ reserved: 5 })
  await expectBalance()
})

test('[B6] [B21] a line that is linked to a kit later reserves its components then', async () => {
  const { deps } = inventory
  const cup = await anItem(deps, { onHand: 10 })
  const order = anOrder()
  await take(order, 1, { ordered: 2 })

  order.item = await aKit([cup, 2])
  await take(order, 2, { ordered: 2 })

  expect(await level(cup)).toMatchObject({ reserved: 4 })
  await expectBalance()
})

test('[B6] a despatch that comes before its order takes the components, and the order reserves the rest', async () => {
  const { deps } = inventory
  const cup = await anItem(deps, { onHand: 10 })
  const order = anOrder(await aKit([cup, 2]))

  await despatch(order, 1)
  expect(await level(cup)).toMatchObject({ onHand: 8, reserved: 0 })
  await take(order, 1, { ordered: 3 })

  expect(await level(cup)).toMatchObject({ onHand: 8, reserved: 4 })
  await expectBalance()
})

test('[B6] an order that was there before its item became a kit keeps to the item', async () => {
  const { deps } = inventory
  const item = await anItem(deps, { sku: aKey('KIT') })
  const cup = await anItem(deps, { onHand: 4 })
  const order = anOrder(item)
  await take(order, 1, { cancelled: 1 })

  await makeKit(item, [[cup, 1]])
  await take(order, 2, { cancelled: 1 })

  expect(await level(cup)).toMatchObject({ reserved: 0 })
  await expectBalance()
})

type Step =
  | { revision: number; ordered: number; cancelled: number; fulfilled: number }
  | { despatch: number; id: number }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ revision: fc.integer({ min: 1, max: 6 }), ordered: fc.integer({ min: 0, max: 4 }), cancelled: fc.integer({ min: 0, max: 4 }), fulfilled: fc.integer({ min: 0, max: 4 }) }), // prettier-ignore
    fc.record({ despatch: fc.integer({ min: 1, max: 3 }), id: fc.integer({ min: 1, max: 3 }) }),
  ),
  { minLength: 1, maxLength: 8 },
)

test('[B6] whatever messages come, a kit moves its components as often as an item of its own would move', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (story) => {
      const { deps } = inventory
      const [plain, cup] = [await anItem(deps, { onHand: 50 }), await anItem(deps, { onHand: 150 })]
      const [order, ofKit] = [anOrder(plain), anOrder(await aKit([cup, 3]))]

      for (const step of story) await Promise.all([tell(order, step), tell(ofKit, step)])

      const [one, three] = [await level(plain), await level(cup)]
      expect([three.onHand, three.reserved]).toEqual([one.onHand * 3, one.reserved * 3])
    }),
    { numRuns: 15 },
  )
  await expectBalance()
})

function tell(order: GivenOrder, step: Step): Promise<boolean> {
  if ('despatch' in step) return despatch(order, step.despatch, `${order.orderId}-${step.id}`)
  const { revision, ordered, cancelled, fulfilled } = step
  return take(order, revision, { ordered, cancelled, fulfilledOnAmazon: fulfilled })
}
