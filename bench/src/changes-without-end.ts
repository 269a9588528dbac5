import { setTimeout as delay } from 'node:timers/promises'
import type { BenchStack } from './bench-stack.ts'
import { setStock } from './stock.ts'

/** Changes one SKU after the other, so many a second, up and down by up to two fifths, until it is told to end. */
export async function changeWithoutEnd(
  bench: BenchStack,
  how: { skus: readonly string[]; onHand: number; perSecond: number; signal: AbortSignal },
): Promise<void> {
  const { skus, onHand, perSecond, signal } = how
  let place = 0
  while (!signal.aborted) {
    const lines = Array.from({ length: perSecond }, () => {
      place = (place + 1) % skus.length
      return { sku: skus[place] ?? '', onHand: Math.floor(onHand * (0.6 + 0.8 * Math.random())) }
    })
    await setStock(bench, lines)
    await delay(1_000, undefined, { signal }).catch(() => undefined)
  }
}
