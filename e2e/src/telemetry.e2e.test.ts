import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { isServing } from '@lockstep/local-stack/health'
import { eventually } from '@lockstep/testkit/eventually'
import { run } from './stage/accounts.ts'
import { liveOf } from './stage/amazon.ts'
import { expectRefusal } from './stage/answers.ts'
import { auditWords, parcel } from './stage/despatches.ts'
import { openStage, type Stage } from './stage/open-stage.ts'
import { buyAndDownload } from './stage/orders.ts'
import { reflectedServices } from './stage/reflection.ts'
import { aListing, aSeller } from './stage/seller.ts'
import { findWay, openSpanSink, type SpanSink } from './stage/span-sink.ts'

const services = {
  inventory: ['lockstep.inventory.v1.InventoryService'],
  'channel-connector': ['AccountService', 'MappingService', 'SyncService', 'GatewayService'].map(
    (name) => `lockstep.channel.v1.${name}`,
  ),
  'order-download': ['lockstep.orders.v1.OrderService'],
  report: ['lockstep.report.v1.ReportService'],
  despatch: ['lockstep.despatch.v1.DespatchService'],
} as const
const names = Object.keys(services) as (keyof typeof services)[]
const clock = { sellerId: 'A1TRACED001', sku: 'CLOCK' }

let sink: SpanSink
let stage: Stage
let orderId: string

beforeAll(async () => {
  sink = await openSpanSink()
  stage = await openStage({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_BSP_SCHEDULE_DELAY: '200' } })
  await stage.load(
    aSeller({
      sellerId: clock.sellerId,
      accounts: { UK: 'UK' },
      stock: { [clock.sku]: 5 },
      listings: [aListing(clock.sku, 'UK', 5)],
    }),
  )
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
  await sink[Symbol.asyncDispose]()
})

test('[OP28] one trace leads from a change of stock over NATS to the call to Amazon, and on to the news that Amazon took it', async () => {
  await run(stage, 'stock', 'set', clock.sku, '9')
  await eventually(async () => expect(await liveOf(stage, clock)).toBe(9))

  const way = await wayOf([
    'inventory: lockstep.inventory.v1.InventoryService/SetStock',
    'inventory: publish inventory.v1.availability.changed',
    'channel-connector: send number',
    'channel-connector: amazon patchListingsItem',
  ])
  expect(new Set(way.map(({ traceId }) => traceId)).size).toBe(1)
  await wayOf([
    'inventory: publish inventory.v1.availability.changed',
    'channel-connector: process channel-connector-numbers-on-availability',
  ])
  await wayOf(['channel-connector: send number', 'channel-connector: publish channel.v1.listing.quantity-accepted'])
})

test('[OP28] a poll leads over gRPC to Amazon and back, over NATS into the books and the new number, and over gRPC and NATS again when the order is despatched', async () => {
  await stage.sim.putListing({ ...clock, quantity: 12 })

  orderId = await buyAndDownload(stage, { ...clock, account: 'UK' })

  await eventually(async () => expect(await liveOf(stage, clock)).toBe(8))
  await wayOf([
    'order-download: due poll',
    'order-download: lockstep.channel.v1.GatewayService/CallAmazon',
    'channel-connector: lockstep.channel.v1.GatewayService/CallAmazon',
    'channel-connector: amazon searchOrders',
  ])
  await wayOf([
    'order-download: due poll',
    'order-download: publish orders.v1.order.received',
    'inventory: process inventory-books-on-order',
    'inventory: publish inventory.v1.availability.changed',
    'channel-connector: send number',
    'channel-connector: amazon patchListingsItem',
  ])
  await run(stage, 'orders', 'process', orderId, ...parcel)
  await eventually(async () => expect(await auditWords(stage, orderId)).toContain('Order Successfully Despatched'))
  await wayOf([
    'despatch: lockstep.despatch.v1.DespatchService/ProcessOrder',
    'despatch: lockstep.orders.v1.OrderService/GetOrder',
    'order-download: lockstep.orders.v1.OrderService/GetOrder',
  ])
  await wayOf([
    'despatch: lockstep.despatch.v1.DespatchService/ProcessOrder',
    'despatch: publish despatch.v1.despatch.processed',
    'inventory: process inventory-books-on-despatch',
  ])
  await wayOf([
    'despatch: due tell-amazon',
    'despatch: lockstep.channel.v1.GatewayService/CallAmazon',
    'channel-connector: lockstep.channel.v1.GatewayService/CallAmazon',
    'channel-connector: amazon confirmShipment',
  ])
})

test('[OP28] a log line that speaks of a call, an order, an account or a message names its trace', async () => {
  expectRefusal(await stage.lockstep('stock', 'set', 'NOPE', '1'), { code: 'ITEM_UNKNOWN' })
  expectRefusal(await stage.lockstep('orders', 'process', orderId, ...parcel), { code: 'NOTHING_OPEN' })
  expectRefusal(await stage.lockstep('why', 'UK', 'NOPE'), { code: 'LISTING_UNKNOWN' })

  const lines = names.flatMap((service) => logLines(stage.log(service)))

  const subjects = ['method', 'account_id', 'connection_id', 'order_id', 'despatch_id', 'report_id', 'message_id']
  const spoken = lines.filter(({ level, ...fields }) => level !== 'debug' && subjects.some((name) => name in fields))
  expect(new Set(spoken.map(({ service }) => service))).toEqual(
    new Set(['inventory', 'channel-connector', 'order-download', 'despatch']),
  )
  expect(spoken.filter(({ trace_id: traceId }) => !/^[0-9a-f]{32}$/.test(String(traceId)))).toEqual([])
  const refused = lines.find(({ reason }) => reason === 'ITEM_UNKNOWN')
  await eventually(() => expect(sink.spans().map(({ traceId }) => traceId)).toContain(refused?.['trace_id']))
  expect(lines.filter(({ level }) => level === 'error')).toEqual([])
})

test.each(names)('the metrics of %s are Prometheus text, and no label holds an id', async (service) => {
  const answer = await fetch(`http://127.0.0.1:${stage.stack.ports.metrics[service]}/metrics`)
  const text = await answer.text()

  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
  const lines = text.split('\n').filter((line) => line !== '')
  const label = String.raw`[a-zA-Z_]\w*="(?:[^"\\]|\\.)*"`
  const sample = new RegExp(
    String.raw`^(# (HELP|TYPE|UNIT) .*|[a-zA-Z_:][\w:]*(\{${label}(,${label})*\})? (NaN|[+-]?(Inf|\d[\d.e+-]*))( \d+)?)$`,
  )
  expect(lines.filter((line) => !sample.test(line))).toEqual([])
  expect(lines.filter((line) => line.startsWith('# TYPE')).length).toBeGreaterThan(3)
  expect(text).not.toMatch(/"(itm|loc|lst|acc|con|ord|oln|dsp|rpt|rsv|mov|evt)_/)
})

test.each(names)('%s answers for its health by every name, and reflects its services', async (service) => {
  const address = stage.address(service)
  const soon = AbortSignal.timeout(5_000)

  for (const name of ['', 'startup', 'readiness', 'liveness']) expect(await isServing(address, name, soon)).toBe(true)
  const reflected = await reflectedServices(address)
  for (const name of services[service]) expect(reflected).toContain(name)
})

async function wayOf(way: readonly string[]) {
  return eventually(() => {
    const found = findWay(sink.spans(), way)
    if (!found) throw new Error(`no trace leads along ${way.join(' → ')}`)
    return found
  })
}

function logLines(log: string): Record<string, unknown>[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
