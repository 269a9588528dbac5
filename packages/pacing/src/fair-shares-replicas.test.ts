import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { newBucket, takeUpTo } from './bucket.ts'
import { type Claimant, shareOut } from './fair-shares.ts'
import { seeded } from './simulation/virtual-clock.ts'

const limit = { rate: 60, burst: 60 }
const sliceMs = 250
const start = 1_000_000

type Setting = { connections: number; replicas: number; homes: number; minutes: number; seed: number }

/**
 * Connections that always wait, each served by some of the replicas. The replicas ask in turn, at moments of their own, for no more than a slice of a
 * quarter of a second, and know of each other only by the counts that are kept with the bucket.
 */
function serve({ connections, replicas, homes, minutes, seed }: Setting): number[] {
  const chance = seeded(seed)
  const served = Array.from({ length: connections }, () => 0)
  const waitingSince = Array.from({ length: connections }, () => start)
  const homesOf = served.map(() => Array.from({ length: homes }, () => Math.floor(chance() * replicas)))
  const most = Math.floor((limit.rate * sliceMs) / 1_000)
  let bucket = newBucket(limit, start)
  for (let now = start; now < start + minutes * 60_000; now += 10 + Math.floor(chance() * 60)) {
    const replica = Math.floor(chance() * replicas)
    const claimants = served.map((count, i): Claimant => {
      const isHere = homesOf[i]?.includes(replica) ?? false
      return {
        id: String(i),
        served: count,
        servedBefore: count,
        waitingSince: waitingSince[i] ?? start,
        want: 2 * most,
        isHere,
      }
    })
    const there = takeUpTo(bucket, limit.burst, now).count
    const shares = shareOut(claimants, { tokens: there, mostHere: most })
    let given = 0
    for (const [i, { isHere }] of claimants.entries()) {
      const tokens = isHere ? (shares.get(String(i))?.tokens ?? 0) : 0
      if (tokens === 0) continue
      given += tokens
      served[i] = (served[i] ?? 0) + tokens
      waitingSince[i] = now
    }
    bucket = takeUpTo(bucket, given, now).bucket
  }
  return served
}

test('[S003-36] however many replicas serve them, connections that wait get their fair share within 5 %', () => {
  const settings = fc.record({
    connections: fc.integer({ min: 2, max: 40 }),
    replicas: fc.integer({ min: 1, max: 4 }),
    homes: fc.integer({ min: 1, max: 3 }),
    minutes: fc.constant(2),
    seed: fc.nat(10_000),
  })
  fc.assert(
    fc.property(settings, (any) => {
      const served = serve(any)
      const fair = served.reduce((sum, count) => sum + count, 0) / any.connections

      expect(fair * any.connections).toBeGreaterThan(0.95 * 60 * 60 * any.minutes)
      for (const count of served) expect(Math.abs(count - fair)).toBeLessThanOrEqual(Math.max(0.05 * fair, 1))
    }),
    { numRuns: 15 },
  )
})
