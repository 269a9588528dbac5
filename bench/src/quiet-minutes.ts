import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { marketplaces } from '@lockstep/local-stack/scenario'
import { call } from '@lockstep/rpc/client'
import { eventually } from '@lockstep/testkit/eventually'
import { journalAfter, journalEnd, type JournalEntry } from './amazon-journal.ts'
import { startBenchStack, type BenchStack } from './bench-stack.ts'
import type { BenchOptions, Benchmark, Figure } from './benchmark.ts'
import { aSeller, sellerIdOf, skusOf } from './sellers.ts'
import { availableOf, setStock } from './stock.ts'

/** Whether everything that is sent at full pace stays inside Amazon's limits. */
export const quietMinutes: Benchmark = {
  name: 'quiet-minutes',
  summary: 'ten minutes of orders and of more stock changes than may be sent, at the documented limits: no 429',
  run,
}

const sellers = ['calm-a', 'calm-b']
const skusPerSeller = 120
const onHand = 200
/** Usage plan of patchListingsItem for one seller (SP-API: Listings Items 2021-08-01, patchListingsItem). */
const patchesPerSecond = 5
const changesPerSecond = 7
const ordersPerSecond = 0.3
/** As often as searchOrders refills, and a little more: the rest has to be waited for. */
const syncEveryMs = 90_000

async function run({ minutes = 10, say }: BenchOptions): Promise<Figure[]> {
  await using bench = await startBenchStack()
  say('loading')
  const plans = sellers.map((name) => ({ name, skus: skusOf(name, skusPerSeller) }))
  await Promise.all(plans.map(({ name, skus }) => bench.load(aSeller({ name, skus, onHand }))))
  const since = await journalEnd(bench)
  say(`orders and changes for ${minutes} min`)
  const ends = performance.now() + minutes * 60_000
  const begun = Date.now()
  const counts = { changes: 0, orders: 0 }
  await Promise.all(
    plans.flatMap((plan) => [
      everySoOften(ends, 1_000 / changesPerSecond, () => changeStock(bench, plan, counts)),
      everySoOften(ends, 1_000 / ordersPerSecond, () => buy(bench, plan, counts)),
      everySoOften(ends, syncEveryMs, () => pollOrders(bench, plan.name)),
    ]),
  )
  const figures = await journalFigures(bench, { since, begun, seconds: (Date.now() - begun) / 1_000 })
  say('waiting until Amazon shows what the ledger says')
  const wrong = await wrongAtTheEnd(bench, plans, say)
  const all = await journalAfter(bench, { since })
  sayThrottled(all, say)
  return [
    { name: 'throttled_429', value: all.filter(({ status }) => status === 429).length, bar: { atMost: 0 } },
    ...figures,
    { name: 'changes', value: counts.changes },
    { name: 'orders', value: counts.orders },
    { name: 'numbers_not_as_the_ledger', value: wrong, bar: { atMost: 0 } },
  ]
}

type Plan = { name: string; skus: readonly string[] }

/** Repeats until the end, on average once in that time. A turn that fails ends the measurement. */
async function everySoOften(ends: number, everyMs: number, turn: () => Promise<unknown>): Promise<void> {
  for (let next = performance.now(); next < ends; next += everyMs * (0.5 + Math.random())) {
    await delay(Math.max(0, next - performance.now()))
    await turn()
  }
}

async function changeStock(bench: BenchStack, { skus }: Plan, counts: { changes: number }): Promise<void> {
  const sku = skus[Math.floor(Math.random() * skus.length)] ?? ''
  await setStock(bench, [{ sku, onHand: onHand - 50 + Math.floor(Math.random() * 100) }])
  counts.changes += 1
}

async function buy(bench: BenchStack, { name, skus }: Plan, counts: { orders: number }): Promise<void> {
  const sku = skus[Math.floor(Math.random() * skus.length)] ?? ''
  await bench.sim.placeOrder({
    sellerId: sellerIdOf(name),
    marketplaceId: marketplaces.UK.id,
    lines: [{ sku, quantity: 1 }],
  })
  counts.orders += 1
}

async function pollOrders({ clients }: BenchStack, name: string): Promise<void> {
  const settings = { timeoutMs: 120_000, actor: 'bench' }
  const page = { size: 100, token: '' }
  const { accounts } = await call(clients.accounts, 'listAccounts', { page }, { ...settings, readOnly: true })
  const accountId = accounts.find((account) => account.name === name)?.id ?? ''
  await call(clients.orders, 'syncOrders', { idempotencyKey: randomUUID(), accountId }, settings)
}

async function journalFigures(
  bench: BenchStack,
  { since, begun, seconds }: { since: number; begun: number; seconds: number },
): Promise<Figure[]> {
  const entries = await journalAfter(bench, { since })
  const patches = entries.filter(({ operation, at }) => operation === 'patchListingsItem' && Date.parse(at) >= begun)
  return [
    { name: 'requests', value: entries.length },
    {
      name: 'patches_per_s_and_seller',
      value: patches.length / seconds / sellers.length,
      limit: { value: patchesPerSecond, because: 'documented for one seller, after a burst of as many' },
    },
  ]
}

/** SKUs whose number at Amazon is not what is available, once every order is here and nothing waits any more. */
async function wrongAtTheEnd(bench: BenchStack, plans: readonly Plan[], say: BenchOptions['say']): Promise<number> {
  // The last orders are shown to nobody before: a poll that comes sooner leaves them to the next, minutes later.
  await delay((await bench.sim.settings()).orderVisibilityMs + 1_000)
  for (const { name } of plans) await pollOrders(bench, name)
  const none = async (): Promise<void> => {
    const left = await listWrong(bench)
    if (left.length > 0) throw new Error(`${left.length} numbers are not there yet`)
  }
  await eventually(none, { withinMs: 180_000, everyMs: 2_000 }).catch(() => undefined)
  const wrong = await listWrong(bench)
  for (const { sku, live, available } of wrong) say(`${sku}: Amazon shows ${live}, available are ${available}`)
  return wrong.length
}

async function listWrong(bench: BenchStack): Promise<{ sku: string; live: number | null; available: number }[]> {
  const rows = (await Promise.all(sellers.map((name) => bench.sim.listings({ sellerId: sellerIdOf(name) })))).flat()
  const checked = await Promise.all(
    rows.map(async ({ sku, live }) => ({ sku, live: live.quantity, available: await availableOf(bench, sku) })),
  )
  return checked.filter(({ live, available }) => live !== available)
}

/** How the requests before each 429 came in, so that one can tell whose pace it was. */
function sayThrottled(entries: readonly JournalEntry[], say: BenchOptions['say']): void {
  for (const throttled of entries.filter(({ status }) => status === 429)) {
    const { operation, sellerId, at } = throttled
    const alike = entries.filter((entry) => entry.operation === operation && entry.sellerId === sellerId)
    const before = alike.slice(0, alike.indexOf(throttled)).slice(-10)
    const ages = before.map((entry) => Date.parse(at) - Date.parse(entry.at))
    say(`429 of ${operation} at ${at}; those before it came ${ages.join(', ')} ms earlier`)
  }
}
