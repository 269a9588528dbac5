import { setTimeout as delay } from 'node:timers/promises'
import { journalEnd, journalAfter } from './amazon-journal.ts'
import { startBenchStack, type BenchStack } from './bench-stack.ts'
import type { BenchOptions, Benchmark, Figure } from './benchmark.ts'
import { changeWithoutEnd } from './changes-without-end.ts'
import { aSeller, sellerIdOf, skusOf } from './sellers.ts'

/** How soon the full rate is back after Amazon turned everything away for a minute, and how quietly that minute is spent. */
export const recovery: Benchmark = {
  name: 'recovery',
  summary: 'a minute of 429 while more changes wait than may be sent, then the way back to the full rate',
  run,
}

const seller = 'turned-away'
const sellerId = sellerIdOf(seller)
const skus = skusOf(seller, 400)
/** Usage plan of patchListingsItem for one seller (SP-API: Listings Items 2021-08-01, patchListingsItem). */
const patchesPerSecond = 5
const restoreMs = 1_000 / patchesPerSecond
const warmUpMs = 20_000
const turnedAwayMs = 60_000
const backWithinMs = 60_000
const lookAtMs = 20_000

async function run({ say }: BenchOptions): Promise<Figure[]> {
  await using bench = await startBenchStack()
  say('loading')
  await bench.load(aSeller({ name: seller, skus, onHand: 500 }))
  const ends = new AbortController()
  const changing = changeWithoutEnd(bench, { skus, onHand: 500, perSecond: 12, signal: ends.signal })
  await delay(warmUpMs)
  const since = await journalEnd(bench)
  say('a minute of 429')
  await throttle(bench)
  const throttledFrom = Date.now()
  await delay(turnedAwayMs + backWithinMs + lookAtMs)
  const entries = await journalAfter(bench, { sellerId, since })
  ends.abort()
  await changing
  return figuresOf(
    entries
      .filter(({ operation }) => operation === 'patchListingsItem')
      .map((entry) => ({ ...entry, atMs: Date.parse(entry.at) })),
    throttledFrom,
  )
}

async function throttle({ sim }: BenchStack): Promise<void> {
  await sim.addFault({ match: { sellerId, operation: 'patchListingsItem' }, action: 'throttle', forMs: turnedAwayMs })
}

type Patch = { atMs: number; status: number }

function figuresOf(patches: readonly Patch[], from: number): Figure[] {
  const end = from + turnedAwayMs
  const probes = patches.filter(({ atMs, status }) => status === 429 && atMs < end)
  const late = patches.filter(({ atMs, status }) => status === 429 && atMs >= end + restoreMs)
  const shareFrom = (startMs: number, lengthMs: number): number => {
    const sent = patches.filter(({ atMs, status }) => status === 200 && atMs >= startMs && atMs < startMs + lengthMs)
    return (100 * sent.length) / ((patchesPerSecond * lengthMs) / 1_000)
  }
  const secondsToFull = Array.from({ length: (backWithinMs + lookAtMs) / 1_000 - 10 }, (_, second) => second).find(
    (second) => shareFrom(end + second * 1_000, 10_000) >= 95,
  )
  return [
    {
      name: 'rate_after_a_minute_percent',
      value: shareFrom(end + backWithinMs, lookAtMs),
      bar: { atLeast: 95 },
      limit: { value: 99.9, because: 'a thousandth of the rate is kept' },
    },
    { name: 'most_probes_in_a_restore_interval', value: mostIn(probes, restoreMs), bar: { atMost: 1 } },
    {
      name: 'probes',
      value: probes.length,
      limit: { value: turnedAwayMs / restoreMs, because: 'one per restore interval' },
    },
    { name: 'first_ten_seconds_at_95_percent_after_s', value: secondsToFull ?? Number.NaN },
    { name: 'throttled_429_afterwards', value: late.length, bar: { atMost: 0 } },
  ]
}

/** The most that fell into any stretch of this length; two that are a whole one apart do not share one. */
function mostIn(patches: readonly Patch[], lengthMs: number): number {
  // A tenth less, because the way to Amazon takes a little longer for one request than for another.
  return Math.max(
    0,
    ...patches.map(
      ({ atMs }) => patches.filter((other) => other.atMs >= atMs && other.atMs < atMs + 0.9 * lengthMs).length,
    ),
  )
}
