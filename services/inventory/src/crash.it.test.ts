import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { InventoryServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { systemIds } from '@lockstep/contracts/ids'
import { openDatabase } from '@lockstep/postgres/database'
import { call, openClient } from '@lockstep/rpc/client'
import { eventually } from '@lockstep/testkit/eventually'
import { createSuiteBus, type SuiteBus } from '@lockstep/testkit/suite-bus'
import { createSuiteDatabase, type SuiteDatabase } from '@lockstep/testkit/suite-database'
import { sql, type Kysely } from 'kysely'
import { pino } from 'pino'
import { despatchMessage, listenOutside, orderMessage, type Outside } from '../test/bus-fixture.ts'
import { holdMessage } from '../test/hold-message.ts'
import { aKey, anItem, levelOf, unbalancedPlaces, type GivenItem } from '../test/inventory-fixture.ts'
import { startInventoryProcess } from '../test/inventory-process.ts'
import type { CommandDeps } from './commands/stock-transaction.ts'
import { inventoryMigrations } from './migrations/inventory-migrations.ts'
import { startService } from './service.ts'
import type { InventoryDb } from './store/inventory-db.ts'

const stack = new AsyncDisposableStack()
const log = pino({ level: 'silent' })
let database: SuiteDatabase
let broker: SuiteBus
let outside: Outside
let db: Kysely<InventoryDb>
let given: CommandDeps

beforeAll(async () => {
  database = stack.use(await createSuiteDatabase({ migrations: inventoryMigrations, name: 'inventory' }))
  broker = stack.use(await createSuiteBus())
  outside = stack.use(await listenOutside(broker.url))
  db = stack.use(openDatabase<InventoryDb>({ url: database.url, applicationName: 'crash-test' }))
  given = { db, ids: systemIds, relay: { poke: () => undefined }, log }
})
afterAll(async () => stack.disposeAsync())

const settings = { timeoutMs: 5_000, actor: 'ann', retries: 0 }

/** Sends a command to a process that dies on the way. */
async function killedOnTheWay(failpoint: string, send: (client: InventoryServiceClient) => Promise<unknown>) {
  await using process = await startInventoryProcess({ databaseUrl: database.url, natsUrl: broker.url, failpoint })
  const answer = send(process.client).then(
    () => 'answered',
    () => 'unanswered',
  )
  expect(await process.ended).toBe('SIGKILL')
  return answer
}

/** What the next process does with the same command. */
async function sentAgain<Answer>(send: (client: InventoryServiceClient) => Promise<Answer>): Promise<Answer> {
  const config = {
    databaseUrl: database.url,
    grpcPort: 0,
    grpcHost: '127.0.0.1',
    migrateAtStart: true,
    natsUrl: broker.url,
  }
  await using service = await startService(config, { log })
  const client = openClient(InventoryServiceClient, `127.0.0.1:${service.port}`)
  try {
    return await send(client)
  } finally {
    client.close()
  }
}

const steps = ['after-claim', 'before-move', 'after-move', 'before-commit', 'after-commit-before-reply']

// Every command goes through the same steps, so one of them is killed at each and the others at the two that differ most.
test.each(['idempotency.before-store', ...steps.map((step) => `set-stock:${step}`)])(
  '[R05] [R09] killed at %s, a stock change is there once, with one event, when its caller has repeated it',
  async (failpoint) => {
    const item = await anItem(given)
    const lines = [{ item: item.sku, location: '', onHand: 5n }]
    const request = { idempotencyKey: aKey(), lines, partial: false, note: '' }
    const send = (client: InventoryServiceClient) => call(client, 'setStock', request, settings)

    const outcome = await killedOnTheWay(failpoint, send)
    const survived = await levelOf(db, item.id)
    const { results } = await sentAgain(send)

    expect(outcome).toBe('unanswered')
    expect(survived.onHand).toBe(failpoint.endsWith('after-commit-before-reply') ? 5 : 0)
    expect(results).toMatchObject([{ level: { onHand: 5n, version: 2n } }])
    expect(await levelOf(db, item.id)).toMatchObject({ onHand: 5, version: 2 })
    expect(await announcedVersions(item)).toEqual(['1', '2'])
  },
  60_000,
)

test.each(['after-move', 'after-commit-before-reply'].map((step) => `reserve-stock:${step}`))(
  '[R05] [R09] killed at %s, a reservation is made once',
  async (failpoint) => {
    const item = await anItem(given, { onHand: 5 })
    const request = { idempotencyKey: aKey(), lines: [{ item: item.sku, location: '', quantity: 2n }], reference: '' }
    const send = (client: InventoryServiceClient) => call(client, 'reserveStock', request, settings)

    await killedOnTheWay(failpoint, send)
    const { levels } = await sentAgain(send)

    expect(levels).toMatchObject([{ reserved: 2n, version: 3n }])
    expect(await levelOf(db, item.id)).toMatchObject({ onHand: 5, reserved: 2, version: 3 })
    expect(await announcedVersions(item)).toEqual(['1', '2', '3'])
  },
  60_000,
)

const bookSteps = ['before-move', 'after-move', 'after-commit-before-reply']

test.each(bookSteps.flatMap((step) => [`order-snapshot:${step}`, `count-despatch:${step}`]))(
  '[R05] [R08] killed at %s, an order and its despatch are counted once',
  async (failpoint) => {
    const item = await anItem(given, { onHand: 5 })
    const order = { orderId: aKey('ord'), lineId: aKey('oln'), itemId: item.id, revision: 1, ordered: 3 }
    const despatch = { ...order, despatchId: aKey('dsp'), quantity: 1 }

    await killedOnTheWay(failpoint, async () => {
      await outside.publish(orderMessage(order, aKey('evt')))
      await outside.publish(despatchMessage(despatch, 'processed', aKey('evt')))
    })
    // Rather than wait until the broker gives up on the dead reader, everything there ever was is delivered again.
    await outside.bus.manager.consumers.delete('ORDERS_EVENTS', 'inventory-books-on-order')
    await outside.bus.manager.consumers.delete('DESPATCH_EVENTS', 'inventory-books-on-despatch')
    await sentAgain(() =>
      eventually(async () => expect(await levelOf(db, item.id)).toMatchObject({ onHand: 4, reserved: 2 })),
    )

    const { version } = await levelOf(db, item.id)
    expect(await announcedVersions(item)).toEqual(Array.from({ length: version }, (_, index) => String(index + 1)))
    expect(await unbalancedPlaces(db)).toEqual([])
  },
  60_000,
)

test.each(['after-move', 'after-commit-before-reply'].map((step) => `state-hold:${step}`))(
  '[R05] [R08] killed at %s, a hold stated twice is held once, and its release gives all of it back',
  async (failpoint) => {
    const item = await anItem(given, { onHand: 5 })
    const hold = { holdId: aKey('grp'), itemId: item.id, version: 1, fall: { from: 5, to: 3 } }
    const { fall: _fall, ...released } = { ...hold, version: 2 }

    await killedOnTheWay(failpoint, () => outside.publish(holdMessage(hold, aKey('evt'))))
    await outside.bus.manager.consumers.delete('CHANNEL_EVENTS', 'inventory-holds-on-listing')
    await outside.publish(holdMessage(hold, aKey('evt')))
    await sentAgain(async () => {
      await eventually(async () => expect(await levelOf(db, item.id)).toMatchObject({ onHand: 5, available: 3 }))
      await outside.publish(holdMessage(released, aKey('evt')))
      await outside.publish(holdMessage(hold, aKey('evt')))
      await eventually(async () => expect(await levelOf(db, item.id)).toMatchObject({ available: 5, version: 4 }))
    })

    expect(await announcedVersions(item)).toEqual(['1', '2', '3', '4'])
    expect(await unbalancedPlaces(db)).toEqual([])
  },
  60_000,
)

test.each(['relay.after-publish'])(
  '[R05] killed at %s, every event is on the bus',
  async (failpoint) => {
    const item = await anItem(given)
    const lines = [{ item: item.sku, location: '', onHand: 5n }]
    const request = { idempotencyKey: aKey(), lines, partial: false, note: '' }

    await killedOnTheWay(failpoint, (client) => call(client, 'setStock', request, settings))
    await sentAgain((client) => call(client, 'setStock', request, settings))

    expect(await announcedVersions(item)).toEqual(['1', '2'])
  },
  60_000,
)

test('[R05] [R08] after all of it the bus holds every event once, in the order of versions, and the ledger explains every level', async () => {
  const { rows } = await sql<{ id: string }>`select id from outbox order by seq`.execute(db)

  await sentAgain(() =>
    eventually(() => expect(new Set(outside.heard.map((heard) => heard.messageId)).size).toBe(rows.length)),
  )

  expect(outside.heard).toHaveLength(rows.length)
  expect(outside.heard.map((heard) => heard.messageId)).toEqual(rows.map((row) => row.id))
  expect(await unbalancedPlaces(db)).toEqual([])
}, 60_000)

/** What is announced about an item in Default: must be each of its versions, once. */
async function announcedVersions(item: GivenItem): Promise<string[]> {
  const { rows } = await sql<{ version: string }>`
    select payload #>> '{changes,0,version}' as version from outbox where payload ->> 'itemId' = ${item.id} order by seq`.execute(
    db,
  )
  return rows.map((row) => row.version)
}
