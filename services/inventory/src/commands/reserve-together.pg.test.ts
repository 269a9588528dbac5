import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { IdempotencyConflictError } from '@lockstep/postgres/idempotency'
import fc from 'fast-check'
import { sql } from 'kysely'
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
  type GivenItem,
  type InventoryFixture,
} from '../../test/inventory-fixture.ts'
import { isRefused, type Refused } from '../domain/refusal.ts'
import { unbalancedLevels } from '../queries/unbalanced-levels.ts'
import { digestBuckets } from '../queries/availability.ts'
import { reserveInTurn } from './reserve-in-turn.ts'
import { reserveStock, type ReserveStockCommand, type ReserveStockResult } from './reserve-stock.ts'
import { reserveTogether } from './reserve-together.ts'
import { setKit } from './set-kit.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const wanting = (item: string, quantity: number, given: Partial<ReserveStockCommand> = {}): ReserveStockCommand => ({
  idempotencyKey: aKey(),
  actor: 'shop',
  reference: '',
  lines: [{ item, location: '', quantity: BigInt(quantity) }],
  ...given,
})

const alone = (command: ReserveStockCommand) => ({ command, traceparent: undefined })

/** Everything the database keeps of an item's reservations, without what names them. */
async function keptOf({ id }: GivenItem): Promise<unknown> {
  const { rows } = await sql`
    select (select jsonb_agg(jsonb_build_array(on_hand_change, reserved_change, held_change, on_hand_after, reserved_after, held_after, version, cause - 'reference') order by id)
              from stock_movement where item_id = item.id and reserved_change <> 0) as ledger,
           (select jsonb_agg(jsonb_build_array(subject = 'evt.inventory.v1.availability.changed.-.' || item.id, payload - 'itemId' - 'at' #- '{cause,reference}') order by seq)
              from outbox where payload ->> 'itemId' = item.id and payload -> 'cause' ->> 'kind' = 'reserved') as events,
           (select jsonb_agg(jsonb_build_array(line.location_id, line.quantity, reference, actor, released_at) order by movement.version)
              from reservation_line as line join reservation on reservation.id = line.reservation_id
              join stock_movement as movement on movement.item_id = line.item_id and movement.cause ->> 'reference' = reservation.id
             where line.item_id = item.id) as reservations,
           (select jsonb_build_array(on_hand, reserved, held, available, version) from stock_level as level
             where level.item_id = item.id and level.location_id = ${defaultLocationId}) as level
      from item where item.id = ${id}`.execute(inventory.db)
  return rows[0]
}

/** An answer without what is an item's or a reservation's own name. */
const toldOf = (answer: ReserveStockResult | Refused | undefined, { id, sku }: GivenItem): unknown =>
  JSON.parse(
    JSON.stringify(answer)
      .replaceAll(id, 'item')
      .replaceAll(sku, 'sku')
      .replaceAll(/rsv_\w+/gu, 'rsv'),
  )

test('reservations in turn have the answers, ledger, events and records that they would have one by one', async () => {
  const { deps } = inventory
  const quantities = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 12 })

  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 20 }), quantities, async (onHand, wanted) => {
      const [item, twin] = [await anItem(deps, { onHand }), await anItem(deps, { onHand })]

      const together = await reserveInTurn(
        deps,
        wanted.map((quantity, turn) => alone(wanting(item.sku, quantity, { reference: `web-${turn}` }))),
      )
      const oneByOne: (ReserveStockResult | Refused)[] = []
      for (const [turn, quantity] of wanted.entries()) {
        oneByOne.push(await reserveStock(deps, wanting(twin.sku, quantity, { reference: `web-${turn}` })))
      }

      expect(together.map((answer) => toldOf(answer, item))).toEqual(oneByOne.map((answer) => toldOf(answer, twin)))
      expect(await keptOf(item)).toEqual(await keptOf(twin))
    }),
    { numRuns: 25 },
  )
  expect(await unbalancedPlaces(inventory.db)).toEqual([])
})

test('the reservations of a transaction are claimed, entered and announced each under its own name', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 9 })
  const parents = [1, 2, 3].map((n) => `00-${String(n).repeat(32)}-${String(n).repeat(16)}-01`)

  const answers = await reserveInTurn(
    deps,
    parents.map((traceparent) => ({ command: wanting(item.sku, 2), traceparent })),
  )

  const ids = answers.map((answer) => (answer ? done(answer).reservationId : ''))
  const { rows } = await sql<{ reference: string; traceparent: string }>`
    select payload -> 'cause' ->> 'reference' as reference, traceparent from outbox
     where payload ->> 'itemId' = ${item.id} and payload -> 'cause' ->> 'kind' = 'reserved' order by seq`.execute(db)
  expect(new Set(ids).size).toBe(3)
  expect(rows).toEqual(ids.map((reference, index) => ({ reference, traceparent: parents[index] })))
  for (let bucket = 0; bucket < digestBuckets; bucket += 1) expect(await unbalancedLevels(db, bucket)).toEqual([])
})

test('callers who come while a reservation of the item runs are served by the next transaction, all of them', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 40 })
  const reserve = reserveTogether(deps)
  const before = inventory.pokes()

  const answers = await Promise.all(Array.from({ length: 41 }, () => reserve(wanting(item.sku, 1))))

  expect(inventory.pokes() - before).toBe(2)
  expect(answers.filter(isRefused)).toMatchObject([{ reason: 'INSUFFICIENT_STOCK', value: '1' }])
  expect(answers.slice(0, 40).map((answer) => done(answer).levels[0]?.reserved)).toEqual(
    Array.from({ length: 40 }, (_, turn) => turn + 1),
  )
  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 40, reserved: 40, version: 42 })
  expect(await eventsOf(db, item.id)).toHaveLength(41)
})

test('[R09] one key sent twenty times at once is one reservation with one answer; with another request it is refused', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 9 })
  const reserve = reserveTogether(deps)
  const command = wanting(item.sku, 2)
  const other = { ...wanting(item.sku, 1), idempotencyKey: command.idempotencyKey }

  const first = reserve(wanting(item.sku, 1))
  const answers = Promise.all(Array.from({ length: 20 }, () => reserve(command)))
  const conflict = reserve(other).catch((error: unknown) => error)

  done(await first)
  expect(new Set((await answers).map((answer) => done(answer).reservationId)).size).toBe(1)
  expect(await conflict).toBeInstanceOf(IdempotencyConflictError)
  expect(await reserve(command)).toEqual((await answers)[0])
  expect(await levelOf(db, item.id)).toMatchObject({ reserved: 3 })
})

test('[R09] a key that was refused beside others may succeed when there is stock', async () => {
  const { deps } = inventory
  const item = await anItem(deps, { onHand: 1 })
  const tooMany = wanting(item.sku, 2)

  const [refusal] = await reserveInTurn(deps, [alone(tooMany), alone(wanting(item.sku, 1))])
  const more = await anItem(deps, { onHand: 2 })
  const again = await reserveStock(deps, { ...tooMany, lines: [{ item: more.sku, location: '', quantity: 2n }] })

  expect(refusedWith(refusal ?? {})).toMatchObject({ message: expect.stringContaining('only 1 available') })
  expect(isRefused(again)).toBe(false)
})

test('where a transaction for several cannot commit each is asked alone: who is answered is in the books, and only the bad one fails', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 9 })
  await sql`create function refuse_poison() returns trigger language plpgsql as $$ begin raise exception 'poison'; end $$`.execute(
    db,
  )
  await sql`
    create constraint trigger poison after insert on reservation deferrable initially deferred
    for each row when (new.reference = 'poison') execute function refuse_poison()`.execute(db)
  const reserve = reserveTogether(deps)

  const answers = await Promise.allSettled(
    ['', 'a', 'poison', 'b'].map((reference) => reserve(wanting(item.sku, 2, { reference }))),
  )

  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  const told = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [done(answer.value).reservationId] : []))
  const kept = await db.selectFrom('reservation').select('id').where('id', 'in', told).execute()
  expect(kept).toHaveLength(3)
  expect(await levelOf(db, item.id)).toMatchObject({ reserved: 6 })
  await sql`drop trigger poison on reservation`.execute(db)
})

test('kits, unknown items and wrong quantities that come at once are answered as they are one by one', async () => {
  const { db, deps } = inventory
  const [kit, cup] = [await anItem(deps), await anItem(deps, { onHand: 5 })]
  const components = [{ item: cup.id, quantity: 2n }]
  done(await setKit(deps, { idempotencyKey: aKey(), actor: 'ann', item: kit.id, expectedVersion: 0n, components }))
  const reserve = reserveTogether(deps)
  const twice = (command: () => ReserveStockCommand) => Promise.all([1, 2, 3].map(() => reserve(command())))

  const kits = await twice(() => wanting(kit.sku, 1))
  const unknown = await twice(() => wanting('nowhere', 1))
  const none = await twice(() => wanting(cup.sku, 0))

  expect(kits.filter((answer) => !isRefused(answer))).toHaveLength(2)
  expect(await levelOf(db, cup.id)).toMatchObject({ reserved: 4 })
  expect(unknown.map((answer) => refusedWith(answer).reason)).toEqual(Array(3).fill('ITEM_UNKNOWN'))
  expect(none.map((answer) => refusedWith(answer).reason)).toEqual(Array(3).fill('QUANTITY_INVALID'))
})
