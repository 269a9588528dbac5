import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  aKey,
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
import { createItem } from './create-item.ts'
import { inStockTransaction, type StockTransaction } from './stock-transaction.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const addOne = (stock: StockTransaction, itemId: string) =>
  stock.move({
    moves: [{ itemId, locationId: defaultLocationId, onHandBy: 1, kind: 'stock_adjusted' }],
    refuse: 'never',
    write: 'all',
    cause: { reference: '', actor: 'test', note: '' },
  })

test('two transactions that lock crosswise both end, and each counts once', async () => {
  const { db, deps } = inventory
  const [one, two] = [await anItem(deps), await anItem(deps)]
  const met = meetingOf(2)
  let attempts = 0

  const crosswise = (first: string, second: string) =>
    inStockTransaction(deps, 'crosswise', async (stock) => {
      attempts += 1
      await addOne(stock, first)
      await met()
      await addOne(stock, second)
    })
  await Promise.all([crosswise(one.id, two.id), crosswise(two.id, one.id)])

  expect(attempts).toBe(3)
  expect(await levelOf(db, one.id)).toMatchObject({ onHand: 2, version: 3 })
  expect(await levelOf(db, two.id)).toMatchObject({ onHand: 2, version: 3 })
  expect(await eventsOf(db, two.id)).toHaveLength(2)
  expect(await unbalancedPlaces(db)).toEqual([])
}, 30_000)

/** Waits until so many have come; whoever comes later goes straight on. */
function meetingOf(size: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let present = 0
  return () => {
    present += 1
    if (present >= size) resolve()
    return promise
  }
}

test('a transaction that fails leaves nothing, and wakes nobody', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps)
  const pokes = inventory.pokes()

  const failing = inStockTransaction(deps, 'failing', async (stock) => {
    await addOne(stock, item.id)
    throw new Error('the shelf fell over')
  })

  await expect(failing).rejects.toThrow('the shelf fell over')
  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 0, version: 1 })
  expect(await eventsOf(db, item.id)).toEqual([])
  expect(inventory.pokes()).toBe(pokes)
})

test.each(['a\0b', 'a\ud800'])('the key %j is refused rather than stored', async (idempotencyKey) => {
  const answer = await createItem(inventory.deps, { idempotencyKey, actor: 'ann', sku: aKey('SKU'), title: '' })

  expect(refusedWith(answer)).toMatchObject({ reason: 'IDEMPOTENCY_KEY_MISSING', field: 'idempotency_key' })
})

test('a command without a key is a fault of its caller and does nothing', async () => {
  const { deps } = inventory
  const command = { actor: 'ann', sku: aKey('SKU'), title: '' }

  await expect(createItem(deps, { ...command, idempotencyKey: '' })).rejects.toThrow('key is missing')
  await expect(createItem(deps, { ...command, idempotencyKey: 'k'.repeat(201) })).rejects.toThrow('201 characters')

  expect(done(await createItem(deps, { ...command, idempotencyKey: aKey() })).item.sku).toBe(command.sku)
})
