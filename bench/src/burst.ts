import { type Benchmark, type Figure } from './benchmark.ts'
import { feedDesk } from './feed-desk.ts'
import { type StockChange, type StockDesk, stockDesk } from './stock-desk.ts'
import { type FeedModel, startVirtualAmazon } from './virtual-amazon.ts'

/** 50,000 distinct SKUs change at once: how long patches and feeds together take, planned by the planner, on the simulator's virtual clock. */
export const burst: Benchmark = {
  name: 'burst',
  summary: '50,000 distinct changes at once, by patches and feeds together (virtual clock)',
  // oxlint-disable-next-line require-await -- nothing here waits: the clock is virtual
  run: async ({ say }) => feedModels.flatMap(([suffix, feeds]) => measure({ suffix, feeds, say })),
}

const feedModels: [string, FeedModel][] = [
  ['', { fixedSeconds: 300, itemsPerSecond: 20 }],
  ['_slow_feeds', { fixedSeconds: 1_800, itemsPerSecond: 5 }],
]
const changesCount = 50_000
// Of ten changes one is less stock; it goes by patch whatever the planner thinks of feeds.
const decreaseEvery = 10
const startQuantity = 10
const patchRate = 5
const feedMaxItems = 25_000
const secondMs = 1_000
const longestMs = 6 * 3_600 * secondMs

function measure({ suffix, feeds, say }: { suffix: string; feeds: FeedModel; say: (line: string) => void }): Figure[] {
  say(`feeds of ${feeds.fixedSeconds} s and ${feeds.itemsPerSecond} items a second`)
  const skus = Array.from({ length: changesCount }, (_, i) => `SKU-${i}`)
  const amazon = startVirtualAmazon({ skus, quantity: startQuantity, feeds, seed: 3 })
  const { clock } = amazon
  const desk = feedDesk(amazon, { stock: () => stock, learned: feeds, stockRate: 0 })
  const stock: StockDesk = stockDesk(amazon, { quantity: startQuantity, isHeld: desk.isHeld })
  const startedAt = clock.now()
  const changes = skus.map((sku, i) => stock.change(sku, startQuantity + (i % decreaseEvery === 0 ? -3 : 7)))
  const isOver = () => changes.every(({ acceptedAt }) => acceptedAt !== null)
  while (!isOver() && clock.now() < startedAt + longestMs) clock.runUntil(clock.now() + 10 * secondMs)
  clock.runUntil(clock.now() + 60 * secondMs)

  const took = (some: StockChange[]) =>
    Math.max(...some.map(({ at, acceptedAt }) => (acceptedAt ?? Infinity) - at)) / secondMs
  const wrong = changes.filter(({ sku, quantity }) => amazon.liveQuantity(sku) !== quantity).length
  const least = leastSeconds(changesCount, feeds)
  const total = took(changes)
  const { feeds: feedCount, fed } = desk.counts()
  const figures: Figure[] = [
    { name: 'total_s', value: total, limit: { value: least.seconds, because: because(least.feeds) } },
    { name: 'total_ratio', value: total / least.seconds, bar: { atMost: 1.1 } },
    { name: 'patches_alone_s', value: changesCount / patchRate },
    { name: 'decreases_s', value: took(changes.filter(({ lane }) => lane !== 'increase')) },
    { name: 'fed_changes', value: fed },
    { name: 'feeds', value: feedCount },
    { name: 'wrong_at_the_end_changes', value: wrong, bar: { atMost: 0 } },
    { name: 'throttled_replies', value: amazon.throttled(), bar: { atMost: 0 } },
  ]
  return figures.map((figure) => ({ ...figure, name: named(figure.name, suffix) }))
}

/** The least time in which patches at the full rate and so many feeds, one after the other without a pause, carry everything. */
function leastSeconds(count: number, feeds: FeedModel): { seconds: number; feeds: number } {
  const { fixedSeconds, itemsPerSecond } = feeds
  const options = [0, 1, 2, 3, 4].map((number) => {
    const together = (count + itemsPerSecond * number * fixedSeconds) / (patchRate + itemsPerSecond)
    const full = (count - number * feedMaxItems) / patchRate
    return { seconds: number === 0 ? count / patchRate : Math.max(together, full), feeds: number }
  })
  return options.reduce((best, option) => (option.seconds < best.seconds ? option : best))
}

function because(feeds: number): string {
  return `${patchRate} patches a second beside ${feeds} feed${feeds === 1 ? '' : 's'} of at most ${feedMaxItems}`
}

function named(name: string, suffix: string): string {
  return name.replace(/(_(s|ratio|changes|replies)|feeds)$/, (unit) =>
    unit === 'feeds' ? `feeds${suffix}` : `${suffix}${unit}`,
  )
}
