import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '@lockstep/testkit/eventually'
import { journalEnd, sentQuantities } from './amazon-journal.ts'
import { startBenchStack, type BenchStack } from './bench-stack.ts'
import type { BenchOptions, Benchmark, Figure } from './benchmark.ts'
import { cpuFigures, rateFigures } from './hub-figures.ts'
import { latencyFigures } from './hub-latency.ts'
import { cpuUse, HubMeter } from './hub-progress.ts'
import { aSeller, sellerIdOf, skusOf } from './sellers.ts'
import { setStock } from './stock.ts'

/** How many stock changes a second become desired numbers. */
export const hub: Benchmark = {
  name: 'hub',
  summary: 'batched stock changes on distinct SKUs until the connector has stored their desired numbers',
  run,
}

const sellers = ['hub-a', 'hub-b']
const skusPerSeller = 2_000
const onHand = 1_000
const batchLines = 500
/** Changes between the ledger and the connector; far fewer than SKUs, so that no two of one SKU are ever computed as one. */
const mostUnderWay = 2_500
const warmUpMs = 10_000
const sendingAloneMs = 10_000
const steadyMs = 30_000

async function run({ minutes = 1, say }: BenchOptions): Promise<Figure[]> {
  await using bench = await startBenchStack()
  say(`loading ${sellers.length * skusPerSeller} items and listings`)
  const all = sellers.map((name) => ({ name, skus: skusOf(name, skusPerSeller) }))
  await Promise.all(all.map(({ name, skus }) => bench.load(aSeller({ name, skus, onHand }))))
  const databases = {
    inventory: await bench.database('inventory'),
    connector: await bench.database('channel-connector'),
  }
  const meter = new HubMeter(bench, databases)
  const skus = all.flatMap((seller) => seller.skus)
  await eventually(() => expectSettled(bench, { databases, skus: skus.length }), { withinMs: 60_000, everyMs: 250 })

  const journalSince = await journalEnd(bench)
  const before = await meter.progress()
  const load = startLoad(bench, meter, { skus, computedBefore: before.recompute })
  await delay(warmUpMs)
  say(`measuring for ${minutes * 60} s`)
  const marks = [await meter.progress()]
  const cpuBefore = cpuUse(bench.pids)
  for (const end = performance.now() + minutes * 60_000; performance.now() < end;) {
    await delay(Math.min(10_000, end - performance.now()))
    marks.push(await meter.progress())
  }
  const cpuAfter = cpuUse(bench.pids)
  const changes = await load.stop()
  say(`${changes} changes in all; waiting for the last`)
  const lost = await lostOf(databases, { computedBefore: before.recompute, changes })
  const wrong = await wrongAtAmazon(bench, journalSince)
  say('a steady 500 changes a second')
  const steadyFrom = onHand + 1 + Math.ceil(changes / skus.length)
  const steady = await latencyFigures(bench, databases.connector, { skus, onHand: steadyFrom, forMs: steadyMs })
  say('what the sending of it costs, without changes')
  const aloneBefore = cpuUse(bench.pids)
  await delay(sendingAloneMs)
  const aloneAfter = cpuUse(bench.pids)
  return [
    ...rateFigures(marks),
    ...cpuFigures(marks, { load: [cpuBefore, cpuAfter], alone: [aloneBefore, aloneAfter] }),
    { name: 'changes', value: changes },
    ...lost,
    wrong,
    ...steady,
  ]
}

interface Load {
  /** Ends the load and answers how many changes were accepted. */
  stop(): Promise<number>
}

/** Two callers write batches one after the other, as long as not too many changes are under way. Each round sets every SKU one higher. */
function startLoad(
  bench: BenchStack,
  meter: HubMeter,
  about: { skus: readonly string[]; computedBefore: number },
): Load {
  const { skus, computedBefore } = about
  const state = { isStopping: false, accepted: 0, next: 0, computed: 0 }
  const caller = async (): Promise<void> => {
    while (!state.isStopping) {
      if (state.next - state.computed > mostUnderWay - batchLines) {
        await delay(5)
        continue
      }
      const first = state.next
      state.next += batchLines
      const lines = Array.from({ length: batchLines }, (_, line) => {
        const change = first + line
        return { sku: skus[change % skus.length] ?? '', onHand: onHand + 1 + Math.floor(change / skus.length) }
      })
      await setStock(bench, lines)
      state.accepted += lines.length
    }
  }
  const watcher = async (): Promise<void> => {
    while (!state.isStopping) {
      state.computed = (await meter.recomputed()) - computedBefore
      await delay(25)
    }
  }
  const running = Promise.all([caller(), caller(), watcher()])
  return {
    async stop() {
      state.isStopping = true
      await running
      return state.accepted
    },
  }
}

async function expectSettled(bench: BenchStack, about: { databases: Databases; skus: number }): Promise<void> {
  const { rows } = await about.databases.connector.query<{ n: string }>(
    `select count(*) as n from group_state where desired_quantity = $1`,
    [onHand],
  )
  if (Number(rows[0]?.n) !== about.skus) throw new Error(`${rows[0]?.n} of ${about.skus} numbers are there`)
  const { entries } = await bench.sim.journal({ since: new Date(Date.now() - 2_000).toISOString(), limit: 10 })
  if (entries.length > 0) throw new Error('the first numbers are still being sent')
}

type Databases = Record<'inventory' | 'connector', { query: import('pg').Client['query'] }>

/** Every accepted change has its own desired number, and what is desired is what the ledger says. */
async function lostOf(databases: Databases, about: { computedBefore: number; changes: number }): Promise<Figure[]> {
  const count = async (): Promise<number> => {
    const { rows } = await databases.connector.query<{ n: string }>(
      `select count(distinct (group_id, record -> 'desired' ->> 'quantity')) as n from computation
        where id > $1 and (record -> 'desired' ->> 'quantity')::bigint > $2`,
      [about.computedBefore, onHand],
    )
    return Number(rows[0]?.n)
  }
  await eventually(
    async () => {
      if ((await count()) < about.changes) throw new Error(`${about.changes - (await count())} changes have no number`)
    },
    { withinMs: 60_000, everyMs: 1_000 },
  ).catch(() => undefined)
  const available = await databases.inventory.query<{ item_id: string; available: string }>(
    `select item_id, available from stock_level`,
  )
  const desired = await databases.connector.query<{ item_id: string; desired_quantity: string | null }>(
    `select l.item_id, s.desired_quantity from listing l join group_state s on s.group_id = l.group_id`,
  )
  const numbers = new Map(desired.rows.map((row) => [row.item_id, row.desired_quantity]))
  return [
    { name: 'changes_lost', value: about.changes - (await count()), bar: { atMost: 0 } },
    {
      name: 'numbers_not_as_the_ledger',
      value: available.rows.filter((row) => numbers.get(row.item_id) !== row.available).length,
      bar: { atMost: 0 },
    },
  ]
}

/** Numbers only rise here, so whatever reached Amazon must rise as well: an older one after a newer one is an overwrite. */
async function wrongAtAmazon(bench: BenchStack, since: number): Promise<Figure> {
  const newest = new Map<string, number>()
  let wrong = 0
  for (const name of sellers) {
    for (const { sku, quantity = 0 } of await sentQuantities(bench, { sellerId: sellerIdOf(name), since })) {
      if (quantity < (newest.get(sku) ?? 0)) wrong += 1
      newest.set(sku, quantity)
    }
  }
  return { name: 'older_numbers_at_amazon', value: wrong, bar: { atMost: 0 } }
}
