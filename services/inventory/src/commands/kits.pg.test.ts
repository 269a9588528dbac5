import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { sql } from 'kysely'
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
  type GivenItem,
  type InventoryFixture,
} from '../../test/inventory-fixture.ts'
import { unbalancedLevels } from '../queries/unbalanced-levels.ts'
import { computeDueKits } from './compute-due-kits.ts'
import { createItem } from './create-item.ts'
import { adjustStock } from './adjust-stock.ts'
import { releaseReservation } from './release-reservation.ts'
import { reserveStock } from './reserve-stock.ts'
import { sendTransfer } from './send-transfer.ts'
import { previewKit } from './preview-kit.ts'
import { dissolveKit, setKit } from './set-kit.ts'
import { setStock } from './set-stock.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const call = () => ({ idempotencyKey: aKey(), actor: 'ann' })

const makingKit = (kit: string, parts: readonly [GivenItem | string, number][], expectedVersion = 0n) =>
  setKit(inventory.deps, {
    ...call(),
    item: kit,
    expectedVersion,
    components: parts.map(([part, quantity]) => {
      return { item: typeof part === 'string' ? part : part.id, quantity: BigInt(quantity) }
    }),
  })

async function aKit(...parts: readonly [GivenItem, number][]): Promise<GivenItem> {
  const kit = await anItem(inventory.deps, { sku: aKey('KIT') })
  done(await makingKit(kit.id, parts))
  return kit
}

const counting = (item: GivenItem, onHand: number, location = '') =>
  setStock(inventory.deps, {
    ...call(),
    note: '',
    partial: false,
    lines: [{ item: item.id, location, onHand: BigInt(onHand) }],
  })

const reserving = (lines: readonly [GivenItem, number][]) =>
  reserveStock(inventory.deps, {
    ...call(),
    reference: '',
    lines: lines.map(([item, quantity]) => ({ item: item.id, location: '', quantity: BigInt(quantity) })),
  })

const reservedOf = async (item: GivenItem) => (await levelOf(inventory.db, item.id)).reserved
const availableOf = async (item: GivenItem, location?: string) =>
  (await levelOf(inventory.db, item.id, location)).available

test('[B6] in each location a kit makes what its scarcest component makes there', async () => {
  const { deps } = inventory
  const shelf = await aLocation(deps)
  const box = await anItem(deps, { onHand: 7 })
  const cup = await anItem(deps, { onHand: 9 })
  done(await counting(box, 1, shelf.id))
  done(await counting(cup, 40, shelf.id))

  const kit = await aKit([box, 1], [cup, 2])

  expect(await availableOf(kit)).toBe(4)
  expect(await availableOf(kit, shelf.id)).toBe(1)
  const [event, ...more] = await eventsOf(inventory.db, kit.id)
  expect(more).toEqual([])
  expect(event).toMatchObject({ payload: { cause: { kind: 'kit_changed', actor: 'ann' } } })
  expect(event?.payload.changes).toHaveLength(2)
})

test('[B6] a change of a component announces the kits it belongs to, and no others', async () => {
  const { db, deps } = inventory
  const cup = await anItem(deps, { onHand: 10 })
  const pair = await aKit([cup, 2])
  const four = await aKit([cup, 4])
  const other = await aKit([await anItem(deps, { onHand: 3 }), 1])
  const before = (await eventsOf(db, other.id)).length

  done(await counting(cup, 7))
  expect(await computeDueKits(deps)).toBe(2)

  expect([await availableOf(pair), await availableOf(four)]).toEqual([3, 1])
  for (const kit of [pair, four]) {
    expect((await eventsOf(db, kit.id)).at(-1)?.payload).toMatchObject({
      changes: [{ locationId: defaultLocationId }],
      cause: { kind: 'kit_component_changed', reference: cup.id },
    })
  }
  expect(await eventsOf(db, other.id)).toHaveLength(before)
  expect(await computeDueKits(deps)).toBe(0)
})

test('[B6] a kit whose number stays the same announces nothing', async () => {
  const { db, deps } = inventory
  const cup = await anItem(deps, { onHand: 4 })
  const pair = await aKit([cup, 2])
  const before = await eventsOf(db, pair.id)

  done(await counting(cup, 5))
  await computeDueKits(deps)

  expect(await eventsOf(db, pair.id)).toEqual(before)
})

test('[B6] two kits may both advertise what they share, and only one of them gets it', async () => {
  const { deps } = inventory
  const shared = await anItem(deps, { onHand: 1 })
  const [red, blue] = [await aKit([shared, 1]), await aKit([shared, 1])]
  expect([await availableOf(red), await availableOf(blue)]).toEqual([1, 1])

  const answers = await Promise.all([reserving([[red, 1]]), reserving([[blue, 1]])])
  await computeDueKits(deps)

  expect(answers.filter((answer) => 'reservationId' in answer)).toHaveLength(1)
  const refusal = answers.map((answer) => ('kind' in answer ? answer : undefined)).find(Boolean)
  expect(refusal).toMatchObject({ reason: 'INSUFFICIENT_STOCK', message: expect.stringContaining('for the kit KIT') })
  expect(await reservedOf(shared)).toBe(1)
  expect([await availableOf(red), await availableOf(blue)]).toEqual([0, 0])
})

test('[B6] a component that lines of one reservation share is counted once, and together', async () => {
  const { deps } = inventory
  const screw = await anItem(deps, { onHand: 10 })
  const kit = await aKit([screw, 4])

  const tooMuch = refusedWith(await reserving([[kit, 2], [screw, 3]])) // prettier-ignore
  const { reservationId } = done(await reserving([[kit, 2], [screw, 2]])) // prettier-ignore

  expect(tooMuch).toMatchObject({ reason: 'INSUFFICIENT_STOCK', value: '11' })
  expect(await reservedOf(screw)).toBe(10)
  expect(await reservedOf(kit)).toBe(0)
  done(await releaseReservation(deps, { ...call(), reservationId }))
  expect(await reservedOf(screw)).toBe(0)
})

test('[B6] a reservation gives back what it took, although the kit has changed since', async () => {
  const { deps } = inventory
  const cup = await anItem(deps, { onHand: 9 })
  const kit = await aKit([cup, 2])
  const { reservationId } = done(await reserving([[kit, 3]]))

  done(await makingKit(kit.id, [[cup, 1]]))
  done(await releaseReservation(deps, { ...call(), reservationId }))
  await computeDueKits(deps)

  expect(await reservedOf(cup)).toBe(0)
  expect(await availableOf(kit)).toBe(9)
})

test('[B6] one kit that cannot be computed is put off alone; its batch goes on', async () => {
  const { db, deps } = inventory
  const cup = await anItem(deps, { onHand: 8 })
  const [good, bad, alsoGood] = [await aKit([cup, 1]), await aKit([cup, 2]), await aKit([cup, 4])]
  await sql`
    create function refuse_bad_kit() returns trigger language plpgsql as $$
    begin raise exception 'this kit is bad'; end $$`.execute(db)
  await sql`
    create trigger bad_kit before update on stock_level for each row when (new.item_id = ${sql.lit(bad.id)})
    execute function refuse_bad_kit()`.execute(db)

  done(await counting(cup, 4))
  await computeDueKits(deps)

  expect([await availableOf(good), await availableOf(bad), await availableOf(alsoGood)]).toEqual([4, 4, 1])
  await sql`drop trigger bad_kit on stock_level`.execute(db)
  await sql`update kit set due_at = clock_timestamp() where item_id = ${bad.id}`.execute(db)
  await computeDueKits(deps)
  expect(await availableOf(bad)).toBe(2)
})

test('[B6] a kit holds no kit, neither another one nor itself', async () => {
  const { deps } = inventory
  const cup = await anItem(deps, { onHand: 1 })
  const kit = await aKit([cup, 1])
  const outer = await anItem(deps, { sku: aKey('OUTER') })

  const refusals = {
    kitInKit: refusedWith(await makingKit(outer.id, [[kit, 1]])),
    itself: refusedWith(await makingKit(outer.id, [[outer, 1]])),
    needed: refusedWith(await makingKit(cup.id, [[outer, 1]])),
    twice: refusedWith(await makingKit(outer.id, [[cup, 1], [cup.sku, 2]])), // prettier-ignore
  }

  expect(refusals).toMatchObject({
    kitInKit: { reason: 'COMPONENT_INVALID', message: `${kit.sku} is a kit itself: a kit holds no kits` },
    itself: { reason: 'COMPONENT_INVALID', message: `${outer.sku} cannot be a component of itself` },
    needed: { reason: 'COMPONENT_INVALID', message: `${cup.sku} is a component of ${kit.sku}: a kit holds no kits` },
    twice: { reason: 'LINES_REFUSED', lines: [{ index: 1, message: `${cup.sku} is named twice` }] },
  })
  await expect(
    sql`insert into kit_component (kit_id, component_id, quantity) values (${kit.id}, ${kit.id}, 1)`.execute(
      inventory.db,
    ),
  ).rejects.toThrow('foreign key')
})

test('[B6] two items that are made components of each other at once: one of them stays an item', async () => {
  const [one, other] = [await anItem(inventory.deps), await anItem(inventory.deps)]

  const answers = await Promise.all([makingKit(one.id, [[other, 1]]), makingKit(other.id, [[one, 1]])])

  expect(answers.filter((answer) => 'itemId' in answer)).toHaveLength(1)
})

test.each([0n, -1n, 10_001n])('[B6] a kit cannot need %s units of a component', async (quantity) => {
  const [kit, cup] = [await anItem(inventory.deps), await anItem(inventory.deps)]
  const answer = await setKit(inventory.deps, {
    ...call(),
    item: kit.id,
    expectedVersion: 0n,
    components: [{ item: cup.id, quantity }],
  })
  expect(refusedWith(answer)).toMatchObject({ reason: 'QUANTITY_INVALID', field: 'quantity', value: String(quantity) })
})

test('[B6] an item with stock or promises of its own becomes no kit', async () => {
  const { deps } = inventory
  const cup = await anItem(deps)
  const stocked = await anItem(deps, { onHand: 2 })

  expect(refusedWith(await makingKit(stocked.id, [[cup, 1]]))).toMatchObject({
    reason: 'KIT_HAS_STOCK',
    message: `${stocked.sku} has stock of its own in Default (2 on hand, 0 reserved): a kit has none`,
  })
})

const aTransfer = { fromLocation: '', reference: '', note: '', arrived: false }

test('[B6] [B10] an item that is on the way between locations becomes no kit, and a kit is not transferred', async () => {
  const { deps } = inventory
  const shelf = await aLocation(deps)
  const [cup, mug] = [await anItem(deps, { onHand: 2 }), await anItem(deps)]
  const sending = (item: GivenItem, quantity: bigint) =>
    sendTransfer(deps, { ...call(), ...aTransfer, toLocation: shelf.id, lines: [{ item: item.id, quantity }] })
  done(await sending(cup, 2n))
  const kit = await aKit([mug, 1])

  expect(refusedWith(await makingKit(cup.id, [[mug, 1]]))).toMatchObject({
    reason: 'KIT_HAS_STOCK',
    message: `2 units of ${cup.sku} are on the way between locations: a kit has no stock of its own`,
  })
  expect(refusedWith(await sending(kit, 1n))).toMatchObject({ reason: 'KIT_WITHOUT_STOCK' })
})

test('[B6] a kit takes no numbers by hand; with partial the other lines are written', async () => {
  const { deps } = inventory
  const cup = await anItem(deps, { onHand: 2 })
  const kit = await aKit([cup, 1])
  const lines = [kit, cup].map((item) => ({ item: item.id, location: '', onHand: 5n }))

  const { results } = done(await setStock(deps, { ...call(), note: '', partial: true, lines }))

  expect(results).toMatchObject([{ refusal: { reason: 'KIT_WITHOUT_STOCK', item: kit.id } }, { level: { onHand: 5 } }])
})

test('[B6] only components have a history, and the books add up', async () => {
  const { db, deps } = inventory
  const cup = await anItem(deps, { onHand: 6 })
  const kit = await aKit([cup, 2])
  done(await reserving([[kit, 2]]))
  done(await adjustStock(deps, { ...call(), ...byHand, lines: [{ item: cup.id, location: '', delta: 3n }] }))
  await computeDueKits(deps)

  const { rows } = await sql<{ entries: number }>`
    select count(*) as entries from stock_movement where item_id = ${kit.id}`.execute(db)
  expect(rows[0]?.entries).toBe(0)
  for (let bucket = 0; bucket < 256; bucket += 1) expect(await unbalancedLevels(db, bucket)).toEqual([])
})

const byHand = { note: '', partial: false }

test('a component that is short takes its kits below 0, too', async () => {
  const { db, deps } = inventory
  const cup = await anItem(deps)
  const kit = await aKit([cup, 3])
  // An order may take more than is there; here it is enough that the level says so.
  await sql`update stock_level set reserved = 1 where item_id = ${cup.id} and location_id = ${defaultLocationId}`.execute(
    db,
  )
  await computeDueKits(deps)

  expect(await availableOf(kit)).toBe(-1)
  await sql`update stock_level set reserved = 0 where item_id = ${cup.id}`.execute(db)
})

test('a kit that is dissolved is an item at 0 and can be counted', async () => {
  const { deps } = inventory
  const cup = await anItem(deps, { onHand: 6 })
  const kit = await aKit([cup, 2])

  done(await dissolveKit(deps, { ...call(), item: kit.id, expectedVersion: 0n }))

  expect(await availableOf(kit)).toBe(0)
  done(await counting(kit, 4))
  done(await counting(cup, 0))
  await computeDueKits(deps)
  expect(await availableOf(kit)).toBe(4)
})

test('of two people who change one kit the second is told', async () => {
  const { deps } = inventory
  const cup = await anItem(deps, { onHand: 6 })
  const kit = await aKit([cup, 2])

  done(await makingKit(kit.id, [[cup, 3]], 2n))
  const second = refusedWith(await makingKit(kit.id, [[cup, 4]], 2n))

  expect(second).toMatchObject({
    reason: 'ITEM_CHANGED',
    message: `${kit.sku} was changed meanwhile: it is at version 3, not 2`,
    field: 'expected_version',
  })
  expect(await availableOf(kit)).toBe(2)
})

test('a new location makes what is there: nothing yet, until its components are counted', async () => {
  const { deps } = inventory
  const cup = await anItem(deps, { onHand: 6 })
  const kit = await aKit([cup, 2])

  const shelf = await aLocation(deps)
  done(await counting(cup, 5, shelf.id))
  await computeDueKits(deps)

  expect(await availableOf(kit, shelf.id)).toBe(2)
  done(await createItem(deps, { ...call(), sku: aKey('SKU'), title: '' }))
})

const previewing = (item: GivenItem, parts: readonly [GivenItem, number][] = [], idempotencyKey = '') =>
  previewKit(inventory.deps, {
    item: item.sku,
    expectedVersion: 0n,
    components: parts.map(([part, quantity]) => ({ item: part.id, quantity: BigInt(quantity) })),
    idempotencyKey,
  })

test('[B6] what dissolving a kit, or putting it together otherwise, would do to its levels is shown, and nothing of it is done', async () => {
  const { db, deps } = inventory
  const [box, cup] = [await anItem(deps, { onHand: 7 }), await anItem(deps, { onHand: 9 })]
  const kit = await aKit([box, 1], [cup, 2])
  const before = await eventsOf(db, kit.id)

  const dissolved = done(await previewing(kit))
  const changed = done(await previewing(kit, [[cup, 1]]))

  expect(dissolved).toMatchObject({
    before: {
      item: { id: kit.id, kit: true },
      components: expect.arrayContaining([expect.objectContaining({ itemId: cup.id, quantity: 2 })]),
    },
    components: [],
    levels: expect.arrayContaining([
      expect.objectContaining({ locationName: 'Default', available: 4, availableAfter: 0 }),
    ]),
  })
  expect(changed).toMatchObject({
    components: [{ itemId: cup.id, quantity: 1 }],
    levels: expect.arrayContaining([
      expect.objectContaining({ locationName: 'Default', available: 4, availableAfter: 9 }),
    ]),
  })
  expect(await availableOf(kit)).toBe(4)
  expect(await eventsOf(db, kit.id)).toEqual(before)
})

test('[B6] a preview refuses what the command would refuse, and says when the command of its key was done', async () => {
  const { deps } = inventory
  const cup = await anItem(deps, { onHand: 3 })
  const kit = await aKit([cup, 1])

  expect(refusedWith(await previewing(cup))).toMatchObject({ reason: 'KIT_UNKNOWN', field: 'item', value: cup.sku })
  expect(refusedWith(await previewing(cup, [[kit, 1]]))).toMatchObject({ reason: 'COMPONENT_INVALID' })
  const command = { ...call(), item: kit.sku, expectedVersion: 0n }
  expect(await previewing(kit, [], command.idempotencyKey)).toMatchObject({ components: [] })
  done(await dissolveKit(deps, command))
  expect(await previewing(kit, [], command.idempotencyKey)).toEqual({ kind: 'done' })
  expect(done(await dissolveKit(deps, command))).toEqual({ itemId: kit.id })
})
