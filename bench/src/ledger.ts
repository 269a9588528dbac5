import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { call } from '@lockstep/rpc/client'
import { eventually } from '@lockstep/testkit/eventually'
import type pg from 'pg'
import { startBenchStack, type BenchStack } from './bench-stack.ts'
import { percentile, type BenchOptions, type Benchmark, type Figure } from './benchmark.ts'
import { skusOf } from './sellers.ts'
import { setStock } from './stock.ts'

/** How many stock writes a second the stock master takes, each with its entry in the ledger and its event. */
export const ledger: Benchmark = {
  name: 'ledger',
  summary: 'batched writes on distinct SKUs, and reservations of one hot SKU by 16 clients',
  run,
}

const skus = skusOf('ledger', 20_000)
const hotSku = 'HOT-1'
const onHand = 1_000_000
const importLines = 1_000
const batchLines = 500
const writers = 4
const hotClients = 16
const warmUpMs = 5_000
const settings = { timeoutMs: 60_000, actor: 'bench' }

async function run({ minutes = 0.5, say }: BenchOptions): Promise<Figure[]> {
  await using bench = await startBenchStack({}, ['inventory'])
  const inventory = await bench.database('inventory')
  say(`loading ${skus.length} items`)
  await loadItems(bench)
  say(`batches of ${batchLines} lines for ${minutes * 60} s`)
  const batches = await measureBatches(bench, inventory, minutes * 60_000)
  await relayed(inventory)
  say(`${hotClients} clients reserve one SKU for ${minutes * 60} s`)
  const hot = await measureHotSku(bench, inventory, minutes * 60_000)
  return [...batches, ...hot]
}

async function loadItems({ clients }: BenchStack): Promise<void> {
  const all = [...skus, hotSku].map((sku) => ({ sku, title: `Item ${sku}`, onHand: BigInt(onHand), location: '' }))
  for (let first = 0; first < all.length; first += importLines) {
    const lines = all.slice(first, first + importLines)
    await call(clients.inventory, 'importItems', { idempotencyKey: randomUUID(), lines, checkOnly: false }, settings)
  }
}

/** Entries of the ledger and events, from the start of the database. */
interface Written {
  atMs: number
  entries: number
  events: number
}

async function written(inventory: pg.Client): Promise<Written> {
  const { rows } = await inventory.query<{ entries: string; events: string }>(
    `select (select count(*) from stock_movement) as entries, (select count(*) from outbox) as events`,
  )
  return { atMs: performance.now(), entries: Number(rows[0]?.entries), events: Number(rows[0]?.events) }
}

/** Writers send one batch after the other; each line sets another number, so none is without effect. */
async function measureBatches(bench: BenchStack, inventory: pg.Client, forMs: number): Promise<Figure[]> {
  const state = { next: 0, lines: 0, isStopping: false }
  const writer = async (): Promise<void> => {
    while (!state.isStopping) {
      const first = state.next
      state.next += batchLines
      await setStock(bench, batchFrom(first))
      state.lines += batchLines
    }
  }
  const before = await written(inventory)
  const running = Promise.all(Array.from({ length: writers }, writer))
  await delay(warmUpMs)
  const [startedAt, startedWith] = [performance.now(), state.lines]
  await delay(forMs)
  const perSecond = ((state.lines - startedWith) * 1_000) / (performance.now() - startedAt)
  state.isStopping = true
  await running
  const after = await written(inventory)
  return [
    { name: 'batched_lines_per_s', value: perSecond, bar: { atLeast: 5_000 } },
    { name: 'lines', value: state.lines },
    { name: 'lines_without_entry', value: state.lines - (after.entries - before.entries), bar: { atMost: 0 } },
    { name: 'lines_without_event', value: state.lines - (after.events - before.events), bar: { atMost: 0 } },
  ]
}

function batchFrom(first: number): { sku: string; onHand: number }[] {
  return Array.from({ length: batchLines }, (_, line) => {
    const change = first + line
    return { sku: skus[change % skus.length] ?? '', onHand: onHand + 1 + Math.floor(change / skus.length) }
  })
}

/** What was written before is with the broker, so that the relay's work for it is not in the next figure. */
async function relayed(inventory: pg.Client): Promise<void> {
  await eventually(
    async () => {
      const { rows } = await inventory.query(`select from outbox where published_at is null limit 1`)
      if (rows.length > 0) throw new Error('events still wait for the broker')
    },
    { withinMs: 120_000, everyMs: 500 },
  )
}

async function measureHotSku(bench: BenchStack, inventory: pg.Client, forMs: number): Promise<Figure[]> {
  const took: number[] = []
  const state = { isStopping: false }
  const client = async (): Promise<void> => {
    while (!state.isStopping) {
      const startedAt = performance.now()
      const lines = [{ item: hotSku, location: '', quantity: 1n }]
      await call(
        bench.clients.inventory,
        'reserveStock',
        { idempotencyKey: randomUUID(), lines, reference: '' },
        settings,
      )
      took.push(performance.now() - startedAt)
    }
  }
  const startedAt = performance.now()
  const running = Promise.all(Array.from({ length: hotClients }, client))
  await delay(forMs)
  state.isStopping = true
  await running
  const perSecond = (took.length * 1_000) / (performance.now() - startedAt)
  const { rows } = await inventory.query<{ reserved: string; entries: string; reservations: string }>(
    `select l.reserved, (select count(*) from reservation) as reservations,
            (select count(*) from stock_movement m where m.item_id = i.id and m.reserved_change = 1) as entries
       from item i join stock_level l on l.item_id = i.id and l.reserved > 0 where i.sku = $1`,
    [hotSku],
  )
  const lost = [rows[0]?.reserved, rows[0]?.entries, rows[0]?.reservations].map((n) => took.length - Number(n))
  return [
    { name: 'hot_sku_reserves_per_s', value: perSecond, bar: { atLeast: 500 } },
    { name: 'hot_sku_reserve_p50_ms', value: percentile(took, 0.5) },
    { name: 'hot_sku_reserve_p99_ms', value: percentile(took, 0.99) },
    { name: 'hot_sku_reserves', value: took.length },
    { name: 'hot_sku_reserves_lost', value: Math.max(...lost.map(Math.abs)), bar: { atMost: 0 } },
  ]
}
