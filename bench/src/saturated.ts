import { setTimeout as delay } from 'node:timers/promises'
import { marketplaces } from '@lockstep/local-stack/scenario'
import { call } from '@lockstep/rpc/client'
import { openServiceClients } from '@lockstep/testkit/clients'
import { freePort } from '@lockstep/testkit/free-port'
import { journalEnd, journalAfter } from './amazon-journal.ts'
import { startBenchStack, type BenchStack } from './bench-stack.ts'
import type { BenchOptions, Benchmark, Figure } from './benchmark.ts'
import { changeWithoutEnd } from './changes-without-end.ts'
import { aSeller, sellerIdOf, skusOf } from './sellers.ts'

/** Whether every write that Amazon allows is used, and none more, while reads use up their own limit beside them. */
export const saturated: Benchmark = {
  name: 'saturated',
  summary:
    'more changes than one seller may send, with 1 and 4 connectors and readers on each: every permitted write used, no 429',
  run,
}

const seller = 'full'
const sellerId = sellerIdOf(seller)
const skus = skusOf(seller, 400)
const onHand = 500
/** Usage plan of patchListingsItem for one seller (SP-API: Listings Items 2021-08-01, patchListingsItem). */
const patchesPerSecond = 5
const changesPerSecond = 12
/** Until the first numbers are on their way and what the links brought about has been sent. */
const warmUpMs = 20_000
const defaultMinutes = 10

interface Round {
  name: string
  replicas: number
  refill: 'continuous' | 'stepped'
  usedAtLeast: number
  throttledAtMost: number
}

const rounds: readonly Round[] = [
  { name: 'one', replicas: 1, refill: 'continuous', usedAtLeast: 99, throttledAtMost: 0 },
  { name: 'four', replicas: 4, refill: 'continuous', usedAtLeast: 99, throttledAtMost: 0 },
  { name: 'stepped', replicas: 1, refill: 'stepped', usedAtLeast: 90, throttledAtMost: 0.1 },
]

async function run({ minutes = defaultMinutes, say }: BenchOptions): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const round of rounds) figures.push(...(await runRound(round, { minutes, say })))
  return figures
}

async function runRound(
  round: Round,
  { minutes, say }: { minutes: number; say: BenchOptions['say'] },
): Promise<Figure[]> {
  await using bench = await startBenchStack()
  const addresses = [bench.stack.address('channel-connector'), ...(await startReplicas(bench, round.replicas - 1))]
  await bench.sim.changeSettings({ refill: round.refill })
  say(`${round.name}: loading`)
  await bench.load(aSeller({ name: seller, skus, onHand }))
  const ends = new AbortController()
  const working = [
    changeWithoutEnd(bench, { skus, onHand, perSecond: changesPerSecond, signal: ends.signal }),
    ...addresses.map((address) => read(address, ends.signal)),
  ]
  await delay(warmUpMs)
  const since = await journalEnd(bench)
  say(
    `${round.name}: ${minutes} min with ${round.replicas} connector${round.replicas > 1 ? 's' : ''}, ${round.refill} refill`,
  )
  const seconds = await measured(minutes)
  const entries = await journalAfter(bench, { sellerId, since })
  ends.abort()
  await Promise.all(working)
  return figuresOf(round, entries, seconds)
}

async function measured(minutes: number): Promise<number> {
  const begun = performance.now()
  await delay(minutes * 60_000)
  return (performance.now() - begun) / 1_000
}

function figuresOf(
  { name, usedAtLeast, throttledAtMost }: Round,
  entries: Awaited<ReturnType<typeof journalAfter>>,
  seconds: number,
): Figure[] {
  const of = (operation: string) => entries.filter((entry) => entry.operation === operation)
  const sent = of('patchListingsItem').filter(({ status }) => status === 200)
  const throttled = entries.filter(({ status }) => status === 429)
  const permitted = patchesPerSecond * seconds
  return [
    {
      name: `${name}_used_percent`,
      value: (100 * sent.length) / permitted,
      bar: { atLeast: usedAtLeast },
      limit: { value: 99.9, because: 'a thousandth is kept, so that two clocks never add up to one call too many' },
    },
    {
      name: `${name}_throttled_percent`,
      value: entries.length === 0 ? 100 : (100 * throttled.length) / entries.length,
      bar: { atMost: throttledAtMost },
    },
    { name: `${name}_throttled_429`, value: throttled.length },
    { name: `${name}_patches`, value: sent.length },
    { name: `${name}_reads_per_s`, value: of('searchListingsItems').length / seconds },
  ]
}

/** Starts further connectors, which end with the stack, and answers where they listen. */
async function startReplicas({ stack }: BenchStack, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const port = await freePort()
      const name = `channel-connector-${index + 2}`
      await stack.startReplica('channel-connector', { name, port, metricsPort: await freePort() })
      return `127.0.0.1:${port}`
    }),
  )
}

/** Reads as fast as the bucket allows, as somebody would who looks through all listings. */
async function read(address: string, signal: AbortSignal): Promise<void> {
  using clients = openServiceClients({ address: () => address })
  const { accounts } = await call(
    clients.accounts,
    'listAccounts',
    { page: { size: 10, token: '' } },
    { timeoutMs: 30_000, actor: 'bench', readOnly: true },
  )
  const query = Object.entries({
    marketplaceIds: marketplaces.UK.id,
    identifiers: skus.slice(0, 20).join(','),
    identifiersType: 'SKU',
    pageSize: '20',
    includedData: 'summaries,fulfillmentAvailability',
  }).map(([name, value]) => ({ name, value }))
  const request = {
    accountId: accounts[0]?.id ?? '',
    connectionId: '',
    operation: 'searchListingsItems',
    path: { sellerId },
    query,
    body: Buffer.alloc(0),
    lane: 'verification',
    notAfter: undefined,
  }
  while (!signal.aborted) {
    // A read that found no token in time is made again: the bucket is meant to be dry.
    await call(clients.gateway, 'callAmazon', request, { timeoutMs: 5_000, actor: 'bench' }).catch(() => delay(50))
  }
}
