import { seeded } from '@lockstep/pacing/simulation/virtual-clock'
import { type Benchmark, type Figure, percentile } from './benchmark.ts'
import { feedDesk } from './feed-desk.ts'
import { naiveSeller } from './naive-seller.ts'
import { type StockChange, type StockDesk, stockDesk } from './stock-desk.ts'
import { type FeedModel, startVirtualAmazon, type VirtualAmazon } from './virtual-amazon.ts'

/** A listing job of a whole catalogue while stock changes without pause; the planner's way and a naive one, on the simulator's virtual clock. */
export const stagger: Benchmark = {
  name: 'stagger',
  summary: 'a listing job of 20,000 SKUs while stock changes at 2 a second (virtual clock)',
  // oxlint-disable-next-line require-await -- nothing here waits: the clock is virtual
  run: async ({ say }) => feedModels.flatMap(([suffix, feeds]) => measure({ suffix, feeds, say })),
}

const feedModels: [string, FeedModel][] = [
  ['', { fixedSeconds: 300, itemsPerSecond: 20 }],
  ['_slow_feeds', { fixedSeconds: 1_800, itemsPerSecond: 5 }],
]
const catalogue = Array.from({ length: 20_000 }, (_, i) => `SKU-${i}`)
const startQuantity = 20
const changesPerSecond = 2
const secondMs = 1_000
// Before the job starts, stock has been changing for as long as the planner remembers it.
const runUpMs = 2_400 * secondMs
const longestJobMs = 4 * 3_600 * secondMs
const afterJobMs = 1_800 * secondMs

interface Run {
  changes: StockChange[]
  startedAt: number
  /** From the job's submission to its last item. */
  jobMs: number
  throttled: number
}

function measure({ suffix, feeds, say }: { suffix: string; feeds: FeedModel; say: (line: string) => void }): Figure[] {
  const run = (options: { withStock: boolean; withJob: boolean; naive?: boolean; untilMs?: number }) =>
    runOnce({ feeds, ...options })
  say(`feeds of ${feeds.fixedSeconds} s and ${feeds.itemsPerSecond} items a second: the job on an idle account`)
  const idle = run({ withStock: false, withJob: true })
  say('the job while stock changes')
  const busy = run({ withStock: true, withJob: true })
  say('the same changes without the job')
  const untilMs = busy.jobMs + afterJobMs
  const alone = run({ withStock: true, withJob: false, untilMs })
  say('the naive policy with the job, and without')
  const naive = run({ withStock: true, withJob: true, naive: true, untilMs })
  const naiveAlone = run({ withStock: true, withJob: false, naive: true, untilMs })
  const name = (text: string) => text.replace(/_(ms|s|ratio|replies|changes)$/, `${suffix}_$1`)
  return figuresOf({ idle, busy, alone, naive, naiveAlone }).map((figure) => ({ ...figure, name: name(figure.name) }))
}

function figuresOf(runs: Record<'idle' | 'busy' | 'alone' | 'naive' | 'naiveAlone', Run>): Figure[] {
  const { idle, busy, alone, naive, naiveAlone } = runs
  const accepted = (run: Run) => decreases(run).map(({ at, acceptedAt }) => (acceptedAt ?? Infinity) - at)
  const shown = (run: Run) => decreases(run).map(({ at, showsAt }) => (showsAt ?? Infinity) - at)
  return [
    { name: 'decreases_measured_changes', value: decreases(busy).length },
    { name: 'decreases_accepted_p95_ms', value: p95(accepted(busy)) },
    { name: 'decreases_accepted_p95_without_job_ms', value: p95(accepted(alone)) },
    { name: 'decreases_p95_ratio', value: p95(accepted(busy)) / p95(accepted(alone)), bar: { atMost: 1.1 } },
    { name: 'decreases_accepted_max_ms', value: most(accepted(busy)) },
    { name: 'decreases_accepted_max_without_job_ms', value: most(accepted(alone)) },
    { name: 'decreases_max_ratio', value: most(accepted(busy)) / most(accepted(alone)), bar: { atMost: 1.5 } },
    { name: 'decreases_live_p50_s', value: percentile(shown(busy), 0.5) / secondMs },
    { name: 'decreases_live_p95_s', value: p95(shown(busy)) / secondMs },
    { name: 'decreases_live_p95_without_job_s', value: p95(shown(alone)) / secondMs },
    { name: 'job_s', value: busy.jobMs / secondMs },
    { name: 'job_idle_account_s', value: idle.jobMs / secondMs },
    { name: 'job_ratio', value: busy.jobMs / idle.jobMs, bar: { atMost: 1.5 } },
    { name: 'throttled_replies', value: busy.throttled, bar: { atMost: 0 } },
    { name: 'naive_decreases_accepted_p95_s', value: p95(accepted(naive)) / secondMs },
    { name: 'naive_decreases_accepted_p95_without_job_s', value: p95(accepted(naiveAlone)) / secondMs },
    { name: 'naive_decreases_live_p95_s', value: p95(shown(naive)) / secondMs },
    { name: 'naive_job_s', value: naive.jobMs / secondMs },
  ]
}

function p95(samples: number[]): number {
  return percentile(samples, 0.95)
}

function most(samples: number[]): number {
  return Math.max(...samples)
}

/** Less stock, told since the job was submitted. What was overtaken by a newer number of its SKU counts with that. */
function decreases({ changes, startedAt }: Run): StockChange[] {
  return changes.filter(({ at, lane, acceptedAt }) => at >= startedAt && lane !== 'increase' && acceptedAt !== null)
}

interface Seller {
  change: (sku: string, quantity: number) => StockChange
  submitJob: (skus: readonly string[]) => void
  jobDoneAt: () => number | null
}

function runOnce(options: {
  feeds: FeedModel
  withStock: boolean
  withJob: boolean
  naive?: boolean
  untilMs?: number
}): Run {
  const amazon = startVirtualAmazon({ skus: catalogue, quantity: startQuantity, feeds: options.feeds, seed: 7 })
  const { clock } = amazon
  const seller = options.naive ? naiveSeller(amazon, { quantity: startQuantity }) : plannedSeller(amazon, options)
  const startedAt = clock.now() + (options.withStock ? runUpMs : 0)
  const changes: StockChange[] = []
  let isOver = false
  if (options.withStock) changeStock(amazon, { seller, changes, isOver: () => isOver })
  clock.runUntil(startedAt)
  if (options.withJob) seller.submitJob(catalogue)
  if (options.untilMs === undefined) {
    while (seller.jobDoneAt() === null && clock.now() < startedAt + longestJobMs) clock.runUntil(clock.now() + secondMs)
    // What the end of the feed sets off belongs to the job.
    clock.runUntil(clock.now() + afterJobMs)
  } else clock.runUntil(startedAt + options.untilMs)
  isOver = true
  // Changes on their way are not lost; the naive policy takes hours for them.
  const isUnderway = () => changes.some(({ acceptedAt }) => acceptedAt === null)
  for (let i = 0; i < (options.naive ? 240 : 10) && isUnderway(); i += 1) clock.runUntil(clock.now() + 60 * secondMs)
  const jobMs = (seller.jobDoneAt() ?? Infinity) - startedAt
  return { changes, startedAt, jobMs, throttled: amazon.throttled() }
}

function plannedSeller(amazon: VirtualAmazon, { feeds, withStock }: { feeds: FeedModel; withStock: boolean }): Seller {
  const stockRate = withStock ? changesPerSecond : 0
  const desk = feedDesk(amazon, { stock: () => stock, learned: feeds, stockRate })
  const stock: StockDesk = stockDesk(amazon, { quantity: startQuantity, isHeld: desk.isHeld })
  return { change: stock.change, submitJob: desk.submitJob, jobDoneAt: desk.jobDoneAt }
}

/** Stock changes at random moments, of random SKUs: half of them less, a tenth of these none. The same ones in every run. */
function changeStock(
  amazon: VirtualAmazon,
  { seller, changes, isOver }: { seller: Seller; changes: StockChange[]; isOver: () => boolean },
): void {
  const { clock } = amazon
  const chance = seeded(11)
  const ours = new Map<string, number>()
  const next = () => {
    if (isOver()) return
    const sku = catalogue[Math.floor(chance() * catalogue.length)] ?? ''
    const before = ours.get(sku) ?? startQuantity
    const isLess = chance() < 0.5 && before > 0
    const after = isLess ? (chance() < 0.1 ? 0 : before - 1) : before + 1 + Math.floor(chance() * 5)
    ours.set(sku, after)
    changes.push(seller.change(sku, after))
    clock.after((-Math.log(1 - chance()) / changesPerSecond) * secondMs, next)
  }
  clock.after(0, next)
}
