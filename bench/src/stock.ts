import { randomUUID } from 'node:crypto'
import { call } from '@lockstep/rpc/client'
import type { BenchStack } from './bench-stack.ts'

const settings = { timeoutMs: 60_000, actor: 'bench' }

/** Sets on-hand in Default, all lines in one command. */
export async function setStock(
  { clients }: Pick<BenchStack, 'clients'>,
  lines: readonly { sku: string; onHand: number }[],
): Promise<void> {
  await call(
    clients.inventory,
    'setStock',
    {
      idempotencyKey: randomUUID(),
      lines: lines.map(({ sku, onHand }) => ({ item: sku, location: '', onHand: BigInt(onHand) })),
      partial: false,
      note: '',
    },
    settings,
  )
}

/** When the newest entry of an item's ledger was written. */
export async function lastMovedAt({ clients }: Pick<BenchStack, 'clients'>, sku: string): Promise<Date> {
  const page = { size: 1, token: '' }
  const { movements } = await call(
    clients.inventory,
    'listMovements',
    { item: sku, location: '', page },
    { ...settings, readOnly: true },
  )
  const at = movements[0]?.at
  if (!at) throw new Error(`${sku} has no ledger`)
  return at
}

/** What is available of an item, summed over its locations. */
export async function availableOf({ clients }: Pick<BenchStack, 'clients'>, sku: string): Promise<number> {
  const { levels } = await call(clients.inventory, 'getStock', { item: sku }, { ...settings, readOnly: true })
  return levels.reduce((sum, { available }) => sum + Number(available), 0)
}
