import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  aKey,
  anItem,
  done,
  eventsOf,
  levelOf,
  openInventory,
  refusedWith,
  unbalancedPlaces,
  type InventoryFixture,
} from '../../test/inventory-fixture.ts'
import { isRefused } from '../domain/refusal.ts'
import { releaseReservation } from './release-reservation.ts'
import { reserveStock, type ReserveStockCommand } from './reserve-stock.ts'
import { reserveTogether } from './reserve-together.ts'
import type { CommandDeps } from './stock-transaction.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const aCommand = (command: Partial<ReserveStockCommand>): ReserveStockCommand => ({
  idempotencyKey: aKey(),
  actor: 'shop',
  reference: '',
  lines: [],
  ...command,
})

const aLine = (item: string, quantity: bigint) => ({ item, location: '', quantity })

const aRelease = (reservationId: string, idempotencyKey = aKey()) => ({ idempotencyKey, actor: 'shop', reservationId })

test('a reservation lowers what is available and leaves the shelf alone', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })

  const reserved = done(await reserveStock(deps, aCommand({ lines: [aLine(item.sku, 2n)], reference: 'web-17' })))

  expect(reserved.reservationId).toMatch(/^rsv_/)
  expect(reserved.levels).toMatchObject([{ onHand: 5, reserved: 2, available: 3 }])
  expect((await eventsOf(db, item.id)).at(-1)?.payload).toMatchObject({
    changes: [{ available: '3' }],
    cause: { kind: 'reserved', reference: reserved.reservationId, actor: 'shop', note: 'web-17' },
  })
})

test('too few available: refused with how many there are, and nothing of it is reserved', async () => {
  const { db, deps } = inventory
  const [plenty, few] = [await anItem(deps, { onHand: 9 }), await anItem(deps, { onHand: 2 })]

  const lines = [aLine(plenty.sku, 1n), aLine(few.sku, 3n)]
  const refusal = refusedWith(await reserveStock(deps, aCommand({ lines })))

  expect(refusal).toMatchObject({ reason: 'INSUFFICIENT_STOCK', field: 'quantity', value: '3' })
  expect(refusal.message).toContain('only 2 available')
  expect(refusal.lines).toMatchObject([{ index: 1, reason: 'INSUFFICIENT_STOCK' }])
  expect(await levelOf(db, plenty.id)).toMatchObject({ reserved: 0, version: 2 })
})

test('two lines of one item are one demand', async () => {
  const { deps } = inventory
  const item = await anItem(deps, { onHand: 3 })

  const tooMany = aCommand({ lines: [aLine(item.sku, 2n), aLine(item.id, 2n)] })
  const enough = aCommand({ lines: [aLine(item.sku, 2n), aLine(item.id, 1n)] })

  expect(refusedWith(await reserveStock(deps, tooMany)).message).toContain('only 3 available')
  expect(done(await reserveStock(deps, enough)).levels).toMatchObject([{ reserved: 3, available: 0 }])
})

test.each([
  ['no lines', [], 'BATCH_EMPTY'],
  ['101 lines', Array.from({ length: 101 }, () => aLine('x', 1n)), 'BATCH_TOO_LARGE'],
  ['a quantity of 0', [aLine('x', 0n)], 'QUANTITY_INVALID'],
  ['a negative quantity', [aLine('x', -1n)], 'QUANTITY_INVALID'],
  ['an unknown item', [aLine('nowhere', 1n)], 'ITEM_UNKNOWN'],
])('a reservation with %s is refused', async (_, lines, reason) => {
  expect(refusedWith(await reserveStock(inventory.deps, aCommand({ lines }))).reason).toBe(reason)
})

test('[R09] a repeated reservation is the first one', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const command = aCommand({ lines: [aLine(item.sku, 2n)] })

  const first = done(await reserveStock(deps, command))
  const again = done(await reserveStock(deps, command))

  expect(again).toEqual(first)
  expect(await levelOf(db, item.id)).toMatchObject({ reserved: 2 })
})

test('[R09] a refusal is not kept: the same key may succeed when there is stock', async () => {
  const { deps } = inventory
  const item = await anItem(deps, { onHand: 1 })
  const held = done(await reserveStock(deps, aCommand({ lines: [aLine(item.sku, 1n)] })))
  const command = aCommand({ lines: [aLine(item.sku, 1n)] })

  const before = await reserveStock(deps, command)
  done(await releaseReservation(deps, aRelease(held.reservationId)))
  const after = await reserveStock(deps, command)

  expect([isRefused(before), isRefused(after)]).toEqual([true, false])
})

test('a reservation is given back once, however often and under whatever key', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const other = done(await reserveStock(deps, aCommand({ lines: [aLine(item.sku, 1n)] })))
  const { reservationId } = done(await reserveStock(deps, aCommand({ lines: [aLine(item.sku, 2n)] })))

  const answers = await Promise.all(Array.from({ length: 8 }, () => releaseReservation(deps, aRelease(reservationId))))

  for (const answer of answers) expect(done(answer).levels).toMatchObject([{ reserved: 1, available: 4 }])
  expect(await levelOf(db, item.id)).toMatchObject({ reserved: 1 })
  expect((await eventsOf(db, item.id)).at(-1)?.payload.cause).toMatchObject({
    kind: 'released',
    reference: reservationId,
  })
  done(await releaseReservation(deps, aRelease(other.reservationId)))
})

test.each(['rsv_nowhere', '', 'a\0b'])('releasing %j, which is no reservation, is refused', async (id) => {
  expect(refusedWith(await releaseReservation(inventory.deps, aRelease(id))).reason).toBe('RESERVATION_UNKNOWN')
})

test.each([
  ['together', 1],
  ['together', 2],
  ['alone', 3],
] as const)(
  '[R01] 10 units, 200 concurrent reservations over three replicas, served %s: exactly 10 succeed (seed %s)',
  async (way, seed) => {
    const { db, deps } = inventory
    const item = await anItem(deps, { onHand: 10 })
    const replicas = [deps, inventory.anotherReplica(), inventory.anotherReplica()].map(ways[way])
    const next = randomNumbers(seed)

    const attempts = Array.from({ length: 200 }, async () => {
      await passes(next() % 5)
      const reserve = replicas[next() % 3] ?? ways[way](deps)
      return reserve(aCommand({ lines: [aLine(item.sku, 1n)] }))
    })
    const answers = await Promise.all(attempts)

    expect(answers.filter((answer) => !isRefused(answer))).toHaveLength(10)
    for (const answer of answers.filter(isRefused)) expect(answer.message).toContain('only 0 available')
    expect(await levelOf(db, item.id)).toMatchObject({ onHand: 10, reserved: 10, available: 0, version: 12 })
    expect(await eventsOf(db, item.id)).toHaveLength(11)
    expect(await unbalancedPlaces(db)).toEqual([])
  },
  60_000,
)

/** How a replica reserves: with those who ask it at the same time, or each by itself. */
const ways = {
  together: reserveTogether,
  alone: (deps: CommandDeps) => (command: ReserveStockCommand) => reserveStock(deps, command),
}

/** A seeded generator of small numbers (a linear congruence), so that a run can be had again. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state >> 8
  }
}

async function passes(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
