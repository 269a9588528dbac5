import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { streams } from '@lockstep/contracts/streams'
import { createSuiteBus } from '@lockstep/testkit/suite-bus'
import { pino } from 'pino'
import { connectBus, type Bus } from './connect.ts'
import { ensureStreams, streamOf, TopologyDriftError } from './topology.ts'

const opened = { stack: new AsyncDisposableStack() }
let bus: Bus
beforeEach(async () => {
  opened.stack = new AsyncDisposableStack()
  const suite = opened.stack.use(await createSuiteBus())
  bus = opened.stack.use(await connectBus({ url: suite.url, name: 'topology-test', log: pino({ level: 'silent' }) }))
})
afterEach(() => opened.stack.disposeAsync())

test('[R16] streams are made so that nothing unread is dropped, and making them again changes nothing', async () => {
  await Promise.all([ensureStreams(bus), ensureStreams(bus)])
  await ensureStreams(bus)

  const names: string[] = []
  for await (const { config } of bus.manager.streams.list()) {
    names.push(config.name)
    expect(config).toMatchObject({
      retention: 'limits',
      discard: 'new',
      storage: 'file',
      deny_delete: true,
      deny_purge: true,
      num_replicas: 1,
    })
  }
  expect(names.toSorted()).toEqual([
    'CHANNEL_EVENTS',
    'DESPATCH_EVENTS',
    'INVENTORY_EVENTS',
    'ORDERS_EVENTS',
    'PARKED',
    'REPORT_EVENTS',
  ])
})

test('[R16] a stream that is set up otherwise is refused by field, and left as it is', async () => {
  await ensureStreams(bus, ['report'])
  await bus.manager.streams.update(streams.report.name, { max_bytes: 1_000_000 })

  const refused = ensureStreams(bus, ['report'])
  await expect(refused).rejects.toThrow(TopologyDriftError)
  await expect(refused).rejects.toThrow('max_bytes is 1000000 and should be')
  expect((await bus.manager.streams.info(streams.report.name)).config.max_bytes).toBe(1_000_000)
})

test('a stream goes by its owner, its name or its definition', () => {
  expect([streamOf('orders'), streamOf('ORDERS_EVENTS'), streamOf(streams.orders)]).toEqual([
    streams.orders,
    streams.orders,
    streams.orders,
  ])
  expect(() => streamOf('nobody')).toThrow('name one of INVENTORY_EVENTS')
})
