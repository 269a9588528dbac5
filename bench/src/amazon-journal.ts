import type { BenchStack } from './bench-stack.ts'

/** One request, as Amazon wrote it down. */
export type JournalEntry = Awaited<ReturnType<BenchStack['sim']['journal']>>['entries'][number]

/** A quantity that arrived at Amazon, by its own journal. */
export interface SentQuantity {
  sku: string
  quantity: number | undefined
  at: Date
  status: number
}

/** All that the journal holds after a place in it and that matches, oldest first, a page at a time. */
export async function journalAfter(
  { sim }: Pick<BenchStack, 'sim'>,
  which: { sellerId?: string; operation?: string; since: number },
): Promise<JournalEntry[]> {
  const all: JournalEntry[] = []
  for (let { since } = which; ;) {
    const { entries, nextSince } = await sim.journal({ ...which, since, limit: 5_000 })
    all.push(...entries)
    if (entries.length === 0 || nextSince <= since) return all
    since = nextSince
  }
}

/** All quantities that were sent for a seller after a place in the journal, oldest first. */
export async function sentQuantities(
  bench: Pick<BenchStack, 'sim'>,
  { sellerId, since = 0 }: { sellerId?: string; since?: number },
): Promise<SentQuantity[]> {
  const entries = await journalAfter(bench, {
    ...(sellerId !== undefined && { sellerId }),
    since,
    operation: 'patchListingsItem',
  })
  return entries.map(({ sku, body, at, status }) => ({
    sku: sku ?? '',
    quantity: quantityIn(body),
    at: new Date(at),
    status,
  }))
}

/** The place in the journal after which everything is new. */
export async function journalEnd({ sim }: Pick<BenchStack, 'sim'>): Promise<number> {
  return (await sim.journal({ operation: 'noSuchOperation' })).nextSince
}

function quantityIn(body: unknown): number | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a body that we sent, as the simulator kept it
  const { patches = [] } = body as { patches?: { path: string; value: { quantity?: number }[] }[] }
  return patches.find(({ path }) => path === '/attributes/fulfillment_availability')?.value[0]?.quantity
}
