import { call } from '@lockstep/rpc/client'
import type pg from 'pg'
import { startBenchStack, type BenchStack } from './bench-stack.ts'
import { percentile, type BenchOptions, type Benchmark, type Figure } from './benchmark.ts'

/** How long a search over a large catalogue takes. */
export const itemSearch: Benchmark = {
  name: 'item-search',
  summary: 'searches by SKU and title over 200,000 items in three locations, over gRPC, one after the other',
  run,
}

const items = 200_000
const rounds = 60
const words = ['Cup', 'Plate', 'Lamp', 'Chair', 'Table', 'Shelf', 'Vase', 'Bowl', 'Fork', 'Spoon']

/** What people type: whole SKUs and parts of them, words of titles, words that nearly everything has, and nothing at all. */
const searches: Readonly<Record<string, (round: number) => string>> = {
  whole_sku: (round) => `SKU-${String((round * 7_919) % items).padStart(6, '0')}`,
  part_of_sku: (round) =>
    String((round * 7_919) % items)
      .padStart(6, '0')
      .slice(1, 5),
  word_of_many: (round) => words[round % words.length] ?? '',
  two_words: (round) => `${(words[round % words.length] ?? '').toLowerCase()} no. ${(round * 613) % items}`,
  two_characters: (round) => (words[round % words.length] ?? '').slice(0, 2),
  nothing_like_it: (round) => `zzq${round}`,
  everything: () => 'SKU',
  empty: () => '',
}

async function run({ say }: BenchOptions): Promise<Figure[]> {
  await using bench = await startBenchStack()
  say(`writing ${items} items`)
  await fill(await bench.database('inventory'))
  const kinds = Object.keys(searches)
  const times = new Map(kinds.map((kind): [string, number[]] => [kind, []]))
  for (let round = -5; round < rounds; round += 1) {
    for (const kind of kinds) {
      const tookMs = await search(bench, searches[kind]?.(Math.abs(round)) ?? '')
      // The first rounds warm the caches up.
      if (round >= 0) times.get(kind)?.push(tookMs)
    }
  }
  const all = [...times.values()].flat()
  return [
    { name: 'search_p95_ms', value: percentile(all, 0.95), bar: { atMost: 100 } },
    { name: 'search_p50_ms', value: percentile(all, 0.5) },
    ...kinds.map((kind) => ({ name: `${kind}_p95_ms`, value: percentile(times.get(kind) ?? [], 0.95) })),
  ]
}

/** Past the commands, which would need minutes for it: what is measured is the reading. */
async function fill(db: pg.Client): Promise<void> {
  await db.query(
    `insert into location (id, name, kind) values ('loc_bench1', 'Bench 1', 'own'), ('loc_bench2', 'Bench 2', 'own')`,
  )
  await db.query(
    `insert into item (id, sku, title)
     select 'itm_' || lpad(n::text, 8, '0'), 'SKU-' || lpad(n::text, 6, '0'), ($2::text[])[1 + n % 10] || ' no. ' || n
       from generate_series(0, $1::int - 1) as n`,
    [items, words],
  )
  await db.query(
    `insert into stock_level (item_id, location_id, on_hand)
     select item.id, location.id, 5 from item cross join location on conflict do nothing`,
  )
  await db.query('vacuum analyze item')
  await db.query('vacuum analyze stock_level')
}

async function search({ clients }: BenchStack, text: string): Promise<number> {
  const begun = performance.now()
  await call(
    clients.inventory,
    'listItems',
    { search: text, page: { size: 50, token: '' } },
    { timeoutMs: 60_000, actor: 'bench', readOnly: true },
  )
  return performance.now() - begun
}
