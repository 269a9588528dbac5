import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '@lockstep/testkit/eventually'
import { journalEnd, sentQuantities } from './amazon-journal.ts'
import { startBenchStack, type BenchStack } from './bench-stack.ts'
import { percentile, type BenchOptions, type Benchmark, type Figure } from './benchmark.ts'
import { aSeller, sellerIdOf, skusOf } from './sellers.ts'
import { lastMovedAt, setStock } from './stock.ts'

/** How soon one change on a quiet system leaves for Amazon. */
export const quietChange: Benchmark = {
  name: 'quiet-change',
  summary: 'from the ledger entry of a stock change to its request at Amazon, guard read included',
  run,
}

const seller = 'quiet'
const sellerId = sellerIdOf(seller)
const skus = skusOf(seller, 40)
const changes = 100
const onHand = 50

async function run({ say }: BenchOptions): Promise<Figure[]> {
  await using bench = await startBenchStack()
  say('loading')
  await bench.load(aSeller({ name: seller, skus, onHand }))
  // The reads that follow the first links are over; the system is quiet.
  await warmUp(bench)
  say(`${changes} changes, one at a time`)
  const travels: number[] = []
  for (let change = 0; change < changes; change += 1) {
    travels.push(
      await travelOf(bench, {
        sku: skus[change % skus.length] ?? '',
        onHand: onHand - 1 - Math.floor(change / skus.length),
      }),
    )
    await delay(300 + Math.random() * 200)
  }
  const read = await guardReadMs(bench)
  return [
    {
      name: 'p50_ms',
      value: percentile(travels, 0.5),
      bar: { atMost: 250 },
      limit: { value: read, because: 'the guard read alone, as the simulator takes it' },
    },
    { name: 'p95_ms', value: percentile(travels, 0.95), bar: { atMost: 1_000 } },
    { name: 'slowest_ms', value: Math.max(...travels) },
    { name: 'changes', value: travels.length },
  ]
}

async function warmUp(bench: BenchStack): Promise<void> {
  for (const sku of skus.slice(0, 5)) await travelOf(bench, { sku, onHand: onHand + 5 })
  await eventually(
    async () => {
      const { entries } = await bench.sim.journal({ sellerId, limit: 10_000 })
      const last = entries.at(-1)
      if (last && Date.now() - new Date(last.at).getTime() < 3_000)
        throw new Error('Amazon is still asked for something')
    },
    { withinMs: 120_000, everyMs: 500 },
  )
}

/** Changes one item and answers how long its number took, from the ledger's time to the journal's. */
async function travelOf(bench: BenchStack, change: { sku: string; onHand: number }): Promise<number> {
  const since = await journalEnd(bench)
  await setStock(bench, [change])
  const movedAt = await lastMovedAt(bench, change.sku)
  const sent = await eventually(
    async () => {
      const found = (await sentQuantities(bench, { sellerId, since })).find(
        ({ sku, quantity }) => sku === change.sku && quantity === change.onHand,
      )
      if (!found) throw new Error(`${change.sku} was not sent`)
      return found
    },
    { withinMs: 30_000, everyMs: 25 },
  )
  return sent.at.getTime() - movedAt.getTime()
}

async function guardReadMs(bench: BenchStack): Promise<number> {
  const { entries } = await bench.sim.journal({ sellerId, operation: 'searchListingsItems', limit: 10_000 })
  return percentile(
    entries.map(({ ms }) => ms),
    0.5,
  )
}
