import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { BenchStack } from './bench-stack.ts'
import { percentile, type Figure } from './benchmark.ts'
import { setStock } from './stock.ts'

const changesPerSecond = 500
const batchEveryMs = 50
const batchLines = (changesPerSecond * batchEveryMs) / 1_000
const lookEveryMs = 10
const lastWithinMs = 30_000

/**
 * How long a change takes from the call that makes it until its desired number can be read, at a steady pace that the hub carries with ease.
 * Every number is above the ones before, so each names its change.
 */
export async function latencyFigures(
  bench: BenchStack,
  connector: pg.Client,
  given: { skus: readonly string[]; onHand: number; forMs: number },
): Promise<Figure[]> {
  const skuOf = await skusByGroup(connector)
  const sentAt = new Map<string, number>()
  const took: number[] = []
  const watch = await startWatch(connector, (groupId, quantity) => {
    const key = `${skuOf.get(groupId)} ${quantity}`
    const at = sentAt.get(key)
    if (at === undefined) return
    took.push(performance.now() - at)
    sentAt.delete(key)
  })
  const sent = await sendSteadily(bench, given, sentAt)
  for (const end = performance.now() + lastWithinMs; sentAt.size > 0 && performance.now() < end;)
    await delay(lookEveryMs)
  await watch.stop()
  return [
    { name: 'steady_changes', value: sent },
    { name: 'steady_p50_ms', value: percentile(took, 0.5) },
    { name: 'steady_p99_ms', value: percentile(took, 0.99), bar: { atMost: 1_000 } },
    { name: 'steady_changes_lost', value: sentAt.size, bar: { atMost: 0 } },
  ]
}

async function skusByGroup(connector: pg.Client): Promise<Map<string, string>> {
  const { rows } = await connector.query<{ id: string; channel_sku: string }>(`select id, channel_sku from sku_group`)
  return new Map(rows.map((row) => [row.id, row.channel_sku]))
}

/** Batches leave by the clock, whether or not the ones before have been answered. Answers how many changes were made. */
async function sendSteadily(
  bench: BenchStack,
  { skus, onHand, forMs }: { skus: readonly string[]; onHand: number; forMs: number },
  sentAt: Map<string, number>,
): Promise<number> {
  const batches: Promise<void>[] = []
  const startedAt = performance.now()
  for (let batch = 0; batch * batchEveryMs < forMs; batch += 1) {
    await delay(Math.max(0, startedAt + batch * batchEveryMs - performance.now()))
    const lines = Array.from({ length: batchLines }, (_, line) => {
      const change = batch * batchLines + line
      return { sku: skus[change % skus.length] ?? '', onHand: onHand + 1 + Math.floor(change / skus.length) }
    })
    for (const line of lines) sentAt.set(`${line.sku} ${line.onHand}`, performance.now())
    batches.push(setStock(bench, lines))
  }
  await Promise.all(batches)
  return batches.length * batchLines
}

/** Tells every desired number that was stored since the last look. */
async function startWatch(
  connector: pg.Client,
  told: (groupId: string, quantity: number) => void,
): Promise<{ stop(): Promise<void> }> {
  const { rows } = await connector.query<{ last: string }>(`select coalesce(max(id), 0) as last from computation`)
  const state = { last: Number(rows[0]?.last), isStopping: false }
  // Ids are given before their transactions end: one that is not there yet comes below one that is.
  const awaited = new Set<number>()
  const look = async (): Promise<void> => {
    const seen = await connector.query<{ id: string; group_id: string; quantity: string | null }>(
      `select id, group_id, record -> 'desired' ->> 'quantity' as quantity from computation
        where id > $1 or id = any($2::bigint[]) order by id`,
      [state.last, [...awaited]],
    )
    for (const row of seen.rows) {
      const id = Number(row.id)
      for (let between = state.last + 1; between < id; between += 1) awaited.add(between)
      awaited.delete(id)
      state.last = Math.max(state.last, id)
      told(row.group_id, Number(row.quantity))
    }
  }
  const watching = (async () => {
    while (!state.isStopping) {
      await look()
      await delay(lookEveryMs)
    }
  })()
  return {
    async stop() {
      state.isStopping = true
      await watching
    },
  }
}
