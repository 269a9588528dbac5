import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { sql } from 'kysely'
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
import { adjustStock, type AdjustStockCommand } from './adjust-stock.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const aCommand = (command: Partial<AdjustStockCommand>): AdjustStockCommand => ({
  idempotencyKey: aKey(),
  actor: 'ann',
  note: '',
  partial: false,
  lines: [],
  ...command,
})

const aLine = (item: string, delta: bigint) => ({ item, location: '', delta })

test('an adjustment moves on-hand by its difference', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })

  const { results } = done(await adjustStock(deps, aCommand({ lines: [aLine(item.sku, -2n)] })))

  expect(results).toMatchObject([{ level: { onHand: 3, available: 3 } }])
  expect((await eventsOf(db, item.id)).at(-1)?.payload.cause.kind).toBe('stock_adjusted')
})

test('by hand on-hand goes to 0 and no further', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })

  const refusal = refusedWith(await adjustStock(deps, aCommand({ lines: [aLine(item.sku, -6n)] })))
  done(await adjustStock(deps, aCommand({ lines: [aLine(item.sku, -5n)] })))

  expect(refusal).toMatchObject({ reason: 'ON_HAND_BELOW_ZERO', field: 'delta', value: '-6' })
  expect(refusal.message).toContain(`${item.sku} in Default has 5 on hand`)
  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 0, version: 3 })
})

test('by hand a place holds a billion units and no more, however many lines bring them together', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })

  const tooMuch = refusedWith(await adjustStock(deps, aCommand({ lines: [aLine(item.sku, 999_999_996n)] })))
  const lines = [aLine(item.sku, 500_000_000n), aLine(item.sku, 500_000_000n)]
  const tooMany = refusedWith(await adjustStock(deps, aCommand({ lines })))
  done(await adjustStock(deps, aCommand({ lines: [aLine(item.sku, 999_999_995n)] })))

  const there = `${item.sku} in Default has 5 on hand`
  expect(tooMuch).toMatchObject({
    reason: 'ON_HAND_TOO_LARGE',
    message: `${there}: 999999996 would take it above 1,000,000,000`,
    value: '999999996',
  })
  expect(tooMany.message).toContain(
    `line 1 (${item.sku}): ${there}: 1000000000 in all would take it above 1,000,000,000`,
  )
  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 1_000_000_000, version: 3 })
})

test('a shortfall may be made smaller, not larger', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps)
  await sql`update stock_level set on_hand = -3 where item_id = ${item.id}`.execute(db)

  const refusal = refusedWith(await adjustStock(deps, aCommand({ lines: [aLine(item.sku, -1n)] })))
  const { results } = done(await adjustStock(deps, aCommand({ lines: [aLine(item.sku, 2n)] })))

  expect(refusal.reason).toBe('ON_HAND_BELOW_ZERO')
  expect(results).toMatchObject([{ level: { onHand: -1 } }])
  await sql`update stock_level set on_hand = 2 where item_id = ${item.id}`.execute(db)
})

test('differences of one place add up to one move', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 1 })

  const { results } = done(await adjustStock(deps, aCommand({ lines: [aLine(item.sku, -3n), aLine(item.id, 4n)] })))

  expect(results).toMatchObject([{ level: { onHand: 2 } }, { level: { onHand: 2 } }])
  expect(await eventsOf(db, item.id)).toHaveLength(2)
})

test('a batch tells its bad lines of every kind at once, those below 0 included, and writes nothing', async () => {
  const { db, deps } = inventory
  const [full, empty] = [await anItem(deps, { onHand: 5 }), await anItem(deps)]

  const lines = [aLine(full.sku, 1n), aLine('missing', 1n), aLine(empty.sku, -1n), aLine(full.sku, 0n)]
  const refusal = refusedWith(await adjustStock(deps, aCommand({ lines })))

  expect(refusal.lines?.map(({ index, reason }) => [index, reason])).toEqual([
    [1, 'ITEM_UNKNOWN'],
    [2, 'ON_HAND_BELOW_ZERO'],
    [3, 'DELTA_INVALID'],
  ])
  expect(await levelOf(db, full.id)).toMatchObject({ onHand: 5, version: 2 })
})

test('partial moves what it may and answers line by line', async () => {
  const { deps } = inventory
  const [full, empty] = [await anItem(deps, { onHand: 5 }), await anItem(deps)]

  const lines = [aLine(empty.sku, -1n), aLine(full.sku, -1n)]
  const { results } = done(await adjustStock(deps, aCommand({ lines, partial: true })))

  expect(results).toMatchObject([{ refusal: { index: 0, reason: 'ON_HAND_BELOW_ZERO' } }, { level: { onHand: 4 } }])
})

test.each([0n, 1_000_000_001n, -1_000_000_001n, 2n ** 62n])('a difference of %s is refused', async (delta) => {
  const { deps } = inventory
  const item = await anItem(deps)

  const refusal = refusedWith(await adjustStock(deps, aCommand({ lines: [aLine(item.sku, delta)] })))

  expect(refusal).toMatchObject({ reason: 'DELTA_INVALID', value: String(delta) })
})

test('100 concurrent adjustments of one item all count, and the ledger adds up', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 50 })

  const answers = Array.from({ length: 100 }, (_, index) =>
    adjustStock(deps, aCommand({ lines: [aLine(item.sku, index % 2 === 0 ? 2n : -1n)] })),
  )
  for (const answer of await Promise.all(answers)) done(answer)

  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 100, version: 102 })
  expect(await eventsOf(db, item.id)).toHaveLength(101)
  expect(await unbalancedPlaces(db)).not.toContainEqual(expect.objectContaining({ item_id: item.id }))
})
