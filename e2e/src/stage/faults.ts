import { randomUUID } from 'node:crypto'
import { expect } from '@jest/globals'
import { call } from '@lockstep/rpc/client'
import { eventually } from '@lockstep/testkit/eventually'
import { liveOf, writesOf, type OnAmazon } from './amazon.ts'
import type { Stage } from './open-stage.ts'

/** How long a SKU may take until Amazon has accepted its newest number again, once everything runs. */
export const acceptedWithinMs = 20_000

/** Takes units off the shelf, as a caller does that repeats its command under the same key until it is answered. */
export async function takeUnits(stage: Stage, sku: string, units: number): Promise<void> {
  const line = { item: sku, location: '', delta: BigInt(-units) }
  const request = { idempotencyKey: randomUUID(), lines: [line], partial: false, note: '' }
  await eventually(
    () => call(stage.clients.inventory, 'adjustStock', request, { timeoutMs: 5_000, actor: 'e2e', retries: 0 }),
    { withinMs: 60_000, everyMs: 200 },
  )
}

/** What inventory holds of an item: available, and how often its level was changed. */
export async function levelOf(stage: Stage, sku: string): Promise<{ available: number; version: number }> {
  const answer = await call(
    stage.clients.inventory,
    'getStock',
    { item: sku },
    { timeoutMs: 5_000, actor: 'e2e', readOnly: true },
  )
  const [level] = answer.levels
  return { available: Number(level?.available), version: Number(level?.version) }
}

/** Waits until Amazon shows of every SKU what inventory has available. */
export async function expectInStep(
  stage: Stage,
  sellerId: string,
  { skus, withinMs = acceptedWithinMs }: { skus: readonly string[]; withinMs?: number },
): Promise<void> {
  await eventually(
    async () => {
      const shown = await Promise.all(skus.map((sku) => liveOf(stage, { sellerId, sku })))
      const available = await Promise.all(skus.map(async (sku) => (await levelOf(stage, sku)).available))
      expect(Object.fromEntries(skus.map((sku, place) => [sku, shown[place]]))).toEqual(
        Object.fromEntries(skus.map((sku, place) => [sku, available[place]])),
      )
    },
    { withinMs, everyMs: 200 },
  )
}

/** Where stock only falls, the numbers that Amazon took may only fall: a higher one after a lower one would be an older one. */
export async function expectNoOlderNumber(stage: Stage, listing: OnAmazon, since: number): Promise<void> {
  const taken = (await writesOf(stage, listing, since)).map(({ quantity }) => quantity ?? Number.NaN)
  expect(taken).toEqual(taken.toSorted((one, other) => other - one))
}
