import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { amazonModel } from './amazon-model.ts'
import type { SellerOptions } from './simulated-seller.ts'
import { simulatedSeller } from './simulated-seller.ts'
import { seeded, virtualClock } from './virtual-clock.ts'

const START = Date.UTC(2026, 10, 28)
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

type Policy = Pick<SellerOptions, 'holds' | 'watchMs'>

/** A seller with 40 units, selling on Amazon and in a shop that asks the stock books before it sells. */
function market({ seed, live = 0, ...seller }: { seed: number; live?: number } & Partial<SellerOptions>) {
  const chance = seeded(seed)
  const clock = virtualClock(START)
  const amazon = amazonModel(clock, { live, propagationMs: 1_000, visibilityMs: 2 * MINUTE })
  const shop = simulatedSeller(clock, amazon, { onHand: 40, holds: true, luck: { chance }, ...seller })
  shop.startPolling(chance() * 5 * MINUTE)
  return { chance, clock, amazon, seller: shop }
}

function atRandom({ clock, chance }: ReturnType<typeof market>, perHour: number, job: () => void): void {
  const pause = () => (-Math.log(1 - chance()) * HOUR) / perHour
  const next = () => {
    job()
    clock.after(pause(), next)
  }
  clock.after(pause(), next)
}

/** 40 units sold by Amazon (20 an hour) and the own shop (6 an hour); returns the units that did not exist. */
function sellOut(seed: number, policy: Policy): number {
  const day = market({ seed, ...policy })
  atRandom(day, 20, () => day.amazon.buy(1))
  atRandom(day, 6, () => day.seller.sellInShop(1))
  day.clock.runUntil(START + 4 * HOUR)
  return day.seller.oversold()
}

function shareOversold(policy: Policy, days = 200): number {
  const oversold = Array.from({ length: days }, (_, seed) => sellOut(seed + 1, policy))
  return oversold.filter((units) => units > 0).length / days
}

test('with an own shop, holds oversell less often than the guard alone, and with the watch hardly ever', () => {
  const guarded = shareOversold({ holds: false })
  const held = shareOversold({})
  const watched = shareOversold({ watchMs: 10 * SECOND })

  expect(held).toBeLessThan(guarded)
  expect(watched).toBeLessThan(0.05)
  expect(watched).toBeLessThan(0.25 * held)
})

test('[T-72] with holds and watch Amazon alone still oversells nothing and holds nothing back', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const day = market({ seed, watchMs: 10 * SECOND, booksLagMs: (seed % 4) * 400 })
    atRandom(day, 20 + day.chance() * 160, () => day.amazon.buy(1))
    day.clock.runUntil(START + 8 * HOUR)

    expect([day.seller.oversold(), day.amazon.sold(), day.seller.held()]).toEqual([0, 40, 0])
    expect(day.amazon.accepted.length).toBeLessThanOrEqual(3)
  }
})

test('[T-71] with holds and watch a capped listing is refilled as before, never at 0 longer than a poll and a push', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const day = market({ seed, onHand: 200, maxListed: 3, live: 3, watchMs: 10 * SECOND })
    let bought = 0
    for (let i = 0; i < 20; i++) {
      day.clock.at(START + HOUR + day.chance() * 22 * HOUR, () => (bought += day.amazon.buy(1)))
    }
    day.clock.runUntil(START + 24 * HOUR)

    expect(day.amazon.longestAtZeroMs()).toBeLessThanOrEqual(7 * MINUTE + 10 * SECOND)
    expect(day.amazon.live()).toBe(3)
    expect([day.seller.available(), day.seller.held()]).toEqual([200 - bought, 0])
  }
})

test('[T-73] a receipt and a sale coalesce while the sale is held: live ends at available after one write', () => {
  for (const receiptAfter of [15 * SECOND, 4 * MINUTE, 8 * MINUTE]) {
    const day = market({ seed: 3, onHand: 10, live: 10, watchMs: 10 * SECOND })
    day.clock.runUntil(START + 2 * HOUR)
    const writesBefore = day.amazon.accepted.length
    day.clock.after(MINUTE, () => day.amazon.buy(1))
    day.clock.after(MINUTE + receiptAfter, () => day.seller.receive(5))
    day.clock.runUntil(START + 4 * HOUR)

    expect([day.seller.available(), day.amazon.live(), day.seller.held()]).toEqual([14, 14, 0])
    expect(day.amazon.accepted.length - writesBefore).toBe(1)
  }
})

test('[T-74] Force Update while sales are held puts no sold unit back on sale', () => {
  const day = market({ seed: 5, watchMs: 10 * SECOND })
  day.clock.runUntil(START + HOUR)
  const levels: number[] = []
  for (let i = 0; i < 10; i++) {
    day.clock.after((70 + i * 20) * SECOND, () => day.amazon.buy(1))
    day.clock.after((75 + i * 20) * SECOND, () => day.seller.forceUpdate())
    day.clock.after((84 + i * 20) * SECOND, () => levels.push(day.amazon.live()))
  }
  day.clock.runUntil(START + 2 * HOUR)

  expect(levels).toEqual([39, 38, 37, 36, 35, 34, 33, 32, 31, 30])
  expect([day.seller.available(), day.seller.held(), day.seller.oversold()]).toEqual([30, 0, 0])
})

test('the shop hears of a sale on Amazon within seconds of the watch, minutes before it can be downloaded', () => {
  const day = market({ seed: 11, watchMs: 10 * SECOND })
  day.clock.runUntil(START + HOUR)

  day.amazon.buy(4)
  day.clock.runUntil(START + HOUR + 12 * SECOND)

  expect([day.seller.available(), day.seller.held()]).toEqual([36, 4])
})

test('what somebody took off on Amazon is held until the poll proves it no sale, and is offered again then', () => {
  const day = market({ seed: 12, watchMs: 10 * SECOND })
  day.clock.runUntil(START + HOUR)

  day.amazon.edit(35)
  day.clock.runUntil(START + HOUR + 12 * SECOND)
  const held = [day.seller.available(), day.seller.held()]
  day.clock.runUntil(START + HOUR + 10 * MINUTE)

  expect(held).toEqual([35, 5])
  expect([day.seller.available(), day.seller.held()]).toEqual([40, 0])
  expect(day.amazon.live()).toBe(35)
  expect(day.seller.state().word).toBe('drift')
})

test('[R02] whatever is bought, sold, received and edited in between, every hold ends and available is what the books say', () => {
  const happening = fc.record({
    afterMs: fc.oneof(fc.nat(3_000), fc.nat(120_000)),
    what: fc.constantFrom('buy', 'buy', 'buy', 'shop', 'shop', 'receive', 'edit', 'force'),
    units: fc.integer({ min: 1, max: 6 }),
  })
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 50 }), fc.nat(99_999), (script, seed) => {
      const day = market({ seed, watchMs: 10 * SECOND, booksLagMs: (seed % 3) * 700 })
      const books = { received: 40, shop: 0 }
      let at = START
      for (const { afterMs, what, units } of script) {
        day.clock.at((at += afterMs), () => {
          if (what === 'buy') day.amazon.buy(units)
          if (what === 'edit') day.amazon.edit(units * 3)
          if (what === 'force') day.seller.forceUpdate()
          if (what === 'shop' && day.seller.sellInShop(units)) books.shop += units
          if (what === 'receive') {
            day.seller.receive(units)
            books.received += units
          }
        })
      }
      day.clock.runUntil(at + 30 * MINUTE)

      expect([day.seller.held(), day.seller.available()]).toEqual([0, books.received - books.shop - day.amazon.sold()])
    }),
    { numRuns: 150 },
  )
})
