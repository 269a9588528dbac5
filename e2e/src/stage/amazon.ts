import type { Stage } from './open-stage.ts'

/** A quantity that Amazon took, by its own journal. */
export interface Write {
  seq: number
  quantity: number | undefined
  marketplaces: unknown
  status: number
}

/** A listing of the simulator. */
export interface OnAmazon {
  sellerId: string
  sku: string
}

/** The quantities that were sent for a SKU after a point of the journal, oldest first. */
export async function writesOf({ sim }: Stage, { sellerId, sku }: OnAmazon, since = 0): Promise<Write[]> {
  const { entries } = await sim.journal({ operation: 'patchListingsItem', sellerId, sku, since })
  return entries.map(({ seq, query, body, status }) => ({
    seq,
    quantity: quantityIn(body),
    marketplaces: (query as { marketplaceIds?: unknown }).marketplaceIds,
    status,
  }))
}

/** The place in the journal after which everything is new. */
export async function journalEnd({ sim }: Stage): Promise<number> {
  return (await sim.journal({ operation: 'noSuchOperation' })).nextSince
}

/** What buyers can order now. */
export async function liveOf({ sim }: Stage, { sellerId, sku }: OnAmazon): Promise<number> {
  return (await sim.listing(sellerId, sku)).live.quantity
}

function quantityIn(body: unknown): number | undefined {
  const { patches = [] } = body as { patches?: { path: string; value: { quantity?: number }[] }[] }
  return patches.find(({ path }) => path === '/attributes/fulfillment_availability')?.value[0]?.quantity
}
