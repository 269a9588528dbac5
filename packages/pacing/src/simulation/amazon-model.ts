import type { VirtualClock } from './virtual-clock.ts'

export type AmazonOrder = { at: number; units: number; visibleFrom: number }

export type AmazonOptions = {
  live: number
  /** From acceptance until a write shows. */
  propagationMs: number
  /** From a sale until an order poll can return it. */
  visibilityMs: number
}

/** One SKU on Amazon, as far as stock goes: one global quantity that buyers lower at once and writes replace with a delay. */
export type AmazonModel = {
  live(): number
  orders: AmazonOrder[]
  /** Every number that took effect by a write of ours, with its moment. */
  landed: { at: number; quantity: number }[]
  accepted: number[]
  sold(): number
  /** How long the SKU has stood at 0, longest stretch so far. */
  longestAtZeroMs(): number
  /** A buyer takes up to `units`; gets what is there. */
  buy(units: number): number
  /** Takes a write: replaces the level, sales in between included, once it has propagated. */
  write(quantity: number): void
  /** A person edits the number in Seller Central. */
  edit(quantity: number): void
  /** What a poll with this upper bound finds. */
  ordersUpTo(bound: number): AmazonOrder[]
}

/** Written apart from the code under test: it knows no buckets, guards or versions. */
export function amazonModel(clock: VirtualClock, options: AmazonOptions): AmazonModel {
  let live = options.live
  let zeroSince: number | null = live === 0 ? clock.now() : null
  let longest = 0
  const orders: AmazonOrder[] = []
  const landed: { at: number; quantity: number }[] = []
  const accepted: number[] = []
  const become = (quantity: number) => {
    live = quantity
    if (zeroSince !== null) longest = Math.max(longest, clock.now() - zeroSince)
    if (live > 0) zeroSince = null
    else zeroSince ??= clock.now()
  }
  return {
    live: () => live,
    orders,
    landed,
    accepted,
    sold: () => orders.reduce((sum, o) => sum + o.units, 0),
    longestAtZeroMs: () => Math.max(longest, zeroSince === null ? 0 : clock.now() - zeroSince),
    buy(wanted) {
      const units = Math.min(wanted, live)
      if (units === 0) return 0
      // Amazon's order times are whole seconds.
      orders.push({
        at: Math.floor(clock.now() / 1_000) * 1_000,
        units,
        visibleFrom: clock.now() + options.visibilityMs,
      })
      become(live - units)
      return units
    },
    write(quantity) {
      accepted.push(quantity)
      clock.after(options.propagationMs, () => {
        landed.push({ at: clock.now(), quantity })
        become(quantity)
      })
    },
    edit: become,
    ordersUpTo: (bound) => orders.filter((o) => o.at <= bound && o.visibleFrom <= clock.now()),
  }
}
