import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Kysely } from 'kysely'
import {
  aKey,
  aLocation,
  anItem,
  defaultLocationId,
  eventsOf,
  openInventory,
  unbalancedPlaces,
  type GivenItem,
  type InventoryFixture,
} from '../../test/inventory-fixture.ts'
import type { HoldStatement } from '../domain/holds.ts'
import { availabilityOf } from '../queries/availability.ts'
import { listMovements } from '../queries/list-movements.ts'
import { unbalancedLevels } from '../queries/unbalanced-levels.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { applyOrderSnapshot } from './apply-order-snapshot.ts'
import { reserveStock } from './reserve-stock.ts'
import { stateHold, UnknownHoldPlaceError } from './state-hold.ts'
import type { CommandDeps } from './stock-transaction.ts'

const T0 = Date.UTC(2026, 10, 28, 9)
let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

/** One listing of a seller on a channel, with the item it sells. */
interface Listing {
  item: GivenItem
  holdId: string
  connectionId: string
  channelSku: string
}

const aListing = (item: GivenItem): Listing => ({
  item,
  holdId: aKey('grp'),
  connectionId: 'con_1',
  channelSku: aKey('SKU'),
})

const fall = (from: number, to: number, { fromS = 0, readS = 60 } = {}) => ({
  from: { quantity: from, at: T0 + fromS * 1_000, usedUnits: 0 },
  to,
  readAt: T0 + readS * 1_000,
})

function statement(listing: Listing & { heldIn?: string }, version: number, falls: HoldStatement['falls']) {
  const { item, holdId, connectionId, channelSku, heldIn: locationId = defaultLocationId } = listing
  const place = falls.length === 0 ? undefined : { itemId: item.id, locationId }
  return { holdId, connectionId, channelSku, version, falls, place }
}

const state = (stated: HoldStatement, deps: CommandDeps = inventory.deps) =>
  stateHold(deps, {
    statement: stated,
    kind: 'held',
    cause: { reference: stated.holdId, actor: 'connector', note: '' },
  })

interface GivenOrder {
  orderId: string
  soldS: number
  units: number
  revision?: number
}

function order({ item, connectionId, channelSku }: Listing, given: GivenOrder, deps = inventory.deps) {
  const { orderId, soldS, units, revision = 1 } = given
  const lineId = `oln-${orderId}`
  const place = { itemId: item.id, locationId: defaultLocationId }
  const lines = [{ lineId, place, ordered: units, cancelled: 0, fulfilledOnAmazon: 0 }]
  const soldAt = new Date(T0 + soldS * 1_000)
  return applyOrderSnapshot(deps, {
    snapshot: { orderId, revision, movesStock: true, lines },
    note: '',
    sales: [{ lineId, orderId, connectionId, channelSku, soldAt, units }],
  })
}

const anOrder = (soldS: number, units = 1): GivenOrder => ({ orderId: aKey('ord'), soldS, units })

async function levelOf(db: Kysely<InventoryDb>, { id }: GivenItem, locationId = defaultLocationId) {
  return db
    .selectFrom('stock_level')
    .select(['on_hand as onHand', 'reserved', 'held', 'holds', 'available', 'version'])
    .where('item_id', '=', id)
    .where('location_id', '=', locationId)
    .executeTakeFirstOrThrow()
}

test('what Amazon sold and nobody downloaded is held: available falls at once, and the event says whose hold it is', async () => {
  const { db, deps } = inventory
  const listing = aListing(await anItem(deps, { onHand: 10 }))

  await state(statement(listing, 1, [fall(10, 7)]))

  expect(await levelOf(db, listing.item)).toMatchObject({ onHand: 10, reserved: 0, held: 3, available: 7 })
  const events = await eventsOf(db, listing.item.id)
  expect(events.at(-1)?.payload).toMatchObject({
    changes: [{ available: '7', holds: { holds: [{ holdId: listing.holdId, units: '3' }] } }],
    cause: { kind: 'held', reference: listing.holdId },
  })
  expect(await availabilityOf(db, [listing.item.id])).toMatchObject([
    { locations: [{ available: 7, holds: { [listing.holdId]: 3 } }] },
  ])
})

test('[R02] a caller that asks before it sells is refused what a hold keeps back', async () => {
  const { deps } = inventory
  const listing = aListing(await anItem(deps, { onHand: 3 }))
  await state(statement(listing, 1, [fall(3, 1)]))

  const ask = (quantity: bigint) =>
    reserveStock(deps, {
      idempotencyKey: aKey(),
      actor: 'shop',
      reference: '',
      lines: [{ item: listing.item.id, location: '', quantity }],
    })

  expect(await ask(2n)).toMatchObject({ kind: 'refused', reason: 'INSUFFICIENT_STOCK' })
  expect(await ask(1n)).toMatchObject({ levels: [{ held: 2, available: 0 }] })
})

test('[B8] each entry of the ledger says what was held after it, whoever wrote it', async () => {
  const { db, deps } = inventory
  const listing = aListing(await anItem(deps, { onHand: 5 }))
  await state(statement(listing, 1, [fall(5, 3)]))
  const lines = [{ item: listing.item.id, location: '', quantity: 1n }]
  await reserveStock(deps, { idempotencyKey: aKey(), actor: 'shop', reference: '', lines })
  await order(listing, anOrder(30, 1))

  const answer = await listMovements(db, { item: listing.item.id, location: '', page: { size: 0, token: '' } })

  if ('reason' in answer) throw new Error(answer.message)
  expect(answer.movements.map(({ heldChange, heldAfter }) => [heldChange, heldAfter])).toEqual([
    [-1, 1],
    [0, 2],
    [2, 2],
    [0, 0],
  ])
})

test('an order turns its hold into its reservation in one entry: available stays, nothing is counted twice, whichever comes first', async () => {
  const { db, deps } = inventory
  const [first, second] = [aListing(await anItem(deps, { onHand: 10 })), aListing(await anItem(deps, { onHand: 10 }))]

  await state(statement(first, 1, [fall(10, 7)]))
  await order(first, anOrder(30, 2))
  await order(second, anOrder(30, 2))
  await state(statement(second, 1, [fall(10, 7)]))

  for (const { item, holdId } of [first, second]) {
    expect(await levelOf(db, item)).toMatchObject({ reserved: 2, held: 1, holds: { [holdId]: 1 }, available: 7 })
  }
  const history = await listMovements(db, { item: first.item.id, location: '', page: { size: 1, token: '' } })
  expect(history).toMatchObject({
    movements: [{ reservedChange: 2, heldChange: -2, onHandChange: 0, cause: { kind: 'order_reserved' } }],
  })
})

test('orders from outside the falls explain nothing, and neither do those of another connection', async () => {
  const { db, deps } = inventory
  const listing = aListing(await anItem(deps, { onHand: 10 }))
  await state(statement(listing, 1, [fall(10, 7, { fromS: 0, readS: 60 })]))

  await order(listing, anOrder(-5))
  await order(listing, anOrder(61))
  await order({ ...listing, connectionId: 'con_2' }, anOrder(30))

  expect(await levelOf(db, listing.item)).toMatchObject({ reserved: 3, held: 3, available: 4 })
})

test('the released hold gives back what no order explains, and ends what an order explained without a change', async () => {
  const { db, deps } = inventory
  const listing = aListing(await anItem(deps, { onHand: 10 }))
  await state(statement(listing, 1, [fall(10, 7)]))
  await order(listing, anOrder(30, 1))

  await state(statement(listing, 2, []))

  expect(await levelOf(db, listing.item)).toMatchObject({ reserved: 1, held: 0, holds: null, available: 9 })
  expect(await unbalancedPlaces(db)).toEqual([])
})

test('[R10] a level that holds what no hold explains is found by the check', async () => {
  const { db, deps } = inventory
  const listing = aListing(await anItem(deps, { onHand: 10 }))
  await state(statement(listing, 1, [fall(10, 7)]))
  const { bucket } = await db
    .selectFrom('item')
    .select('digest_bucket as bucket')
    .where('id', '=', listing.item.id)
    .executeTakeFirstOrThrow()
  const inOrder = await unbalancedLevels(db, bucket)

  await db.updateTable('channel_hold').set({ units: 2 }).where('hold_id', '=', listing.holdId).execute()

  expect(inOrder).toEqual([])
  expect(await unbalancedLevels(db, bucket)).toMatchObject([{ held: 3, ledgerHeld: 3, heldByHolds: 2 }])
  await db.updateTable('channel_hold').set({ units: 3 }).where('hold_id', '=', listing.holdId).execute()
})

test('[R08] a statement that is repeated or older changes nothing and announces nothing', async () => {
  const { db, deps } = inventory
  const listing = aListing(await anItem(deps, { onHand: 10 }))

  const answers = []
  for (const [version, to] of [
    [2, 7],
    [2, 7],
    [1, 2],
  ] as const) {
    answers.push(await state(statement(listing, version, [fall(10, to)])))
  }

  expect(answers).toEqual([true, false, false])
  expect(await levelOf(db, listing.item)).toMatchObject({ held: 3, version: 3 })
  expect(await eventsOf(db, listing.item.id)).toHaveLength(2)
})

test('a hold moves with the order location in one event, and an order cancelled meanwhile explains nothing any more', async () => {
  const { db, deps } = inventory
  const listing = aListing(await anItem(deps, { onHand: 10 }))
  const elsewhere = await aLocation(deps)
  const sold = anOrder(30, 2)
  await state(statement(listing, 1, [fall(10, 7)]))
  await order(listing, sold)

  await state(statement({ ...listing, heldIn: elsewhere.id }, 2, [fall(10, 7)]))
  const moved = [await levelOf(db, listing.item), await levelOf(db, listing.item, elsewhere.id)]
  await order(listing, { ...sold, units: 0, revision: 2 })

  expect(moved).toMatchObject([
    { held: 0, reserved: 2 },
    { held: 1, available: -1 },
  ])
  expect((await eventsOf(db, listing.item.id)).some(({ payload }) => payload.changes.length === 2)).toBe(true)
  expect(await levelOf(db, listing.item, elsewhere.id)).toMatchObject({ held: 3 })
})

test('holds of two SKUs of one item stand beside each other', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 10 })
  const [one, other] = [aListing(item), aListing(item)]

  await state(statement(one, 1, [fall(10, 7)]))
  await state(statement(other, 1, [fall(9, 8)]))
  await state(statement(one, 2, []))

  expect(await levelOf(db, item)).toMatchObject({ held: 1, holds: { [other.holdId]: 1 }, available: 9 })
})

test('a hold of an item that nobody has here is a fault, and nothing of it is written', async () => {
  const { db, deps } = inventory
  const listing = aListing({ ...(await anItem(deps)), id: 'itm_nowhere' })

  await expect(state(statement(listing, 1, [fall(5, 4)]))).rejects.toThrow(UnknownHoldPlaceError)

  expect(await db.selectFrom('channel_hold').select('hold_id').where('hold_id', '=', listing.holdId).execute()).toEqual(
    [],
  )
})

test('[R03] [R08] holds, releases and orders of two SKUs of one item, shuffled, up to five times each and by three replicas at once, end as in order', async () => {
  const { db, deps } = inventory
  const replicas = [deps, inventory.anotherReplica(), inventory.anotherReplica()]
  const sold = fc.array(fc.record({ soldS: fc.integer({ min: 1, max: 59 }), units: fc.integer({ min: 1, max: 3 }) }), {
    maxLength: 5,
  })
  const given = fc.record({ sold, drifted: fc.nat(2), isReleased: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.tuple(given, given), fc.infiniteStream(fc.nat(999)), async (skus, dice) => {
      const roll = () => Number(dice.next().value)
      const item = await anItem(deps, { onHand: 100 })
      const messages = skus.flatMap(({ sold: orders, drifted, isReleased }) => {
        const listing = aListing(item)
        const total = orders.reduce((sum, { units }) => sum + units, 0)
        const all = [
          (on: CommandDeps) => state(statement(listing, 1, [fall(50, 50 - total - drifted)]), on),
          ...orders.map((one) => {
            const placed = { orderId: aKey('ord'), ...one }
            return (on: CommandDeps) => order(listing, placed, on)
          }),
          ...(isReleased ? [(on: CommandDeps) => state(statement(listing, 2, []), on)] : []),
        ]
        return all.flatMap((message) => Array.from({ length: 1 + (roll() % 5) }, () => message))
      })
      const shuffled = messages.map((message) => ({ message, key: roll() })).toSorted((a, b) => a.key - b.key)
      const work = replicas.map(async (on, i) => {
        for (const { message } of shuffled.filter((_, place) => place % replicas.length === i)) await message(on)
      })
      await Promise.all(work)

      const reserved = skus.flatMap((sku) => sku.sold).reduce((sum, { units }) => sum + units, 0)
      const held = skus.filter((sku) => !sku.isReleased).reduce((sum, { drifted }) => sum + drifted, 0)
      expect(await levelOf(db, item)).toMatchObject({ reserved, held, available: 100 - reserved - held })
      expect(await unbalancedPlaces(db)).toEqual([])
    }),
    { numRuns: 25 },
  )
})
