import { expect, test } from '@jest/globals'
import { type DayOptions, oversellDay, type Policy } from './oversell-day.ts'

const hour = 3_600_000
// Looking every ten seconds makes a day long.
const seedsOf = (policy: Policy) => (policy === 'watch' ? 30 : 80)

function share(policy: Policy, world: Partial<DayOptions> = {}): number {
  const seeds = seedsOf(policy)
  const days = Array.from({ length: seeds }, (_, seed) =>
    oversellDay({
      policy,
      seed: seed + 1,
      onHand: 40,
      amazonPerHour: 20,
      shopPerHour: 0,
      longestMs: 8 * hour,
      ...world,
    }),
  )
  return (100 * days.filter(({ oversold }) => oversold > 0).length) / seeds
}

// The full measurement is `npm run bench -- oversell`; here the differences between the policies are far above chance.
test('[T-72] Amazon alone: the plain number oversells sell-out after sell-out, no other policy a single one', () => {
  expect(share('plain')).toBeGreaterThan(25)
  expect(share('guarded')).toBe(0)
  expect(share('watch')).toBe(0)
})

test('[T-34] with an own shop: each policy oversells clearly less often than the one before', () => {
  const [plain, guarded, holds, watch] = (['plain', 'guarded', 'holds', 'watch'] as const).map((policy) =>
    share(policy, { shopPerHour: 6 }),
  )

  expect(plain).toBeGreaterThan(45)
  expect(guarded).toBeLessThan(50)
  expect(holds).toBeLessThan(32)
  expect(watch).toBeLessThan(6)
})

test('[T-71] a listing capped at 3 of 200 sells on with the guarded rule, and its cap once with the plain number', () => {
  const day = { seed: 1, onHand: 200, maxListed: 3, amazonPerHour: 4, shopPerHour: 0, longestMs: 24 * hour }

  expect(oversellDay({ ...day, policy: 'plain' }).soldOnAmazon).toBe(3)
  expect(oversellDay({ ...day, policy: 'guarded' }).soldOnAmazon).toBeGreaterThan(70)
})
