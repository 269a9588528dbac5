import { status } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  InventoryServiceClient,
  LocationKind,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { LocationServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/location_service.ts'
import { Fulfilment } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { openDatabase } from '@lockstep/postgres/database'
import { call, openClient } from '@lockstep/rpc/client'
import { isServiceError, refusalOf } from '@lockstep/rpc/refusal'
import { eventually } from '@lockstep/testkit/eventually'
import { createSuiteBus } from '@lockstep/testkit/suite-bus'
import { createSuiteDatabase } from '@lockstep/testkit/suite-database'
import type { Kysely } from 'kysely'
import { pino } from 'pino'
import {
  accountMessage,
  despatchMessage,
  eventsAbout,
  fbaLevelMessage,
  listenOutside,
  orderMessage,
  type Outside,
  type OutsideMessage,
} from '../test/bus-fixture.ts'
import { aKey, defaultLocationId } from '../test/inventory-fixture.ts'
import { inventoryMigrations } from './migrations/inventory-migrations.ts'
import { startService } from './service.ts'
import type { InventoryDb } from './store/inventory-db.ts'

const stack = new AsyncDisposableStack()
let client: InventoryServiceClient
let locationService: LocationServiceClient
let db: Kysely<InventoryDb>
let outside: Outside
let lines: Record<string, unknown>[]

beforeAll(async () => {
  const database = stack.use(await createSuiteDatabase({ migrations: inventoryMigrations, name: 'inventory' }))
  const bus = stack.use(await createSuiteBus())
  outside = stack.use(await listenOutside(bus.url))
  lines = []
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) })
  const config = {
    databaseUrl: database.url,
    grpcPort: 0,
    grpcHost: '127.0.0.1',
    migrateAtStart: true,
    natsUrl: bus.url,
  }
  const service = stack.use(await startService(config, { log }))
  client = openClient(InventoryServiceClient, `127.0.0.1:${service.port}`)
  stack.defer(() => client.close())
  locationService = openClient(LocationServiceClient, `127.0.0.1:${service.port}`)
  stack.defer(() => locationService.close())
  db = stack.use(openDatabase<InventoryDb>({ url: database.url, applicationName: 'service-test' }))
})
afterAll(async () => stack.disposeAsync())

const settings = { timeoutMs: 10_000, actor: 'ann' }

/** The accounts that inventory knows to sell from a location, and what they sell in. */
async function accountsOf(locationId: string): Promise<string[]> {
  const rows = await db.selectFrom('location_user').select(['name', 'location_ids', 'currency']).execute()
  return rows.flatMap(({ name, location_ids: ids, currency }) =>
    ids.includes(locationId) ? [`${name} sells in ${currency}`] : [],
  )
}

async function anItem(onHand: number): Promise<{ id: string; sku: string }> {
  const request = { idempotencyKey: aKey(), sku: aKey('SKU'), title: '' }
  const { item } = await call(client, 'createItem', request, settings)
  if (!item) throw new Error('no item was created')
  if (onHand > 0) await setOnHand(item.sku, onHand)
  return item
}

const setOnHand = (item: string, onHand: number) =>
  call(
    client,
    'setStock',
    { idempotencyKey: aKey(), lines: [{ item, location: '', onHand: BigInt(onHand) }], partial: false, note: '' },
    settings,
  )

async function levelOf(item: string) {
  const { levels } = await call(client, 'getStock', { item }, settings)
  const level = levels.find((candidate) => candidate.locationName === 'Default')
  if (!level) throw new Error(`${item} is not in Default`)
  return level
}

const refusing = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return { refusal: refusalOf(error), code: isServiceError(error) ? error.code : undefined }
}

test('[S001-10] a stock change over gRPC is an event on the bus', async () => {
  const item = await anItem(0)

  const { results } = await setOnHand(item.sku, 5)

  expect(results).toMatchObject([{ level: { onHand: 5n, available: 5n, version: 2n } }])
  const [event] = await eventually(() => {
    const events = eventsAbout(outside, item.id)
    expect(events).toHaveLength(1)
    return events
  })
  expect(event).toMatchObject({
    itemId: item.id,
    changes: [{ available: 5n, version: 2n }],
    cause: { kind: 'stock_set', actor: 'ann' },
  })
})

test('what is committed is on the bus at once, not at the next poll', async () => {
  const item = await anItem(0)
  const waits: number[] = []

  for (let onHand = 1; onHand <= 20; onHand += 1) {
    await setOnHand(item.sku, onHand)
    const answeredMs = performance.now()
    await eventually(() => expect(eventsAbout(outside, item.id)).toHaveLength(onHand), { everyMs: 1 })
    waits.push((outside.heard.at(-1)?.atMs ?? 0) - answeredMs)
  }

  // A relay that nobody wakes sleeps for 50 to 150 ms: the lower quartile tells the two apart on a busy machine too.
  expect(waits.toSorted((a, b) => a - b)[5]).toBeLessThan(40)
})

test('[S001-13] an order reserves, its despatch leaves the shelf, and each step is one event', async () => {
  const item = await anItem(5)
  const order = { orderId: aKey('ord'), lineId: aKey('oln'), itemId: item.id }

  await outside.publish(orderMessage({ ...order, revision: 1, ordered: 1 }, aKey('evt')))
  await eventually(async () =>
    expect(await levelOf(item.id)).toMatchObject({ onHand: 5n, reserved: 1n, available: 4n }),
  )
  const despatch = { ...order, despatchId: aKey('dsp'), quantity: 1 }
  await outside.publish(despatchMessage(despatch, 'processed', aKey('evt')))
  await eventually(async () =>
    expect(await levelOf(item.id)).toMatchObject({ onHand: 4n, reserved: 0n, available: 4n }),
  )

  await eventually(() =>
    expect(eventsAbout(outside, item.id).map((event) => [event.cause?.kind, event.changes[0]?.available])).toEqual([
      ['stock_set', 5n],
      ['order_reserved', 4n],
      ['despatched', 4n],
    ]),
  )
  const books = await call(client, 'getOrderBooks', { orderId: order.orderId }, settings)
  expect(books.lines).toEqual([
    {
      orderLineId: order.lineId,
      ordered: 1n,
      cancelled: 0n,
      fulfilledOnAmazon: 0n,
      despatched: 1n,
      shippedOutside: 0n,
      reserved: 0n,
      locationId: defaultLocationId,
    },
  ])
  const history = await call(client, 'listMovements', { item: item.sku, location: '', page: undefined }, settings)
  expect(history.movements.map(({ cause }) => [cause?.kind, cause?.reference, cause?.actor, cause?.note])).toEqual([
    ['despatched', despatch.despatchId, 'ben', `202-${order.orderId}`],
    ['order_reserved', order.orderId, 'order-download', `202-${order.orderId}`],
    ['stock_set', expect.any(String), 'ann', ''],
  ])
})

test('[S003-17] orders that Amazon ships, and orders from before the go-live, are in the books and move nothing', async () => {
  const item = await anItem(5)
  const [fba, old, sentinel] = [1, 2, 3].map(() => ({ orderId: aKey('ord'), lineId: aKey('oln'), itemId: item.id }))
  if (!fba || !old || !sentinel) throw new Error('three orders are needed')

  await outside.publish(orderMessage({ ...fba, revision: 1, ordered: 2, fulfilledBy: Fulfilment.AMAZON }, aKey('evt')))
  await outside.publish(
    orderMessage({ ...old, revision: 1, ordered: 2, fulfilledOnAmazon: 1, beforeGoLive: true }, aKey('evt')),
  )
  await outside.publish(orderMessage({ ...sentinel, revision: 1, ordered: 1 }, aKey('evt')))

  await eventually(async () => expect(await levelOf(item.id)).toMatchObject({ onHand: 5n, reserved: 1n, version: 3n }))
  const books = await call(client, 'getOrderBooks', { orderId: old.orderId }, settings)
  expect(books.lines).toMatchObject([{ ordered: 2n, fulfilledOnAmazon: 1n, shippedOutside: 1n, reserved: 0n }])
})

test('[R02] stock 1 and three orders: all are kept, available is -2, and the log says oversold', async () => {
  const item = await anItem(1)
  const orders = [1, 2, 3].map(() => ({ orderId: aKey('ord'), lineId: aKey('oln'), itemId: item.id }))

  await Promise.all(
    orders.map((order) => outside.publish(orderMessage({ ...order, revision: 1, ordered: 1 }, aKey('evt')))),
  )

  await eventually(async () =>
    expect(await levelOf(item.id)).toMatchObject({ onHand: 1n, reserved: 3n, available: -2n }),
  )
  await eventually(() => expect(eventsAbout(outside, item.id).at(-1)?.changes).toMatchObject([{ available: -2n }]))
  const oversold = lines.filter((line) => line['msg'] === 'oversold' && line['item_id'] === item.id)
  expect(oversold.map((line) => line['available'])).toEqual([-1, -2])
})

test('[R08] [R03] every message twice, shuffled, and the effects once', async () => {
  const items = [await anItem(1_000), await anItem(1_000)]
  const messages = items.flatMap((item) => Array.from({ length: 15 }, () => storyOf(item.id)).flat())
  const twice = [...messages, ...messages.toReversed()]
  const shuffled = twice
    .map((message, index) => ({ message, rank: (index * 7_919) % 463 }))
    .toSorted((a, b) => a.rank - b.rank)

  await Promise.all(shuffled.map(({ message }) => outside.publish({ ...message, messageId: aKey('evt') })))

  // Per order: 5 ordered, 1 cancelled, 3 shown as shipped of which 2 despatched here: 3 gone, 1 open.
  for (const item of items) {
    await eventually(async () =>
      expect(await levelOf(item.id)).toMatchObject({ onHand: 955n, reserved: 15n, available: 940n }),
    )
  }
  await nothingWaits()
  for (const item of items) expect(await levelOf(item.id)).toMatchObject({ onHand: 955n, reserved: 15n })
}, 60_000)

function storyOf(itemId: string): OutsideMessage[] {
  const order = { orderId: aKey('ord'), lineId: aKey('oln'), itemId, ordered: 5 }
  const despatch = { ...order, despatchId: aKey('dsp'), quantity: 2 }
  return [
    orderMessage({ ...order, revision: 1 }, ''),
    orderMessage({ ...order, revision: 2, fulfilledOnAmazon: 2 }, ''),
    orderMessage({ ...order, revision: 3, cancelled: 1, fulfilledOnAmazon: 3 }, ''),
    despatchMessage(despatch, 'processed', ''),
    despatchMessage(despatch, 'submitted', ''),
    despatchMessage(despatch, 'confirmed', ''),
  ]
}

/** Both durables have taken and acknowledged everything. */
async function nothingWaits(): Promise<void> {
  const durables = [
    ['ORDERS_EVENTS', 'inventory-books-on-order'],
    ['DESPATCH_EVENTS', 'inventory-books-on-despatch'],
  ] as const
  for (const [stream, durable] of durables) {
    await eventually(async () => {
      const info = await outside.bus.manager.consumers.info(stream, durable)
      expect([info.num_pending, info.num_ack_pending]).toEqual([0, 0])
    })
  }
}

test('a message about an item nobody has here is parked alone, and its neighbours go on', async () => {
  const item = await anItem(5)
  const order = { orderId: aKey('ord'), lineId: aKey('oln'), revision: 1, ordered: 1 }
  const messageId = aKey('evt')

  await outside.publish(orderMessage({ ...order, itemId: 'itm_nowhere' }, messageId))
  const next = { ...order, orderId: aKey('ord'), lineId: aKey('oln'), itemId: item.id }
  await outside.publish(orderMessage(next, aKey('evt')))

  await eventually(async () => expect(await levelOf(item.id)).toMatchObject({ reserved: 1n }))
  const parked = await eventually(async () => {
    const message = await outside.bus.manager.streams.getMessage('PARKED', {
      last_by_subj: 'parked.inventory-books-on-order',
    })
    if (!message) throw new Error('nothing is parked')
    return message
  })
  expect(parked.header.get('reason')).toContain('does not exist here')
  expect(await call(client, 'getOrderBooks', { orderId: order.orderId }, settings)).toEqual({ lines: [] })
})

test('bad input is refused with its code, the value and the next step', async () => {
  const item = await anItem(2)
  const line = { item: item.sku, location: '', quantity: 3n }
  const reservation = { idempotencyKey: aKey(), lines: [line], reference: '' }

  const insufficient = await refusing(call(client, 'reserveStock', reservation, settings))
  const unknown = await refusing(call(client, 'getStock', { item: 'nowhere' }, settings))
  const negative = await refusing(setOnHand(item.sku, -1))
  const longSku = await refusing(
    call(client, 'createItem', { idempotencyKey: aKey(), sku: 'x'.repeat(41), title: '' }, settings),
  )
  const taken = await refusing(
    call(client, 'createItem', { idempotencyKey: aKey(), sku: item.sku, title: '' }, settings),
  )
  const keyless = await refusing(call(client, 'createItem', { idempotencyKey: '', sku: aKey(), title: '' }, settings))
  const location = { idempotencyKey: aKey(), name: 'Default', kind: LocationKind.OWN }
  const sameName = await refusing(call(client, 'createLocation', location, settings))

  expect(insufficient).toMatchObject({
    code: status.FAILED_PRECONDITION,
    refusal: {
      reason: 'INSUFFICIENT_STOCK',
      field: 'quantity',
      value: '3',
      message: expect.stringContaining('only 2 available'),
    },
  })
  expect(insufficient.refusal?.nextStep).toContain('ask for what is available')
  expect(unknown).toMatchObject({ code: status.NOT_FOUND, refusal: { reason: 'ITEM_UNKNOWN', value: 'nowhere' } })
  expect(negative).toMatchObject({
    code: status.INVALID_ARGUMENT,
    refusal: { reason: 'QUANTITY_INVALID', value: '-1' },
  })
  expect(longSku).toMatchObject({ code: status.INVALID_ARGUMENT, refusal: { reason: 'SKU_INVALID', field: 'sku' } })
  expect(taken).toMatchObject({ code: status.ALREADY_EXISTS, refusal: { reason: 'ITEM_EXISTS', value: item.sku } })
  expect(keyless).toMatchObject({ code: status.INVALID_ARGUMENT, refusal: { reason: 'IDEMPOTENCY_KEY_MISSING' } })
  expect(sameName).toMatchObject({ code: status.ALREADY_EXISTS, refusal: { reason: 'LOCATION_EXISTS' } })
})

test('a batch with a hundred long bad lines still tells them all to its caller', async () => {
  const wrong = Array.from({ length: 120 }, (_, index) => ({
    item: `${'☕'.repeat(37)}${index}`,
    location: '',
    onHand: 1n,
  }))
  const request = { idempotencyKey: aKey(), lines: wrong, partial: false, note: '' }

  const { code, refusal } = await refusing(call(client, 'setStock', request, settings))

  expect(code).toBe(status.INVALID_ARGUMENT)
  expect(refusal).toMatchObject({ reason: 'LINES_REFUSED' })
  expect(refusal?.lines).toHaveLength(100)
  expect(refusal?.lines[99]).toMatchObject({ index: 99, line: 100, reason: 'ITEM_UNKNOWN', field: 'item' })
})

test('[R09] the same key over gRPC gets the same answer, with another body ALREADY_EXISTS', async () => {
  const item = await anItem(0)
  const request = {
    idempotencyKey: aKey(),
    lines: [{ item: item.sku, location: '', delta: 3n }],
    partial: false,
    note: '',
  }

  const first = await call(client, 'adjustStock', request, settings)
  const again = await call(client, 'adjustStock', request, settings)
  const other = await refusing(call(client, 'adjustStock', { ...request, note: 'other' }, settings))

  expect(again).toEqual(first)
  expect(await levelOf(item.id)).toMatchObject({ onHand: 3n })
  expect(other).toMatchObject({ code: status.ALREADY_EXISTS, refusal: { reason: 'IDEMPOTENCY_KEY_REUSED' } })
})

test('readers get availability, digests and buckets', async () => {
  const item = await anItem(7)

  const { items } = await call(client, 'getAvailability', { itemIds: [item.id] }, settings)
  const { digests } = await call(client, 'getAvailabilityDigests', {}, settings)
  const bucket = await eventually(async () => bucketHolding(item.id))

  expect(items).toMatchObject([{ itemId: item.id, itemSku: item.sku, locations: [{ available: 7n, version: 2n }] }])
  expect(digests).toHaveLength(256)
  expect(bucket).toMatchObject({ locations: [{ available: 7n, version: 2n }] })
})

async function bucketHolding(itemId: string) {
  for (let bucket = 0; bucket < 256; bucket += 1) {
    const page = { size: 1_000, token: '' }
    const { items } = await call(client, 'getAvailabilityBucket', { bucket, page }, settings)
    const found = items.find((item) => item.itemId === itemId)
    if (found) return found
  }
  throw new Error(`no bucket holds ${itemId}`)
}

test('items, locations and imports over gRPC', async () => {
  const sku = aKey('IMPORT')
  const line = { sku, title: 'Imported', onHand: 4n, location: '' }

  const imported = await call(
    client,
    'importItems',
    { idempotencyKey: aKey(), lines: [line], checkOnly: false },
    settings,
  )
  const { item } = await call(client, 'getItem', { item: sku }, settings)
  const { items } = await call(client, 'listItems', { search: sku, page: undefined }, settings)
  const { locations } = await call(client, 'listLocations', {}, settings)

  expect(imported).toEqual({ created: 1, updated: 0, unchanged: 0 })
  expect(item).toMatchObject({ sku, title: 'Imported', kit: false, createdAt: expect.any(Date) })
  expect(items).toMatchObject([{ item: { sku }, onHand: 4n, reserved: 0n, available: 4n }])
  expect(locations[0]).toMatchObject({ name: 'Default', kind: LocationKind.OWN, isDefault: true })
})

test('[S004-55] [S004-65] [B12] what Amazon fulfils and what accounts map is heard, each word twice, and the newest counts', async () => {
  const item = await anItem(5)
  const account = { accountId: 'acc_fba', name: 'UK' }
  const figure = { ...account, itemId: item.id }
  const told = [
    fbaLevelMessage({ ...figure, fulfillable: 9, figureAt: new Date(2_000) }, aKey('evt')),
    fbaLevelMessage({ ...figure, fulfillable: 4, figureAt: new Date(1_000) }, aKey('evt')),
  ]
  for (const message of [...told, ...told]) await outside.publish({ ...message, messageId: aKey('evt') })
  const fba = await eventually(async () => {
    const { levels } = await call(client, 'getStock', { item: item.sku }, settings)
    const level = levels.find(({ locationKind }) => locationKind === LocationKind.FBA)
    expect(level).toMatchObject({ onHand: 9n, version: 2n })
    return level
  })
  const { location } = await call(
    client,
    'createLocation',
    { idempotencyKey: aKey(), name: aKey('Loft'), kind: LocationKind.OWN },
    settings,
  )
  const loft = location?.id ?? ''

  await outside.publish(accountMessage({ ...account, locationIds: [loft], currency: 'GBP' }, aKey('evt')))
  const removal = () => call(locationService, 'removeLocation', { idempotencyKey: aKey(), location: loft }, settings)

  await eventually(async () => expect(await accountsOf(loft)).toEqual(['UK sells in GBP']))
  expect((await refusing(removal())).refusal).toMatchObject({
    reason: 'LOCATION_IN_USE',
    message: expect.stringContaining('account UK sells its stock'),
  })
  await eventually(() => {
    const changes = eventsAbout(outside, item.id).flatMap((event) => event.changes)
    expect(changes).toContainEqual(expect.objectContaining({ locationId: fba?.locationId, available: 9n }))
  })
})
