import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { codecOf } from '@lockstep/contracts/events'
import { AvailabilityChanged } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_events.ts'
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
  unbalancedPlaces,
  type InventoryFixture,
} from '../../test/inventory-fixture.ts'
import { setStock, type SetStockCommand } from './set-stock.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const aCommand = (command: Partial<SetStockCommand>): SetStockCommand => ({
  idempotencyKey: aKey(),
  actor: 'ann',
  note: '',
  partial: false,
  lines: [],
  ...command,
})

const aLine = (item: string, onHand: number, location = '') => ({ item, location, onHand: BigInt(onHand) })

test('[S001-10] a set moves the level, the ledger and one event together, and wakes the relay', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps)
  const pokes = inventory.pokes()

  const command = aCommand({ lines: [aLine(item.sku, 5)], note: 'counted' })
  const { results } = done(await setStock(deps, command))

  expect(results).toMatchObject([
    { level: { itemId: item.id, locationName: 'Default', onHand: 5, available: 5, version: 2 } },
  ])
  expect(await levelOf(db, item.id)).toEqual({ onHand: 5, reserved: 0, available: 5, version: 2 })
  const [event, ...more] = await eventsOf(db, item.id)
  expect(more).toEqual([])
  expect(event?.subject).toBe(`evt.inventory.v1.availability.changed.-.${item.id}`)
  expect(event?.payload).toMatchObject({
    changes: [{ locationId: defaultLocationId, available: '5', version: '2' }],
    cause: { kind: 'stock_set', reference: command.idempotencyKey, actor: 'ann', note: 'counted' },
  })
  expect(inventory.pokes()).toBe(pokes + 1)
})

test('the payload is the canonical JSON of its message, also where available is 0', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 3 })

  done(await setStock(deps, aCommand({ lines: [aLine(item.id, 0)] })))

  const event = (await eventsOf(db, item.id)).at(-1)
  const bytes = codecOf(event?.subject ?? '').bytesFromJson(event?.payload)
  const message = AvailabilityChanged.decode(bytes)
  expect(message).toMatchObject({ itemId: item.id, changes: [{ available: 0n, version: 3n }] })
  expect(message.at?.getTime()).toBeGreaterThan(Date.now() - 60_000)
  expect(AvailabilityChanged.toJSON(message)).toEqual(event?.payload)
})

test('a set that changes nothing writes nothing and announces nothing', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 4 })

  const { results } = done(await setStock(deps, aCommand({ lines: [aLine(item.sku, 4)] })))

  expect(results).toMatchObject([{ level: { onHand: 4, version: 2 } }])
  expect(await levelOf(db, item.id)).toMatchObject({ version: 2 })
  expect(await eventsOf(db, item.id)).toHaveLength(1)
})

test('several locations of one item in one batch are one event with several changes', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps)
  const [here, there] = [await aLocation(deps), await aLocation(deps)]

  const lines = [aLine(item.sku, 1), aLine(item.sku, 2, here.name), aLine(item.sku, 3, there.id)]
  done(await setStock(deps, aCommand({ lines })))

  const events = await eventsOf(db, item.id)
  expect(events).toHaveLength(1)
  expect(events[0]?.payload.changes).toHaveLength(3)
  expect(new Map(events[0]?.payload.changes.map((change) => [change.locationId, change.available]))).toEqual(
    new Map([
      [defaultLocationId, '1'],
      [here.id, '2'],
      [there.id, '3'],
    ]),
  )
})

test('on-hand is set, never available: reservations stay', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  await sql`update stock_level set reserved = 1 where item_id = ${item.id}`.execute(db)

  const { results } = done(await setStock(deps, aCommand({ lines: [aLine(item.sku, 10)] })))

  expect(results).toMatchObject([{ level: { onHand: 10, reserved: 1, available: 9 } }])
  await sql`update stock_level set reserved = 0 where item_id = ${item.id}`.execute(db)
})

test('[R09] a repeated key gets the first answer and changes nothing; another request under it is refused', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps)
  const command = aCommand({ lines: [aLine(item.sku, 7)] })

  const first = done(await setStock(deps, command))
  done(await setStock(deps, aCommand({ lines: [aLine(item.sku, 9)] })))
  const again = done(await setStock(deps, command))

  expect(again).toEqual(first)
  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 9, version: 3 })
  expect(await eventsOf(db, item.id)).toHaveLength(2)
  await expect(setStock(deps, { ...command, lines: [aLine(item.sku, 8)] })).rejects.toThrow('another request')
})

test('[R09] ten concurrent tries of one command are one effect and one answer', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps)
  const command = aCommand({ lines: [aLine(item.sku, 7)] })

  const answers = await Promise.all(Array.from({ length: 10 }, () => setStock(deps, command)))

  for (const answer of answers) expect(answer).toEqual(answers[0])
  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 7, version: 2 })
})

test.each([
  ['no lines', [], 'BATCH_EMPTY'],
  ['1,001 lines', Array.from({ length: 1_001 }, () => aLine('x', 1)), 'BATCH_TOO_LARGE'],
  ['5,000 lines', Array.from({ length: 5_000 }, () => aLine('x', 1)), 'BATCH_TOO_LARGE'],
])('a batch of %s is refused', async (_, lines, reason) => {
  expect(refusedWith(await setStock(inventory.deps, aCommand({ lines, partial: true })))).toMatchObject({
    reason,
    field: 'lines',
    value: String(lines.length),
  })
})

test.each([
  { what: 'an unknown SKU', line: aLine('nowhere', 1), reason: 'ITEM_UNKNOWN', field: 'item' },
  { what: 'an unknown location', line: aLine('KNOWN', 1, 'nowhere'), reason: 'LOCATION_UNKNOWN', field: 'location' },
  { what: 'a negative number', line: aLine('KNOWN', -1), reason: 'QUANTITY_INVALID', field: 'on_hand' },
  {
    what: 'more than 1,000,000,000',
    line: aLine('KNOWN', 1_000_000_001),
    reason: 'QUANTITY_INVALID',
    field: 'on_hand',
  },
  { what: 'a SKU that is no text', line: aLine('a\0b', 1), reason: 'ITEM_UNKNOWN', field: 'item' },
  { what: 'a SKU of 41 characters', line: aLine('x'.repeat(41), 1), reason: 'ITEM_UNKNOWN', field: 'item' },
  { what: 'a SKU in another case', line: aLine('known', 1), reason: 'ITEM_UNKNOWN', field: 'item' },
  { what: 'a SKU with a space too many', line: aLine('KNOWN ', 1), reason: 'ITEM_UNKNOWN', field: 'item' },
  {
    what: 'a location that is no text',
    line: aLine('KNOWN', 1, '\ud800'),
    reason: 'LOCATION_UNKNOWN',
    field: 'location',
  },
])('a single line with $what is refused for its own reason', async ({ line, reason, field }) => {
  const { db, deps } = inventory
  if ((await db.selectFrom('item').select('id').where('sku', '=', 'KNOWN').execute()).length === 0) {
    await anItem(deps, { sku: 'KNOWN' })
  }

  const refusal = refusedWith(await setStock(deps, aCommand({ lines: [line] })))

  expect(refusal).toMatchObject({ reason, field })
  expect(refusal.lines).toBeUndefined()
})

test.each(['third_party', 'fba'] as const)('a %s location refuses numbers by hand', async (kind) => {
  const { db, deps } = inventory
  const item = await anItem(deps)
  const { rows } = await sql<{ id: string; name: string }>`
    insert into location (id, name, kind) values (${aKey('loc')}, ${aKey('Outside')}, ${kind}) returning id, name`.execute(
    db,
  )
  await sql`insert into stock_level (item_id, location_id) values (${item.id}, ${rows[0]?.id})`.execute(db)

  const refusal = refusedWith(await setStock(deps, aCommand({ lines: [aLine(item.sku, 3, rows[0]?.name)] })))

  expect(refusal).toMatchObject({ reason: 'LOCATION_NOT_OURS', value: rows[0]?.name })
})

test('one bad line means that nothing is written, and every bad line is told, at most 100', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 1 })
  const unknown = Array.from({ length: 150 }, (_, index) => aLine(`missing-${index}`, 1))

  const refusal = refusedWith(await setStock(deps, aCommand({ lines: [aLine(item.sku, 9), ...unknown] })))

  expect(refusal).toMatchObject({ reason: 'LINES_REFUSED', field: 'lines' })
  expect(refusal.message).toContain('150 of 151 lines refused, nothing was written; line 2 (missing-0): no item')
  expect(refusal.lines).toHaveLength(100)
  expect(refusal.lines?.[0]).toMatchObject({ index: 1, item: 'missing-0', reason: 'ITEM_UNKNOWN', field: 'item' })
  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 1, version: 2 })
})

test('partial writes the good lines and answers line by line', async () => {
  const { db, deps } = inventory
  const [first, last] = [await anItem(deps), await anItem(deps)]

  const lines = [aLine(first.sku, 2), aLine('missing', 1), aLine(last.sku, 3)]
  const { results } = done(await setStock(deps, aCommand({ lines, partial: true })))

  expect(results).toMatchObject([
    { level: { onHand: 2 } },
    { refusal: { index: 1, reason: 'ITEM_UNKNOWN' } },
    { level: { onHand: 3 } },
  ])
  expect(await levelOf(db, last.id)).toMatchObject({ onHand: 3 })
})

test('a place that is set twice contradicts itself: neither number is taken', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps)

  const lines = [aLine(item.sku, 2), aLine(item.id, 3, 'Default')]
  const refusal = refusedWith(await setStock(deps, aCommand({ lines })))
  const { results } = done(await setStock(deps, aCommand({ lines, partial: true })))

  expect(refusal.lines).toMatchObject([
    { reason: 'LINE_DUPLICATE', message: expect.stringContaining('set by line 2') },
    { reason: 'LINE_DUPLICATE', message: expect.stringContaining('set by line 1') },
  ])
  expect(results).toMatchObject([{ refusal: {} }, { refusal: {} }])
  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 0, version: 1 })
})

test('a SKU that looks like the id of another item is refused with both meanings', async () => {
  const { deps } = inventory
  const item = await anItem(deps)
  const twin = await anItem(deps, { sku: item.id })

  const refusal = refusedWith(await setStock(deps, aCommand({ lines: [aLine(item.id, 1)] })))

  expect(refusal.reason).toBe('AMBIGUOUS')
  expect(new Set(refusal.candidates)).toEqual(new Set([item.id, twin.id]))
})

test('batches over the same items in opposite orders, from three replicas, neither deadlock nor lose a change', async () => {
  const { db, deps } = inventory
  const items: string[] = []
  for (let index = 0; index < 40; index += 1) items.push((await anItem(deps)).id)
  const replicas = [deps, inventory.anotherReplica(), inventory.anotherReplica()]

  const batches = Array.from({ length: 30 }, (_, round) => {
    const order = round % 2 === 0 ? items : items.toReversed()
    const lines = order.map((item) => aLine(item, 1_000 + round))
    return setStock(replicas[round % 3] ?? deps, aCommand({ lines }))
  })
  for (const answer of await Promise.all(batches)) done(answer)

  const versions = await Promise.all(items.map(async (item) => (await levelOf(db, item)).version))
  expect(versions).toEqual(items.map(() => 31))
  for (const item of items) expect(versionsInOrder(await eventsOf(db, item))).toBe(true)
  expect(await unbalancedPlaces(db)).toEqual([])
})

const versionsInOrder = (events: { payload: { changes: { version: string }[] } }[]) =>
  events.every((event, index) => Number(event.payload.changes[0]?.version) === index + 2)

test('[R27] nobody changes or removes a ledger entry, not even a superuser by mistake', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 2 })

  const attempts = [
    sql`update stock_movement set on_hand_change = 9 where item_id = ${item.id}`,
    sql`delete from stock_movement where item_id = ${item.id}`,
    sql`truncate stock_movement`,
  ]

  for (const attempt of attempts) await expect(attempt.execute(db)).rejects.toThrow('append-only')
  expect(await unbalancedPlaces(db)).toEqual([])
})

test('the Default location can be neither renamed nor removed, and there is one', async () => {
  const { db } = inventory

  await expect(sql`update location set name = 'Main' where is_default`.execute(db)).rejects.toThrow('Default location')
  await expect(sql`delete from location where is_default`.execute(db)).rejects.toThrow('Default location')
  await expect(
    sql`insert into location (id, name, kind, is_default) values ('loc_x', 'Second', 'own', true)`.execute(db),
  ).rejects.toThrow('location_one_default')
})
