import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { newBucket, nextSlotAt, take } from './bucket.ts'
import type { Lane, Waiting } from './lanes.ts'
import { lanesOf, nextInLine, TURNS } from './lanes.ts'
import { modelLimits } from './model-limits.ts'
import { askFor, mayTake, nextTurnAt, RESERVE_MS } from './reserve.ts'

const now = 1_000_000_000
const patches = (level: number, taken = 0) => ({ ...newBucket(modelLimits.patchListingsItem, now), level, taken })
const waits = (lane: Lane, since = now): Waiting => ({ id: lane, lane, since, deadline: null })
const lanes = (waiting: Waiting[]) => waiting.map(({ lane }) => lane)
const all = lanesOf('patchListingsItem').map((lane) => waits(lane))

test('a full bucket is for everybody, the last token for the urgent only', () => {
  expect(lanes(mayTake(all, patches(3), now))).toEqual(['to_zero', 'decrease', 'increase', 'price', 'content'])
  expect(lanes(mayTake(all, patches(2.5), now))).toEqual(['to_zero', 'decrease', 'increase'])
  expect(lanes(mayTake(all, patches(2.4), now))).toEqual(['to_zero', 'decrease'])
  expect(lanes(mayTake(all, patches(1), now))).toEqual(['to_zero', 'decrease'])
  expect(mayTake(all, patches(0.99), now)).toEqual([])
})

test('a bucket of one token serves all lanes', () => {
  const one = newBucket({ rate: 5, burst: 1 }, now)

  expect(mayTake(all, one, now)).toHaveLength(5)
})

test('what has waited a minute beside urgent work, or half an hour, gets the last token on an open turn, and only there', () => {
  const old = [waits('content', now - RESERVE_MS.anyway)]
  const beside = [waits('content', now - RESERVE_MS.besideUrgent), waits('decrease')]

  expect(mayTake(old, patches(1, TURNS - 1), now)).toHaveLength(1)
  expect(mayTake(old, patches(1, 0), now)).toEqual([])
  expect(lanes(mayTake(beside, patches(1, TURNS - 1), now))).toEqual(['content', 'decrease'])
  expect(lanes(mayTake(beside, patches(1, 0), now))).toEqual(['decrease'])
  expect(mayTake([waits('content', now - RESERVE_MS.besideUrgent)], patches(1, TURNS - 1), now)).toEqual([])
})

test('[T-47] urgent never behind bulk: while bulk is worked on without end, an urgent call finds a token at once', () => {
  const bulk = fc.constantFrom<Lane[]>('increase', 'price', 'content')
  fc.assert(
    fc.property(bulk, fc.integer({ min: 1_000, max: 60_000 }), (lane, urgentAfterMs) => {
      let bucket = newBucket(modelLimits.patchListingsItem, now)
      for (let at = now; at < now + urgentAfterMs; at += 50) {
        if (mayTake([waits(lane)], bucket, at).length > 0) bucket = take(bucket, at).bucket
      }

      expect(take(bucket, now + urgentAfterMs).ok).toBe(true)
    }),
    { numRuns: 30 },
  )
})

test('no token is lost by the reserve: bulk alone gets the whole rate', () => {
  for (const lane of ['increase', 'price', 'content'] as const) {
    let bucket = newBucket(modelLimits.patchListingsItem, now)
    let served = 0
    for (let at = now; at < now + 60_000; at = nextTurnAt([waits(lane)], bucket, at) ?? Infinity) {
      if (mayTake([waits(lane)], bucket, at).length === 0) continue
      bucket = take(bucket, at).bucket
      served += 1
    }

    expect(served).toBeGreaterThan(0.98 * 60 * 4.995)
  }
})

test('no starvation: bulk is served in finite time under urgent work without end', () => {
  let bucket = newBucket(modelLimits.patchListingsItem, now)
  const patient = waits('content')
  let at = now
  let served = false
  while (!served && at < now + 2 * RESERVE_MS.anyway) {
    const next = nextInLine(mayTake([patient, waits('to_zero', at)], bucket, at), at, bucket.taken)
    if (next) bucket = take(bucket, at).bucket
    else at = nextSlotAt(bucket, at)
    served = next?.lane === 'content'
  }

  expect(served).toBe(true)
})

test('the next turn is the moment at which the least patient of the lanes may go', () => {
  const bucket = patches(0)

  for (const { waiting, tokens } of [
    { waiting: [waits('content'), waits('decrease')], tokens: 1 },
    { waiting: [waits('content'), waits('increase')], tokens: 2.5 },
    { waiting: [waits('content')], tokens: 3 },
  ]) {
    const at = nextTurnAt(waiting, bucket, now) ?? 0

    expect(at - now).toBeCloseTo((tokens / 4.995) * 1_000, -1)
    expect(mayTake(waiting, bucket, at)).not.toEqual([])
    expect(mayTake(waiting, bucket, at - 2)).toEqual([])
  }
  expect(nextTurnAt([], bucket, now)).toBeUndefined()
})

test('what is asked for is what the most urgent want, and each token that is given finds one that may take it', () => {
  const lane = fc.constantFrom<Lane>(...lanesOf('patchListingsItem'))
  const waiter = fc.tuple(lane, fc.constantFrom(0, RESERVE_MS.besideUrgent, RESERVE_MS.anyway))
  fc.assert(
    fc.property(
      fc.array(waiter, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 10, max: 30 }),
      fc.nat(9),
      (found, tenths, taken) => {
        let waiting = found.map(([one, aged], i) => ({ ...waits(one, now - aged), id: String(i) }))
        const { want, leave, leaveOnOpenTurn } = askFor(waiting, now)
        let bucket = patches(tenths / 10, taken)
        const kept = (share: number) => share * (bucket.workingBurst - 1)
        const first = kept(taken % TURNS === TURNS - 1 ? leaveOnOpenTurn : leave)
        const given =
          bucket.level >= 1 + first ? Math.min(want, Math.max(1, Math.floor(bucket.level - kept(leave)))) : 0

        expect(mayTake(waiting, bucket, now).length > 0).toBe(given > 0)
        for (let i = 0; i < given; i++) {
          const next = nextInLine(mayTake(waiting, bucket, now), now, bucket.taken)
          expect(next).toBeDefined()
          waiting = waiting.filter((one) => one !== next)
          bucket = { ...bucket, level: bucket.level - 1, taken: bucket.taken + 1 }
        }
      },
    ),
  )
})

test('nothing is kept back of a slow bucket', () => {
  const slow = { ...newBucket(modelLimits.createFeed, now), level: 1 }

  expect(mayTake([waits('price')], slow, now)).toHaveLength(1)
})
