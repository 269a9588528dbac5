import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { headers } from '@nats-io/nats-core'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { parkedStream, streams } from '@lockstep/contracts/streams'
import { parkedSubject, subjects } from '@lockstep/contracts/subjects'
import { openDatabase } from '@lockstep/postgres/database'
import { DatabaseUnreachableError } from '@lockstep/postgres/errors'
import { firstTime } from '@lockstep/postgres/inbox'
import { platformMigrations } from '@lockstep/postgres/migrate'
import type { PlatformTables } from '@lockstep/postgres/platform-tables'
import { eventually } from '@lockstep/testkit/eventually'
import { createSuiteBus } from '@lockstep/testkit/suite-bus'
import { createSuiteDatabase } from '@lockstep/testkit/suite-database'
import { pino } from 'pino'
import { connectBus, type Bus } from './connect.ts'
import {
  RetryLaterError,
  startConsumers,
  UnprocessableMessageError,
  type BatchConsumer,
  type Consumer,
  type Consumers,
  type MessageContext,
} from './consumer.ts'
import { parkedHeaders } from './parking.ts'
import { TestBroker } from './test-broker.ts'
import { ensureStreams } from './topology.ts'

const log = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })
const stream = streams.orders.name
const decode = (data: Uint8Array): string => {
  const text = new TextDecoder().decode(data)
  if (text === 'garbled') throw new SyntaxError('no message of ours')
  return text
}

let opened: AsyncDisposableStack
beforeEach(() => {
  opened = new AsyncDisposableStack()
})
afterEach(() => opened.disposeAsync())

async function connect(url?: string): Promise<Bus> {
  const busUrl = url ?? opened.use(await createSuiteBus()).url
  const bus = opened.use(await connectBus({ url: busUrl, name: 'consumer-test', log }))
  await ensureStreams(bus, ['orders'])
  return bus
}

/** Publishes messages whose text is also their id. */
async function publish(bus: Bus, ...texts: string[]): Promise<void> {
  await Promise.all(
    texts.map((text) =>
      bus.jetstream.publish(subjects.order.changed('acc_1', `ord_${text}`), new TextEncoder().encode(text), {
        msgID: text,
      }),
    ),
  )
}

type OneByOne = Partial<Consumer<string>> & Pick<Consumer<string>, 'handle'>
type InBatches = Partial<BatchConsumer<string>> & Pick<BatchConsumer<string>, 'handleBatch'>

async function consume(bus: Bus, ...consumers: (OneByOne | InBatches)[]): Promise<Consumers> {
  const settings = { durable: 'test-on-order', filter: subjects.order.all, decode, backoffMs: [5], maxBatch: 100 }
  const whole = consumers.map((consumer) => {
    if ('handleBatch' in consumer) return { ...settings, ...consumer }
    const { maxBatch: _, ...single } = settings
    return { ...single, ...consumer }
  })
  return opened.use(await startConsumers({ bus, log, stream: 'orders', consumers: whole, stallMs: 1_000 }))
}

interface Parked {
  text: string
  subject: string
  reason: string
  deliveries: string
  original: string
}

async function parkedIn(bus: Bus): Promise<Parked[]> {
  const { state } = await bus.manager.streams.info(parkedStream.name)
  const found: Parked[] = []
  for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq += 1) {
    const stored = await bus.manager.streams.getMessage(parkedStream.name, { seq })
    const header = (name: string): string => stored?.header.get(name) ?? ''
    found.push({
      text: new TextDecoder().decode(stored?.data),
      subject: stored?.subject ?? '',
      reason: header(parkedHeaders.reason),
      deliveries: header(parkedHeaders.deliveries),
      original: header(parkedHeaders.subject),
    })
  }
  return found
}

const many = (count: number, prefix = 'm'): string[] => Array.from({ length: count }, (_, index) => `${prefix}${index}`)

test('a message comes with its id, subject, number of deliveries and trace, once', async () => {
  const bus = await connect()
  const seen: [string, MessageContext][] = []
  await consume(bus, { handle: async (message, context) => void seen.push([message, context]) })
  const about = headers()
  about.set('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
  await bus.jetstream.publish(subjects.order.received(undefined, 'ord_1'), 'one', { msgID: 'evt_1', headers: about })
  await publish(bus, 'two')

  await eventually(() => expect(seen.map(([message]) => message)).toEqual(['one', 'two']))
  expect(seen[0]?.[1]).toMatchObject({
    messageId: 'evt_1',
    subject: 'evt.orders.v1.order.received.-.ord_1',
    deliveries: 1,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  })
})

test('[R08] each message delivered one to five times, in any order, has one effect', async () => {
  const suite = opened.use(await createSuiteDatabase({ migrations: platformMigrations, name: 'consumer' }))
  const db = opened.use(openDatabase<PlatformTables>({ url: suite.url, applicationName: 'consumer-test' }))
  const bus = await connect()
  const effects: string[] = []
  const deliveries = new Map<string, number>()
  await consume(bus, {
    async handle(message, context) {
      const first = await db.transaction().execute((tx) => firstTime(tx, 'test-on-order', context.messageId))
      if (first) effects.push(message)
      deliveries.set(message, context.deliveries)
      // The effect is there, the acknowledgement is not: as when the process dies in between.
      if (context.deliveries < 1 + (Number(message.slice(1)) % 5))
        throw new RetryLaterError(Math.random() * 20, 'again')
    },
  })
  await publish(bus, ...many(200))

  await eventually(async () =>
    expect((await bus.manager.consumers.info(stream, 'test-on-order')).num_ack_pending).toBe(0),
  )
  await eventually(() => expect(deliveries.size).toBe(200))
  await eventually(() => expect(Math.max(...deliveries.values())).toBe(5))
  expect(effects.toSorted()).toEqual(many(200).toSorted())
  expect(await parkedIn(bus)).toEqual([])
})

test('[R18] a message that always fails is parked alone after its last try, and its neighbours go on', async () => {
  const bus = await connect()
  const done: string[] = []
  let tries = 0
  await consume(bus, {
    async handle(message) {
      if (message === 'poison') {
        tries += 1
        throw new TypeError('cannot read\r\nproperties')
      }
      done.push(message)
    },
  })
  await publish(bus, 'before', 'poison', ...many(20))

  await eventually(async () => expect(await parkedIn(bus)).toHaveLength(1))
  await eventually(() => expect(done).toHaveLength(21))
  expect(tries).toBe(7)
  expect(await parkedIn(bus)).toEqual([
    {
      text: 'poison',
      subject: parkedSubject('test-on-order'),
      reason: 'failed 7 times; TypeError: cannot read properties',
      deliveries: '7',
      original: subjects.order.changed('acc_1', 'ord_poison'),
    },
  ])
  expect((await bus.manager.consumers.info(stream, 'test-on-order')).num_ack_pending).toBe(0)
})

test('[R18] what cannot be read or cannot be processed is parked at its first delivery', async () => {
  const bus = await connect()
  await consume(bus, {
    async handle(message) {
      if (message === 'unprocessable') throw new UnprocessableMessageError('names no order of ours')
    },
  })
  await publish(bus, 'garbled', 'unprocessable')

  await eventually(async () => expect(await parkedIn(bus)).toHaveLength(2))
  expect((await parkedIn(bus)).map(({ reason, deliveries }) => [reason, deliveries])).toEqual([
    ['cannot be read; SyntaxError: no message of ours', '1'],
    ['UnprocessableMessageError: names no order of ours', '1'],
  ])
})

test('[R18] a message that kills its process is parked, and its neighbours are not', async () => {
  const { url } = opened.use(await createSuiteBus())
  const bus = await connect(url)
  await publish(bus, 'a', 'killer', ...many(30))
  const source = `
    import { pino } from 'pino'
    import { connectBus } from './connect.ts'
    import { startConsumers } from './consumer.ts'
    const log = pino({ level: 'silent' })
    const bus = await connectBus({ url: process.env.BUS_URL, name: 'victim', log })
    const consumer = { durable: 'victim-on-order', filter: 'evt.orders.v1.order.>', ackWaitMs: 2500, decode: (data) => new TextDecoder().decode(data),
      async handle(message) { if (message === 'killer') process.kill(process.pid, 'SIGKILL') } }
    await startConsumers({ bus, log, stream: 'orders', consumers: [consumer] })`
  const lives: { count: number; over: boolean; stop?: () => boolean } = { count: 0, over: false }
  const living = (async () => {
    while (!lives.over) {
      lives.count += 1
      const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
        cwd: import.meta.dirname,
        env: { ...process.env, BUS_URL: url },
        stdio: 'ignore',
      })
      const stop = (): boolean => child.kill('SIGKILL')
      lives.stop = stop
      await once(child, 'exit')
    }
  })()

  opened.defer(async () => {
    lives.over = true
    lives.stop?.()
    await living
  })

  await eventually(async () => expect(await parkedIn(bus)).toHaveLength(1), { withinMs: 80_000 })
  await eventually(async () =>
    expect((await bus.manager.consumers.info(stream, 'victim-on-order')).num_ack_pending).toBe(0),
  )
  lives.over = true
  expect(await parkedIn(bus)).toMatchObject([
    { text: 'killer', deliveries: '8', reason: expect.stringContaining('ended without an answer') },
  ])
  expect(lives.count).toBeLessThanOrEqual(8)
}, 120_000)

test('[R18] a message that the broker stops delivering is parked by whoever hears of it', async () => {
  const bus = await connect()
  await consume(bus, { handle: async () => undefined, maxDeliver: 2, ackWaitMs: 2_000, durable: 'test-listening' })
  await publish(bus, 'forgotten')
  await eventually(async () =>
    expect((await bus.manager.consumers.info(stream, 'test-listening')).num_ack_pending).toBe(0),
  )

  bus.connection.publish(
    `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${stream}.test-listening`,
    JSON.stringify({ stream_seq: 1, deliveries: 2 }),
  )

  await eventually(async () =>
    expect(await parkedIn(bus)).toMatchObject([
      { text: 'forgotten', deliveries: '2', original: subjects.order.changed('acc_1', 'ord_forgotten') },
    ]),
  )
})

test('what has arrived is taken together, and a batch that fails is tried one by one so that poison parks alone', async () => {
  const bus = await connect()
  await publish(bus, ...many(50), 'poison', ...many(50, 'n'))
  const sizes: number[] = []
  const effects: string[] = []
  await consume(bus, {
    async handleBatch(entries) {
      sizes.push(entries.length)
      if (entries.some(({ message }) => message === 'poison')) throw new UnprocessableMessageError('poison among them')
      effects.push(...entries.map(({ message }) => message))
    },
  })

  await eventually(() => expect(effects).toHaveLength(100))
  expect(effects.toSorted()).toEqual([...many(50), ...many(50, 'n')].toSorted())
  expect(Math.max(...sizes)).toBeGreaterThan(1)
  expect((await parkedIn(bus)).map(({ text }) => text)).toEqual(['poison'])
})

test('while the database is away nothing is given back or parked: the message waits where it is', async () => {
  const bus = await connect()
  const state = { away: true, calls: 0 }
  const done: number[] = []
  await consume(bus, {
    maxDeliver: 2,
    ackWaitMs: 1_000,
    async handle(_, context) {
      state.calls += 1
      if (state.away) throw new DatabaseUnreachableError('gone')
      done.push(context.deliveries)
    },
  })
  await publish(bus, 'one')

  await eventually(() => expect(state.calls).toBeGreaterThanOrEqual(3))
  state.away = false
  await eventually(() => expect(done).toEqual([1]))
  expect(await parkedIn(bus)).toEqual([])
})

test('[R20] a handler that takes longer than the broker waits keeps its message', async () => {
  const bus = await connect()
  const starts: number[] = []
  const ends: number[] = []
  await consume(bus, {
    ackWaitMs: 600,
    async handle(_, context) {
      starts.push(context.deliveries)
      const until = performance.now() + 2_500
      await eventually(() => expect(performance.now()).toBeGreaterThan(until))
      ends.push(context.deliveries)
    },
  })
  await publish(bus, 'slow', 'next')

  await eventually(() => expect(ends).toEqual([1, 1]))
  expect(starts).toEqual([1, 1])
})

test('[R19] a handler that hangs is told, given up, and its message comes again', async () => {
  const bus = await connect()
  const done: string[] = []
  const told: boolean[] = []
  await consume(bus, {
    handlerTimeoutMs: 200,
    async handle(message, context) {
      if (context.deliveries === 1 && message === 'hangs') {
        await once(context.signal, 'abort')
        told.push(context.signal.aborted)
        await new Promise(() => {})
      }
      done.push(message)
    },
  })
  await publish(bus, 'hangs', 'next')

  await eventually(() => expect(done.toSorted()).toEqual(['hangs', 'next']))
  expect(told).toEqual([true])
})

test('[R19] a durable that was deleted is made again and the stream replayed', async () => {
  const bus = await connect()
  const seen: string[] = []
  await consume(bus, { handle: async (message) => void seen.push(message) })
  await publish(bus, 'one', 'two')
  await eventually(() => expect(seen).toEqual(['one', 'two']))

  await bus.manager.consumers.delete(stream, 'test-on-order')
  await publish(bus, 'three')

  await eventually(() => expect(seen).toEqual(['one', 'two', 'one', 'two', 'three']))
})

test('[R11] [R19] consumers go on by themselves when the broker dies, and when it comes back empty', async () => {
  const broker = opened.use(await TestBroker.create())
  await broker.start()
  const bus = await connect(broker.url)
  const seen: string[] = []
  const consumers = await consume(bus, { handle: async (message) => void seen.push(message) })
  await publish(bus, 'one')
  await eventually(() => expect(seen).toEqual(['one']))

  await broker.kill()
  await broker.start()
  await eventually(() => publish(bus, 'two'))
  await eventually(() => expect(seen).toContain('two'))

  await broker.kill()
  broker.wipe()
  await broker.start()
  await eventually(() => ensureStreams(bus, ['orders']))
  await eventually(() => publish(bus, 'three'))
  await eventually(() => expect(seen).toContain('three'), { withinMs: 30_000 })
  expect(consumers.isHealthy()).toBe(true)
}, 90_000)

test('[R17] [R19] a broker that freezes and wakes costs nothing but time', async () => {
  const broker = opened.use(await TestBroker.create())
  await broker.start()
  const bus = await connect(broker.url)
  const seen: string[] = []
  await consume(bus, { handle: async (message) => void seen.push(message) })
  await publish(bus, 'one')
  await eventually(() => expect(seen).toEqual(['one']))

  broker.freeze()
  await eventually(() => expect(bus.isConnected()).toBe(false), { withinMs: 50_000 })
  broker.thaw()

  await eventually(() => publish(bus, 'two'), { withinMs: 30_000 })
  await eventually(() => expect(seen).toContain('two'), { withinMs: 30_000 })
}, 120_000)

test('[R30] disposal ends the message that runs, and gives the others back for a successor at once', async () => {
  const bus = await connect()
  const first: string[] = []
  const step: { finish?: () => void } = {}
  const consumers = await consume(bus, {
    async handle(message) {
      if (message !== 'warm') await new Promise<void>((resolve) => (step.finish = resolve))
      first.push(message)
    },
  })
  await publish(bus, 'warm')
  await eventually(() => expect(first).toEqual(['warm']))
  await publish(bus, ...many(200))
  await eventually(() => expect(step.finish).toBeDefined())

  const stopping = consumers[Symbol.asyncDispose]()
  step.finish?.()
  await stopping
  const second: string[] = []
  await consume(bus, { handle: async (message) => void second.push(message) })

  await eventually(() => expect(new Set([...first, ...second])).toEqual(new Set(['warm', ...many(200)])))
  expect(first).toHaveLength(2)
})

test('two processes share the messages of one durable, each message going to one of them', async () => {
  const { url } = opened.use(await createSuiteBus())
  const seen: string[] = []
  for (let process = 0; process < 2; process += 1)
    await consume(await connect(url), { handle: async (message) => void seen.push(message) })
  await publish(await connect(url), ...many(300))

  await eventually(() => expect(seen).toHaveLength(300))
  expect(new Set(seen).size).toBe(300)
})

test('settings of a durable are brought up to date when its consumer starts', async () => {
  const bus = await connect()
  const before = await consume(bus, { handle: async () => undefined })
  await before[Symbol.asyncDispose]()
  await consume(bus, { handle: async () => undefined, ackWaitMs: 12_000, maxAckPending: 50 })

  const { config } = await bus.manager.consumers.info(stream, 'test-on-order')
  expect(config).toMatchObject({
    ack_wait: 12_000_000_000,
    max_ack_pending: 50,
    max_deliver: 8,
    filter_subject: subjects.order.all,
  })
})
