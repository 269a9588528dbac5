import { expect, test } from '@jest/globals'
import { amazonModel } from './amazon-model.ts'
import type { SellerOptions } from './simulated-seller.ts'
import { simulatedSeller } from './simulated-seller.ts'
import { seeded, virtualClock } from './virtual-clock.ts'

const START = Date.UTC(2026, 10, 21)
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

type WorldOptions = Partial<SellerOptions> & { seed: number; live?: number; propagationMs?: number }

/** A seller and Amazon, linked at the start; the order poll begins within its first five minutes. */
function world({ seed, live = 0, propagationMs = 1_000, ...seller }: WorldOptions) {
  const chance = seeded(seed)
  const clock = virtualClock(START)
  const amazon = amazonModel(clock, { live, propagationMs, visibilityMs: 2 * MINUTE })
  const shop = simulatedSeller(clock, amazon, { onHand: 40, luck: { chance }, ...seller })
  shop.startPolling(chance() * 5 * MINUTE)
  return { chance, clock, amazon, seller: shop }
}

/** Buyers come one by one, at random, `perHour` of them on average. */
function buyersAtRandom(day: ReturnType<typeof world>, perHour: number): void {
  atRandom(day, perHour, () => day.amazon.buy(1))
}

function atRandom({ clock, chance }: ReturnType<typeof world>, perHour: number, job: () => void): void {
  const pause = () => (-Math.log(1 - chance()) * HOUR) / perHour
  const next = () => {
    job()
    clock.after(pause(), next)
  }
  clock.after(pause(), next)
}

test('[T-71] a capped listing is refilled: Max Listed 3 of 200, 20 sales over a day, never at 0 longer than a poll and a push', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const day = world({ seed, onHand: 200, maxListed: 3, live: 3, propagationMs: 30_000 })
    let bought = 0
    for (let i = 0; i < 20; i++)
      day.clock.at(START + HOUR + day.chance() * 22 * HOUR, () => (bought += day.amazon.buy(1)))
    day.clock.runUntil(START + 24 * HOUR)

    const pollAndPush = 5 * MINUTE + 2 * MINUTE + 30_000 + 5_000
    expect(day.amazon.longestAtZeroMs()).toBeLessThanOrEqual(pollAndPush)
    expect(bought).toBe(day.amazon.sold())
    expect(day.amazon.live()).toBe(3)
    expect(day.seller.state().word).toBe('in_step')
    expect(day.amazon.landed.every((write) => write.quantity <= 3)).toBe(true)
  }
})

test('[T-71] twenty buyers an hour or so apart all get their unit', () => {
  const day = world({ seed: 7, onHand: 200, maxListed: 3, live: 3, propagationMs: 30_000 })
  for (let i = 0; i < 20; i++) day.clock.at(START + (i + 1) * 66 * MINUTE, () => day.amazon.buy(1))
  day.clock.runUntil(START + 24 * HOUR)

  expect(day.amazon.sold()).toBe(20)
  expect(day.amazon.longestAtZeroMs()).toBe(0)
  expect(day.seller.available()).toBe(180)
})

/** A listing of 40 sold out under the poll's eyes; returns the units sold that did not exist. */
function sellOut(seed: number, options: Partial<SellerOptions>): { oversold: number; sold: number; writes: number } {
  const chance = seeded(seed * 31 + 7)
  const day = world({ seed, ...options, onHand: 40, propagationMs: 1_000 + Math.floor(chance() * 29_000) })
  buyersAtRandom(day, 20 + chance() * 160)
  const soldOutAt = () => day.amazon.orders.at(39)?.at ?? Infinity
  for (let now = START; now < START + 8 * HOUR && now < soldOutAt() + HOUR; now += HOUR / 2) day.clock.runUntil(now)
  return { oversold: day.seller.oversold(), sold: day.amazon.sold(), writes: day.amazon.accepted.length }
}

test('[T-72] 40 units sell faster than the poll sees, 1,000 seeds: our writes oversell 0 units and hold none back', () => {
  const days = Array.from({ length: 1_000 }, (_, seed) => sellOut(seed + 1, {}))

  expect(days.filter((day) => day.oversold > 0)).toEqual([])
  expect(days.filter((day) => day.sold < 40)).toEqual([])
  expect(Math.max(...days.map((day) => day.writes))).toBeLessThanOrEqual(3)
})

test('[T-72] the plain number oversells in the same world, so the test above proves something', () => {
  const days = Array.from({ length: 200 }, (_, seed) => sellOut(seed + 1, { policy: 'plain' }))

  const share = days.filter((day) => day.oversold > 0).length / days.length
  expect(share).toBeGreaterThan(0.2)
})

test('[T-72] also when our stock hears of the downloaded orders seconds after the poll has ended', () => {
  const days = Array.from({ length: 200 }, (_, seed) => sellOut(seed + 1, { booksLagMs: 200 + (seed % 20) * 1_000 }))

  expect(days.filter((day) => day.oversold > 0 || day.sold < 40)).toEqual([])
})

test('[T-73] a receipt and a sale coalesce: whichever comes first, live ends at available after one write', () => {
  for (const receiptAfter of [10 * SECOND, 4 * MINUTE, 5 * MINUTE, 5 * MINUTE + 200, 5 * MINUTE + 1_500]) {
    const day = world({ seed: 3, onHand: 10, live: 10 })
    day.clock.runUntil(START + 2 * HOUR)
    const writesBefore = day.amazon.accepted.length
    const lastPoll = day.seller.state().coveredUntil ?? 0
    const saleAt = lastPoll + 2 * MINUTE + 5 * MINUTE + 10 * SECOND
    day.clock.at(saleAt, () => day.amazon.buy(1))
    // The sale is downloaded by the poll 9 min 50 s later at the latest; the receipt falls before, at and after that.
    day.clock.at(saleAt + receiptAfter, () => day.seller.receive(5))
    day.clock.runUntil(START + 4 * HOUR)

    expect(day.seller.available()).toBe(14)
    expect(day.amazon.live()).toBe(14)
    expect(day.amazon.accepted.length - writesBefore).toBe(1)
  }
})

test('[T-74] Force Update while sales are not downloaded puts no sold unit back on sale', () => {
  const day = world({ seed: 5, onHand: 40 })
  day.clock.runUntil(START + HOUR)
  const lastPoll = (day.seller.state().coveredUntil ?? 0) + 2 * MINUTE
  const levels: number[] = []
  for (let i = 0; i < 10; i++) {
    day.clock.at(lastPoll + (70 + i * 20) * SECOND, () => day.amazon.buy(1))
    day.clock.at(lastPoll + (75 + i * 20) * SECOND, () => day.seller.forceUpdate())
    day.clock.at(lastPoll + (84 + i * 20) * SECOND, () => levels.push(day.amazon.live()))
  }
  day.clock.runUntil(START + 2 * HOUR)

  expect(levels).toEqual([39, 38, 37, 36, 35, 34, 33, 32, 31, 30])
  expect(day.amazon.live()).toBe(30)
  expect(day.seller.oversold()).toBe(0)
  expect(day.amazon.accepted).toEqual([40])
})

/** 40 units sold by Amazon (20 an hour) and the own shop (6 an hour) until there are none; returns the units that did not exist. */
function sellOutWithShop(seed: number, policy: 'guarded' | 'plain'): number {
  const day = world({ seed, policy, onHand: 40 })
  buyersAtRandom(day, 20)
  atRandom(day, 6, () => day.seller.sellInShop(1))
  day.clock.runUntil(START + 4 * HOUR)
  return day.seller.oversold()
}

function sellOutsWithShop(policy: 'guarded' | 'plain'): { share: number; units: number } {
  const oversold = Array.from({ length: 150 }, (_, seed) => sellOutWithShop(seed + 1, policy))
  return { share: oversold.filter((u) => u > 0).length / 150, units: oversold.reduce((total, u) => total + u, 0) }
}

test('with an own shop selling too, the guarded rule oversells less often and fewer units than the plain number', () => {
  const guarded = sellOutsWithShop('guarded')
  const plain = sellOutsWithShop('plain')

  expect(guarded.share).toBeLessThan(0.75 * plain.share)
  expect(guarded.units).toBeLessThan(0.5 * plain.units)
})
