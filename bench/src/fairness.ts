import { setTimeout as delay } from 'node:timers/promises'
import { journalEnd, journalAfter, sentQuantities } from './amazon-journal.ts'
import { startBenchStack, type BenchStack } from './bench-stack.ts'
import { percentile, type BenchOptions, type Benchmark, type Figure } from './benchmark.ts'
import { changeWithoutEnd } from './changes-without-end.ts'
import { aSeller, sellerIdOf, skusOf } from './sellers.ts'
import { setStock } from './stock.ts'

/** Whether many sellers share their application's limit alike, and whether one in trouble keeps the others waiting. */
export const fairness: Benchmark = {
  name: 'fairness',
  summary:
    '200 sellers under an application limit of 60 writes a second: alike shares, and one slow seller slows no other',
  run,
}

const sellers = Array.from({ length: 200 }, (_, number) => `fair-${String(number + 1).padStart(3, '0')}`)
const skusPerSeller = 8
const onHand = 100
const cap = { rate: 60, burst: 60 }
const warmUpMs = 30_000
const defaultMinutes = 5
/** Of the second part: below the limit, so that what a change waits for is not the limit itself. */
const changesPerSecond = 30
const phaseMs = 20_000
const rounds = 3
const troubled = sellers[0] ?? ''

async function run({ minutes = defaultMinutes, say }: BenchOptions): Promise<Figure[]> {
  await using bench = await startBenchStack({
    AMAZON_LIMITS: JSON.stringify({ 'application/patchListingsItem': cap }),
  })
  await bench.sim.changeSettings({ rates: { 'patchListingsItem:application': cap } })
  say(`loading ${sellers.length} sellers`)
  for (let first = 0; first < sellers.length; first += 8) {
    await Promise.all(
      sellers
        .slice(first, first + 8)
        .map((name) => bench.load(aSeller({ name, skus: skusOf(name, skusPerSeller), onHand }))),
    )
  }
  const shares = await measureShares(bench, { minutes, say })
  return [...shares, ...(await measureTrouble(bench, say))]
}

/** The SKUs of all sellers in turn: the first of each, then the second of each. */
function skusInTurn(): string[] {
  return Array.from({ length: skusPerSeller }, (_, place) =>
    sellers.map((name) => skusOf(name, skusPerSeller)[place] ?? ''),
  ).flat()
}

async function measureShares(
  bench: BenchStack,
  { minutes, say }: { minutes: number; say: BenchOptions['say'] },
): Promise<Figure[]> {
  const ends = new AbortController()
  const changing = changeWithoutEnd(bench, { skus: skusInTurn(), onHand, perSecond: 2 * cap.rate, signal: ends.signal })
  await delay(warmUpMs)
  const since = await journalEnd(bench)
  say(`${minutes} min of more changes than the application may send`)
  const begun = performance.now()
  await delay(minutes * 60_000)
  const seconds = (performance.now() - begun) / 1_000
  const entries = await journalAfter(bench, { operation: 'patchListingsItem', since })
  ends.abort()
  await changing
  const sent = entries.filter(({ status }) => status === 200)
  const counts = sellers.map((name) => sent.filter((entry) => entry.sellerId === sellerIdOf(name)).length)
  const fair = sent.length / sellers.length
  return [
    {
      name: 'furthest_from_fair_share_percent',
      value: Math.max(...counts.map((count) => (100 * Math.abs(count - fair)) / fair)),
      bar: { atMost: 5 },
      limit: { value: 100 / fair, because: 'one write more or less than the fair share' },
    },
    {
      name: 'application_limit_used_percent',
      value: (100 * sent.length) / (cap.rate * seconds),
      limit: { value: 99.9, because: 'a thousandth of the rate is kept' },
    },
    { name: 'throttled_429', value: entries.filter(({ status }) => status === 429).length, bar: { atMost: 0 } },
    { name: 'writes_per_seller', value: fair },
  ]
}

async function measureTrouble(bench: BenchStack, say: BenchOptions['say']): Promise<Figure[]> {
  await untilQuiet(bench)
  const ratios: number[] = []
  const calm: number[] = []
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} of ${rounds}: all well, then one seller in trouble`)
    const well = await travelOfOthers(bench)
    const id = await trouble(bench)
    const beside = await travelOfOthers(bench)
    await Promise.all(id.map((fault) => bench.sim.removeFault(fault)))
    ratios.push(beside / well)
    calm.push(well)
    await untilQuiet(bench)
  }
  return [
    { name: 'others_p99_ratio_median', value: percentile(ratios, 0.5), bar: { atMost: 1.2 } },
    { name: 'others_p99_ms_without_trouble', value: percentile(calm, 0.5) },
  ]
}

/** Reads and writes of one seller that take 30 s, and writes that are turned away. */
async function trouble({ sim }: BenchStack): Promise<string[]> {
  const sellerId = sellerIdOf(troubled)
  const slow = { action: 'delay', delayMs: 30_000 } as const
  const faults = [
    await sim.addFault({ match: { sellerId, operation: 'searchListingsItems' }, ...slow }),
    await sim.addFault({ match: { sellerId, operation: 'patchListingsItem' }, ...slow, count: 12 }),
    await sim.addFault({ match: { sellerId, operation: 'patchListingsItem' }, action: 'throttle' }),
  ]
  return faults.map(({ id }) => id)
}

/** From the command that changed stock to the write at Amazon, for the sellers that are well: 99 in a hundred were faster. */
async function travelOfOthers(bench: BenchStack): Promise<number> {
  const since = await journalEnd(bench)
  const changed = new Map<string, { atMs: number; onHand: number }>()
  const names = sellers.slice(1)
  const ends = performance.now() + phaseMs
  for (let turn = 0; performance.now() < ends; turn += 1) {
    const lines = Array.from({ length: changesPerSecond / 10 }, (_, index) => {
      const place = turn * (changesPerSecond / 10) + index
      const name = names[place % names.length] ?? ''
      const sku = skusOf(name, skusPerSeller)[Math.floor(place / names.length) % skusPerSeller] ?? ''
      return { sku, onHand: onHand + 1 + Math.floor(Math.random() * 1_000_000) }
    })
    // The troubled seller has work all the time.
    const own = { sku: skusOf(troubled, skusPerSeller)[turn % skusPerSeller] ?? '', onHand: onHand + turn }
    for (const { sku, onHand: wanted } of lines) changed.set(sku, { atMs: Date.now(), onHand: wanted })
    await setStock(bench, [...lines, own])
    await delay(100)
  }
  await delay(5_000)
  const travels: number[] = []
  for (const { sku, quantity, at } of await sentQuantities(bench, { since })) {
    const change = changed.get(sku)
    if (change?.onHand === quantity && change !== undefined) travels.push(at.getTime() - change.atMs)
  }
  return percentile(travels, 0.99)
}

async function untilQuiet(bench: BenchStack): Promise<void> {
  const isQuiet = async (): Promise<boolean> => {
    const before = await journalEnd(bench)
    await delay(3_000)
    return (await sentQuantities(bench, { since: before })).length === 0
  }
  for (let look = 0; look < 40 && !(await isQuiet()); look += 1) await delay(1_000)
}
