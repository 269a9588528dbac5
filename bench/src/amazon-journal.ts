import type { BenchStack } from './bench-stack.ts'

/** A quantity that arrived at Amazon, by its own journal. */
export interface SentQuantity {
  sku: string
  quantity: number | undefined
  at: Date
  status: number
}

/** All quantities that were sent for a seller after a place in the journal, oldest first. */
export async function sentQuantities(
  { sim }: Pick<BenchStack, 'sim'>,
  which: { sellerId: string; since?: number },
): Promise<SentQuantity[]> {
  const sent: SentQuantity[] = []
  for (let since = which.since ?? 0; ;) {
    const { entries, nextSince } = await sim.journal({ ...which, since, operation: 'patchListingsItem', limit: 5_000 })
    sent.push(
      ...entries.map(({ sku, body, at, status }) => ({
        sku: sku ?? '',
        quantity: quantityIn(body),
        at: new Date(at),
        status,
      })),
    )
    if (entries.length === 0 || nextSince <= since) return sent
    since = nextSince
  }
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
