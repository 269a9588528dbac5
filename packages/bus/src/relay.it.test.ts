import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { AvailabilityChanged } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_events.ts'
import { streams } from '@lockstep/contracts/streams'
import { subjects } from '@lockstep/contracts/subjects'
import { openDatabase } from '@lockstep/postgres/database'
import { platformMigrations } from '@lockstep/postgres/migrate'
import { enqueue, enqueueAll } from '@lockstep/postgres/outbox'
import type { PlatformTables } from '@lockstep/postgres/platform-tables'
import { eventually } from '@lockstep/testkit/eventually'
import { createSuiteBus } from '@lockstep/testkit/suite-bus'
import { createSuiteDatabase } from '@lockstep/testkit/suite-database'
import { sql, type Kysely, type Transaction } from 'kysely'
import { pino } from 'pino'
import { connectBus, type Bus } from './connect.ts'
import { startRelay, type Relay, type RelayOptions } from './relay.ts'
import { FencedError, RelayStatements } from './relay-statements.ts'
import { TestBroker } from './test-broker.ts'
import { ensureStreams } from './topology.ts'

const log = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })
const stream = streams.inventory.name

let opened: AsyncDisposableStack
let db: Kysely<PlatformTables>
let databaseUrl: string
beforeEach(async () => {
  opened = new AsyncDisposableStack()
  const suite = opened.use(await createSuiteDatabase({ migrations: platformMigrations, name: 'relay' }))
  databaseUrl = suite.url
  db = opened.use(openDatabase<PlatformTables>({ url: suite.url, applicationName: 'relay-test' }))
})
afterEach(() => opened.disposeAsync())

async function connect(url?: string): Promise<Bus> {
  const busUrl = url ?? opened.use(await createSuiteBus()).url
  return opened.use(await connectBus({ url: busUrl, name: 'relay-test', log }))
}

async function ownBroker(): Promise<TestBroker> {
  const broker = opened.use(await TestBroker.create())
  await broker.start()
  return broker
}

function relay(bus: Bus, more: Partial<RelayOptions<PlatformTables>> = {}): Relay {
  return opened.use(
    startRelay({ db, bus, owner: 'inventory', log, pollMs: 20, leaseMs: 1_000, verifyMs: 200, ...more }),
  )
}

const event = (number: number): { id: string; subject: string; payload: unknown } => ({
  id: `evt_${number}`,
  subject: subjects.availability.changed(`itm_${number % 7}`),
  payload: { itemId: `itm_${number % 7}`, changes: [{ locationId: 'loc_1', available: String(number), version: '1' }] },
})

/** Writes events from..to-1, each batch in a transaction of its own. */
async function write(from: number, to: number, batch = 100): Promise<void> {
  for (let first = from; first < to; first += batch) {
    const rows = Array.from({ length: Math.min(batch, to - first) }, (_, index) => event(first + index))
    await db.transaction().execute((tx: Transaction<PlatformTables>) => enqueueAll(tx, rows))
  }
}

async function waiting(): Promise<number> {
  const { rows } = await sql<{
    count: number
  }>`select count(*) as count from outbox where published_at is null and refused_reason is null`.execute(db)
  return rows[0]?.count ?? -1
}

interface Stored {
  id: string
  subject: string
  traceparent: string
  message: AvailabilityChanged
}

/** Everything the stream holds, in its order. */
async function storedIn(bus: Bus): Promise<Stored[]> {
  const { state } = await bus.manager.streams.info(stream)
  if (state.messages === 0) return []
  const consumer = await bus.jetstream.consumers.get(stream)
  const stored: Stored[] = []
  for await (const message of await consumer.consume()) {
    const header = (name: string): string => message.headers?.get(name) ?? ''
    stored.push({
      id: header('Nats-Msg-Id'),
      subject: message.subject,
      traceparent: header('traceparent'),
      message: AvailabilityChanged.decode(message.data),
    })
    if (stored.length === state.messages) break
  }
  return stored
}

const idsFrom = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `evt_${from + index}`)

test('what was committed is published in order, as protobuf, under its id and with its trace; nothing else is', async () => {
  const bus = await connect()
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00'
  await write(0, 250, 50)
  await db.transaction().execute((tx) => enqueue(tx, { ...event(250), traceparent }))
  const undone = db.transaction().execute(async (tx) => {
    await enqueue(tx, event(999))
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')

  relay(bus)

  await eventually(async () => expect(await waiting()).toBe(0))
  const stored = await storedIn(bus)
  expect(stored.map(({ id }) => id)).toEqual(idsFrom(0, 251))
  expect(stored[250]).toMatchObject({
    subject: subjects.availability.changed('itm_5'),
    traceparent,
    message: { itemId: 'itm_5', changes: [{ available: 250n }] },
  })
  const rows = await db.selectFrom('outbox').select(['id', 'stream_seq', 'published_at']).orderBy('seq').execute()
  expect(rows.map((row) => row.stream_seq)).toEqual(Array.from({ length: 251 }, (_, index) => index + 1))
})

test('a poke is answered long before the next poll', async () => {
  const bus = await connect()
  const running = relay(bus, { pollMs: 60_000, leaseMs: 600_000 })
  await eventually(async () => {
    await write(0, 1).catch(() => undefined)
    running.poke()
    expect(await waiting()).toBe(0)
  })
})

test('[R07] an event whose transaction commits after later ones is published all the same', async () => {
  const bus = await connect()
  relay(bus)
  const late = Promise.withResolvers<void>()
  const written = Promise.withResolvers<void>()
  const open = db.transaction().execute(async (tx) => {
    await enqueue(tx, event(0))
    written.resolve()
    await late.promise
  })
  await written.promise

  await write(1, 101)
  await eventually(async () => expect((await bus.manager.streams.info(stream)).state.messages).toBe(100))
  late.resolve()
  await open

  await eventually(async () => expect(await waiting()).toBe(0))
  expect((await storedIn(bus)).map(({ id }) => id)).toEqual([...idsFrom(1, 101), 'evt_0'])
})

test('[R06] a broker that is killed again and again under load loses nothing and stores nothing twice', async () => {
  const broker = await ownBroker()
  const bus = await connect(broker.url)
  relay(bus)
  const writing = write(0, 4_000, 5)
  for (let round = 1; round <= 3; round += 1) {
    const reached = round * 500
    await eventually(async () =>
      expect((await bus.manager.streams.info(stream)).state.messages).toBeGreaterThan(reached),
    )
    await broker.kill()
    await broker.start()
  }
  await writing

  await eventually(async () => expect(await waiting()).toBe(0))
  const ids = (await eventually(() => storedIn(bus))).map(({ id }) => id)
  expect(ids.length).toBe(4_000)
  expect(new Set(ids)).toEqual(new Set(idsFrom(0, 4_000)))
}, 120_000)

test('[R17] a relay that is started while the broker is down publishes when it comes', async () => {
  const broker = opened.use(await TestBroker.create())
  await write(0, 10)
  const connecting = connect(broker.url)
  await broker.start()
  const bus = await connecting
  relay(bus)
  await eventually(async () => expect(await waiting()).toBe(0))

  await broker.kill()
  await write(10, 20)
  await broker.start()
  await eventually(async () => expect(await waiting()).toBe(0))
  expect(await storedIn(bus)).toHaveLength(20)
}, 60_000)

test('[R11] a broker that comes back without its data is filled again from the outbox', async () => {
  const broker = await ownBroker()
  const bus = await connect(broker.url)
  relay(bus)
  await write(0, 700)
  await eventually(async () => expect(await waiting()).toBe(0))

  await broker.kill()
  broker.wipe()
  await write(700, 750)
  await broker.start()

  await eventually(async () => expect(await storedIn(bus)).toHaveLength(750))
  expect((await storedIn(bus)).map(({ id }) => id)).toEqual(idsFrom(0, 750))
}, 60_000)

test('[R11] a stream that was made anew by somebody else is filled again', async () => {
  const bus = await connect()
  relay(bus)
  await write(0, 30)
  await eventually(async () => expect(await waiting()).toBe(0))

  await bus.manager.streams.delete(stream)
  await ensureStreams(bus, ['inventory'])

  await eventually(async () => expect((await bus.manager.streams.info(stream)).state.messages).toBe(30))
})

test('[R11] a stream that lost its newest messages gets those again', async () => {
  const bus = await connect()
  const first = startRelay({ db, bus, owner: 'inventory', log, pollMs: 20, leaseMs: 1_000 })
  await write(0, 30)
  await eventually(async () => expect(await waiting()).toBe(0))
  await first[Symbol.asyncDispose]()
  // As after a power cut: the same stream, with its end missing.
  await bus.manager.streams.delete(stream)
  await ensureStreams(bus, ['inventory'])
  const { created } = await bus.manager.streams.info(stream)
  await sql`update relay_lease set stream_created = ${created}`.execute(db)

  relay(bus)
  await eventually(async () => expect((await bus.manager.streams.info(stream)).state.messages).toBe(30))
})

test('an event that cannot be encoded is set aside with its reason and holds nobody up', async () => {
  const bus = await connect()
  const rows = [event(0), { id: 'evt_bad', subject: 'evt.nobody.v1.thing.happened.-.x', payload: {} }, event(1)]
  await db.transaction().execute((tx) => enqueueAll(tx, rows))
  relay(bus)

  await eventually(async () => expect(await waiting()).toBe(0))
  expect((await storedIn(bus)).map(({ id }) => id)).toEqual(['evt_0', 'evt_1'])
  const refused = await db
    .selectFrom('outbox')
    .select(['id', 'refused_reason'])
    .where('refused_reason', 'is not', null)
    .execute()
  expect(refused).toEqual([{ id: 'evt_bad', refused_reason: expect.stringContaining('no event travels on subject') }])
})

/** A relay in a process of its own, to be killed or frozen. */
function spawnRelay(busUrl: string, env: Record<string, string> = {}): ReturnType<typeof spawn> {
  const source = `
    import { openDatabase } from '@lockstep/postgres/database'
    import { configureFailpoint } from '@lockstep/postgres/failpoint'
    import { pino } from 'pino'
    import { connectBus } from './connect.ts'
    import { startRelay } from './relay.ts'
    configureFailpoint(process.env.FAILPOINT)
    const log = pino()
    const bus = await connectBus({ url: process.env.BUS_URL, name: 'victim', log })
    startRelay({ db: openDatabase({ url: process.env.DATABASE_URL, applicationName: 'victim' }), bus, owner: 'inventory', log, pollMs: 20, leaseMs: 1000 })`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
    cwd: import.meta.dirname,
    env: { ...process.env, DATABASE_URL: databaseUrl, BUS_URL: busUrl, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  opened.defer(() => void child.kill('SIGKILL'))
  return child
}

test.each(['relay.before-publish', 'relay.after-publish@2', 'relay.after-mark'])(
  '[R05] [R21] a process that dies at %s leaves nothing lost and nothing twice for its successor',
  async (point) => {
    const { url } = opened.use(await createSuiteBus())
    await write(0, 600)
    const victim = spawnRelay(url, { FAILPOINT: point })
    await once(victim, 'exit')
    expect(victim.signalCode).toBe('SIGKILL')

    const bus = await connect(url)
    relay(bus)

    await eventually(async () => expect(await waiting()).toBe(0))
    expect((await storedIn(bus)).map(({ id }) => id)).toEqual(idsFrom(0, 600))
  },
  60_000,
)

test('[R20] a relay that was frozen past its lease is relieved, and steps down when it wakes', async () => {
  const { url } = opened.use(await createSuiteBus())
  await write(0, 10)
  const victim = spawnRelay(url)
  await eventually(async () => expect(await waiting()).toBe(0))
  victim.kill('SIGSTOP')
  const bus = await connect(url)
  relay(bus)
  await write(10, 20)
  await eventually(async () => expect(await waiting()).toBe(0))

  const steppedDown = (async () => {
    for await (const chunk of victim.stdout ?? []) if (String(chunk).includes('steps down')) return true
    return false
  })()
  victim.kill('SIGCONT')

  expect(await steppedDown).toBe(true)
  await write(20, 30)
  await eventually(async () => expect(await waiting()).toBe(0))
  expect((await storedIn(bus)).map(({ id }) => id)).toEqual(idsFrom(0, 30))
}, 60_000)

test('[R20] a mark under an older epoch is refused and changes nothing', async () => {
  await write(0, 1)
  const old = new RelayStatements(db, { name: stream, holder: 'old', leaseMs: 1 })
  const next = new RelayStatements(db, { name: stream, holder: 'next', leaseMs: 60_000 })
  const held = await old.acquire()
  const taken = await eventually(async () => {
    const lease = await next.acquire()
    expect(lease).toBeDefined()
    return lease
  })

  expect([held?.epoch, taken?.epoch]).toEqual([1, 2])
  await expect(old.markPublished(1, [{ id: 'evt_0', streamSeq: 1 }])).rejects.toThrow(FencedError)
  await expect(old.extend(1)).rejects.toThrow(FencedError)
  await expect(old.refill(1, { created: 'x', lastSeq: 0 }, 0)).rejects.toThrow(FencedError)
  await old.refuse(1, 'evt_0', 'late')
  expect(await db.selectFrom('outbox').select(['published_at', 'refused_reason']).execute()).toEqual([
    { published_at: null, refused_reason: null },
  ])
  expect(await old.acquire()).toBeUndefined()

  await next.markPublished(2, [{ id: 'evt_0', streamSeq: 1 }])
  expect(await waiting()).toBe(0)
})

test('[R30] a relay that stops hands its lease over at once', async () => {
  const bus = await connect()
  const first = startRelay({ db, bus, owner: 'inventory', log, pollMs: 20, leaseMs: 600_000 })
  await write(0, 5)
  await eventually(async () => expect(await waiting()).toBe(0))
  await first[Symbol.asyncDispose]()

  const second = new RelayStatements(db, { name: stream, holder: 'second', leaseMs: 1_000 })
  expect((await second.acquire())?.epoch).toBe(2)
})
