import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { sql } from 'kysely'
import { importItems } from '../src/commands/import-items.ts'
import type { CommandDeps } from '../src/commands/stock-transaction.ts'
import {
  aKey,
  aLocation,
  defaultLocationId,
  done,
  openInventory,
  unbalancedPlaces,
  type InventoryFixture,
} from './inventory-fixture.ts'
import { histories, type History, type Message, messagesOf } from './random-histories.ts'

/** 500 here; `HISTORIES=10000 npm test -- pg random-histories` is the long run. */
const count = Number(process.env['HISTORIES'] ?? 500)
const atATime = 8

let inventory: InventoryFixture
let secondLocationId: string

beforeAll(async () => {
  inventory = await openInventory()
  secondLocationId = (await aLocation(inventory.deps)).id
})
afterAll(async () => inventory[Symbol.asyncDispose]())

/** How a history's messages travel: how often each arrives (0 = lost), in which order, and how many at the same moment. */
interface Travel {
  repeats: number[]
  ranks: number[]
  together: number[]
}

const mostMessages = 20
// Mostly once, as in life; each number of times is met often enough.
const times = fc.constantFrom(0, 0, 1, 1, 1, 1, 2, 2, 3, 4, 5)
const travels: fc.Arbitrary<Travel> = fc.record({
  repeats: fc.array(times, { minLength: mostMessages, maxLength: mostMessages }),
  ranks: fc.array(fc.nat(1_000_000), { minLength: 5 * mostMessages, maxLength: 5 * mostMessages }),
  together: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 10, maxLength: 10 }),
})

test(
  '[R03] [R08] [R10] random histories, each message delivered 0 to 5 times and shuffled, end as they end in order',
  async () => {
    const replicas = [inventory.deps, inventory.anotherReplica()]
    const planned = fc.sample(fc.tuple(histories, travels), { numRuns: count, seed: 4 })
    const itemIds = await someItems(2 * count)
    const different: object[] = []
    let lost = 0
    await eachOf(planned, async ([history, travel]) => {
      const [inOrder, shuffled] = [runOf(history, itemIds), runOf(history, itemIds)]
      for (const message of inOrder.messages) await message.deliver(inventory.deps)
      const lostNow = await deliverShuffled(shuffled.messages, travel, replicas)
      lost += lostNow

      const [wanted, got] = [await endOf(inOrder), await endOf(shuffled)]
      if (JSON.stringify(wanted) !== JSON.stringify(got)) different.push({ history, travel, wanted, got })
    })

    expect(different.slice(0, 2)).toEqual([])
    // Losses and their repair are really met.
    expect(lost).toBeGreaterThan(count / 2)
    expect(await unbalancedPlaces(inventory.db)).toEqual([])
  },
  60_000 + count * 120,
)

/** Items that are new, by their ids. */
async function someItems(wanted: number): Promise<string[]> {
  const skus = Array.from({ length: wanted }, () => aKey('SKU'))
  for (let first = 0; first < wanted; first += 1_000) {
    const lines = skus.slice(first, first + 1_000).map((sku) => ({ sku, title: '', location: '', onHand: undefined }))
    done(await importItems(inventory.deps, { idempotencyKey: aKey(), actor: 'test', lines, checkOnly: false }))
  }
  const rows = await inventory.db.selectFrom('item').select('id').execute()
  return rows.map(({ id }) => id)
}

/** One run of a history on an item of its own. */
function runOf(history: History, itemIds: string[]) {
  const run = aKey('run')
  const itemId = itemIds.pop() ?? ''
  const locationIds = [defaultLocationId, secondLocationId] as const
  return { run, itemId, messages: messagesOf(history, { run, itemId, locationIds }) }
}

/** Counting comes first, whatever else; then everything, as it travels; then what was lost is sent again. Answers how much was lost. */
async function deliverShuffled(messages: Message[], travel: Travel, replicas: CommandDeps[]): Promise<number> {
  const [counting] = messages
  const arrived = new Set<Message>()
  const deliver = async (message: Message, replica = replicas[0]): Promise<void> => {
    if (!replica || (message.needs && !arrived.has(message.needs))) return
    await message.deliver(replica)
    arrived.add(message)
  }
  if (counting) await deliver(counting)
  const deliveries = messages
    .flatMap((message, i) => Array.from({ length: travel.repeats[i] ?? 0 }, () => message))
    .map((message, i) => ({ message, rank: travel.ranks[i] ?? 0 }))
    .toSorted((one, other) => one.rank - other.rank)
  for (let at = 0, turn = 0; at < deliveries.length; turn += 1) {
    const together = travel.together[turn % travel.together.length] ?? 1
    const some = deliveries.slice(at, at + together)
    await Promise.all(some.map(({ message }, i) => deliver(message, replicas[i % replicas.length])))
    at += together
  }
  const lost = messages.filter((message) => !arrived.has(message))
  for (const message of lost) if (message.isRepaired) await deliver(message)
  return lost.length
}

/** Levels, books and promises of a run, without the ids that differ between two runs. */
async function endOf({ run, itemId }: { run: string; itemId: string }): Promise<unknown> {
  const { rows } = await sql<{ end: unknown }>`
    select jsonb_build_object(
      'levels', (select jsonb_agg(jsonb_build_array(location_id, on_hand, reserved, held, available) order by location_id)
                   from stock_level where item_id = ${itemId}),
      'lines', (select jsonb_agg(jsonb_build_array(right(order_line_id, 1), location_id, ordered, cancelled, fulfilled_on_amazon, despatched, reserved, taken)
                                 order by order_line_id)
                  from line_books where order_line_id like ${`oln_${run}-%`}),
      'ledger', (select jsonb_agg(jsonb_build_array(location_id, on_hand, reserved) order by location_id)
                   from (select location_id, sum(on_hand_change) as on_hand, sum(reserved_change) as reserved
                           from stock_movement where item_id = ${itemId} group by location_id) as sums)) as end`.execute(
    inventory.db,
  )
  return rows[0]?.end
}

async function eachOf<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all]
  const worker = async (): Promise<void> => {
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) await work(one)
  }
  await Promise.all(Array.from({ length: atATime }, worker))
}
