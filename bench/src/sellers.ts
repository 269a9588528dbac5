import type { Scenario } from '@lockstep/local-stack/scenario'

/** A seller with one account in the UK that sells this many items, each under its own SKU, and already offers what is on the shelf. */
export function aSeller({ name, skus, onHand }: { name: string; skus: readonly string[]; onHand: number }): Scenario {
  const sellerId = sellerIdOf(name)
  return {
    name,
    sellers: [{ sellerId, region: 'EU', refreshToken: `Atzr|${sellerId}`, accounts: [{ name, marketplace: 'UK' }] }],
    items: skus.map((sku) => ({ sku, title: `Item ${sku}`, onHand })),
    listings: skus.map((sku) => ({ sellerId, sku, accounts: [name], quantity: onHand, item: sku })),
  }
}

/** The seller's id on Amazon. */
export function sellerIdOf(name: string): string {
  return `A1${name
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, '')
    .padEnd(10, '0')}`
}

/** SKUs of a seller: `<name>-0001`, `<name>-0002`, … */
export function skusOf(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, number) => `${name}-${String(number + 1).padStart(4, '0')}`)
}
