import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Bucket, Limit } from './bucket.ts'
import {
  currentRate,
  defaultMargin,
  LEARNING,
  newBucket,
  nextSlotAt,
  onSuccess,
  onThrottled,
  refilled,
  take,
  takeFromAll,
  takeUpTo,
  tokenLifeMs,
  workingBucket,
} from './bucket.ts'
import { limitsFor, modelLimits } from './model-limits.ts'

const limits = fc.constantFrom<Limit[]>(
  modelLimits.searchOrders,
  modelLimits.getOrder,
  modelLimits.confirmShipment,
  modelLimits.patchListingsItem,
  modelLimits.createReport,
  modelLimits.getInventorySummaries,
  { rate: 500, burst: 500 },
  { rate: 20, burst: 20 },
)

/** Amazon's side, written apart from ours: counts tokens by the request's arrival and says 429 when there is none. */
function amazonBucket({ rate, burst }: Limit, start: number) {
  let tokens = burst
  let last = start
  return (arrival: number): boolean => {
    tokens = Math.min(burst, tokens + ((arrival - last) * rate) / 1_000)
    last = arrival
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
}

function mustTake(bucket: Bucket, now: number): Bucket {
  const taken = take(bucket, now)
  if (!taken.ok) throw new Error(`no token at ${now}, next at ${taken.nextSlotAt}`)
  return taken.bucket
}

/** Uses up what is there and comes back to each promised slot. */
function drain(bucket: Bucket, from: number, count: number): { bucket: Bucket; sent: number[] } {
  let current = bucket
  let now = from
  const sent: number[] = []
  while (sent.length < count) {
    const taken = take(current, now)
    current = taken.bucket
    if (taken.ok) sent.push(now)
    else now = taken.nextSlotAt
  }
  return { bucket: current, sent }
}

test('the margin is paid in burst: rate 5, burst 5 work as 4.995 and 3', () => {
  expect(workingBucket({ rate: 5, burst: 5 }, defaultMargin)).toEqual({ rate: 4.995, burst: 3 })
  expect(workingBucket({ rate: 0.0056, burst: 20 }, defaultMargin).burst).toBe(19)
  expect(workingBucket({ rate: 2, burst: 1 }, defaultMargin).burst).toBe(1)
})

test('a new bucket holds one token, whatever its burst', () => {
  const first = take(newBucket({ rate: 0.5, burst: 30 }, 0), 0)
  const second = take(first.bucket, 0)

  expect(first.ok).toBe(true)
  expect(second).toMatchObject({ ok: false, nextSlotAt: 2_003 })
})

test('[T-47] a bucket is never negative and never above its working burst, whatever the clock does', () => {
  fc.assert(
    fc.property(limits, fc.array(fc.integer({ min: -60_000, max: 600_000 }), { maxLength: 200 }), (limit, steps) => {
      let bucket = newBucket(limit, 1_000_000)
      let now = 1_000_000
      for (const step of steps) {
        now += step
        bucket = take(bucket, now).bucket
        expect(bucket.level).toBeGreaterThanOrEqual(0)
        expect(bucket.level).toBeLessThanOrEqual(bucket.workingBurst)
      }
    }),
  )
})

test('[T-47] in any window no more leave than b + r × t, and Amazon answers none of them with 429', () => {
  fc.assert(
    fc.property(
      limits,
      fc.array(fc.nat(3_000), { minLength: 1, maxLength: 150 }),
      fc.array(fc.nat(250), { minLength: 1, maxLength: 50 }),
      (limit, gaps, delays) => {
        let bucket = newBucket(limit, 0)
        let now = 0
        const sent: number[] = []
        for (const gap of gaps) {
          now += gap
          const taken = take(bucket, now)
          bucket = taken.bucket
          if (taken.ok) sent.push(now)
        }
        const arrivals = sent.map((at, i) => at + (delays[i % delays.length] ?? 0)).toSorted((a, b) => a - b)
        const amazon = amazonBucket(limit, 0)
        expect(arrivals.every((at) => amazon(at))).toBe(true)
        for (const [i, from] of arrivals.entries()) {
          for (const [j, to] of arrivals.slice(i).entries()) {
            expect(j + 1).toBeLessThanOrEqual(limit.burst + (limit.rate * (to - from)) / 1_000 + 1e-9)
          }
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('[T-47] progress never stops: the promised slot exists, is the first one, and work at full demand keeps 99 % of the rate', () => {
  fc.assert(
    fc.property(limits, fc.nat(5), fc.nat(100_000), (limit, throttles, pause) => {
      let bucket = newBucket(limit, 0)
      for (let i = 0; i < throttles; i++) bucket = onThrottled(bucket, { now: i * 10, sentAt: i * 10 }).bucket
      const at = nextSlotAt(bucket, pause)
      expect(take(bucket, at).ok).toBe(true)
      expect(at === pause || !take(bucket, at - 1).ok).toBe(true)
    }),
  )
  const { sent } = drain(newBucket(modelLimits.patchListingsItem, 0), 0, 501)
  const rate = 500 / ((sent.at(-1) ?? 0) / 1_000)
  expect(rate).toBeGreaterThan(0.99 * 4.995)
  expect(rate).toBeLessThanOrEqual(5)
})

test('several limits give a token each or none of them does', () => {
  const buckets = limitsFor('patchListingsItem', { preview: true }).map(({ limit }) => newBucket(limit, 0))

  const first = takeFromAll(buckets, 0)
  const second = takeFromAll(first.buckets, 0)

  expect(first.ok).toBe(true)
  expect(second).toMatchObject({ ok: false, nextSlotAt: 201 })
  expect(second.buckets.map((b) => b.taken)).toEqual([1, 1, 1])
})

test('a slice of an application bucket is cut to what is there', () => {
  const bucket = refilled(newBucket({ rate: 500, burst: 500 }, 0), 100)

  const slice = takeUpTo(bucket, 125, 100)

  expect(slice.count).toBe(50)
  expect(slice.bucket.level).toBeLessThan(1)
})

test('[T-43] without a rate header the documented limit stays', () => {
  const bucket = onSuccess(newBucket(modelLimits.patchListingsItem, 0), { now: 10, sentAt: 0 })

  expect(bucket).toMatchObject({ rate: 5, burst: 5, learnedFrom: 'model' })
})

test('[T-44] a lower header rate counts at once, a higher one only after five replies agree', () => {
  let bucket = onSuccess(newBucket(modelLimits.getOrder, 0), { now: 1, sentAt: 0, headerRate: 0.25 })
  expect(bucket).toMatchObject({ rate: 0.25, learnedFrom: 'header' })

  for (const headerRate of [0.5, 0.5, 0.5, 0.5, 0.4, 0.5, 0.5, 0.5, 0.5])
    bucket = onSuccess(bucket, { now: 2, sentAt: 1, headerRate })
  expect(bucket.rate).toBe(0.25)

  bucket = onSuccess(bucket, { now: 3, sentAt: 2, headerRate: 0.5 })
  expect(bucket.rate).toBe(0.5)
})

test('[T-44] senseless header values and 429s teach no rate', () => {
  fc.assert(
    fc.property(fc.constantFrom(0, -1, Number.NaN, Infinity), (headerRate) => {
      expect(onSuccess(newBucket(modelLimits.getOrder, 0), { now: 1, sentAt: 0, headerRate }).rate).toBe(0.5)
    }),
  )
  expect(onThrottled(newBucket(modelLimits.getOrder, 0), { now: 1, sentAt: 0 }).bucket.rate).toBe(0.5)
})

test('a 429 empties the level and takes 30 % off the rate; 429s of the same moment count once', () => {
  const full = refilled(newBucket(modelLimits.patchListingsItem, 0), 60_000)

  const one = onThrottled(full, { now: 60_100, sentAt: 60_000 }).bucket
  const two = onThrottled(one, { now: 60_110, sentAt: 60_005 }).bucket

  expect(one.level).toBe(0)
  expect(currentRate(one, 60_100)).toBeCloseTo(0.7 * 4.995, 6)
  expect(two.throttledInARow).toBe(1)
  expect(currentRate(two, 60_110)).toBeCloseTo(0.7 * 4.995, 2)
})

test('[T-46] three 429s in a row at our own pace: single probes, ever further apart, and the finding, once', () => {
  let bucket = newBucket({ rate: 5, burst: 5 }, 0)
  let now = 0
  const findings: (string | null)[] = []
  const sent: number[] = []
  while (sent.length < 12) {
    now = nextSlotAt(bucket, Math.max(now, sent.length < 3 ? sent.length * 10_000 : 0))
    bucket = mustTake(bucket, now)
    sent.push(now)
    const learned = onThrottled(bucket, { now: now + 50, sentAt: now })
    bucket = learned.bucket
    findings.push(learned.finding)
  }

  const gaps = sent.slice(3).map((at, i) => at - (sent[i + 2] ?? 0))
  expect(findings.filter((f) => f === 'EXTERNAL_USE')).toHaveLength(1)
  expect(findings[2]).toBe('EXTERNAL_USE')
  expect(gaps.every((gap, i) => gap >= (gaps[i - 1] ?? 0))).toBe(true)
  expect(gaps.at(-1)).toBeGreaterThanOrEqual(10_000)
})

test('[T-46] while probing only one request is out per gap, and an answer ends it', () => {
  let bucket = newBucket({ rate: 5, burst: 5 }, 0)
  for (let i = 1; i <= 3; i++) bucket = onThrottled(bucket, { now: i * 10_000, sentAt: i * 10_000 - 10 }).bucket
  const at = nextSlotAt(bucket, 60_000)

  const probing = mustTake(bucket, at)
  const healthy = onSuccess(probing, { now: at + 100, sentAt: at })

  expect(take(probing, at).ok).toBe(false)
  expect(healthy.probe).toBeNull()
  expect(healthy.throttledInARow).toBe(0)
})

test('[T-49] 500 waiting calls and 60 s of 429: at most one probe per restore interval, 95 % of the rate within a minute of health', () => {
  const healthyFrom = 60_000
  let bucket = newBucket(modelLimits.patchListingsItem, 0)
  let now = 0
  const sent: number[] = []
  let done = 0
  while (done < 500) {
    now = nextSlotAt(bucket, now)
    bucket = mustTake(bucket, now)
    sent.push(now)
    const throttled = now < healthyFrom
    done += throttled ? 0 : 1
    const reply = { now: now + 40, sentAt: now }
    bucket = throttled ? onThrottled(bucket, reply).bucket : onSuccess(bucket, { ...reply, headerRate: 5 })
  }

  const storm = sent.filter((at) => at < healthyFrom)
  const perInterval = storm.map((at, i) => at - (storm[i - 1] ?? -Infinity))
  expect(Math.min(...perInterval)).toBeGreaterThanOrEqual(200)
  expect(storm.length).toBeLessThan(20)
  expect(currentRate(bucket, healthyFrom + 60_000)).toBeGreaterThanOrEqual(0.95 * 4.995)
})

test('a bucket survives being stored as JSON', () => {
  const bucket = onThrottled(newBucket(modelLimits.searchOrders, 5), { now: 10, sentAt: 6 }).bucket

  expect(JSON.parse(JSON.stringify(bucket))).toEqual(bucket)
})

test('[S003-36] tokens that Amazon adds once a second: after the first 429 no second holds more calls than it adds', () => {
  const limit = { rate: 5, burst: 5 }
  let bucket = { ...newBucket(limit, 0), level: 3 }
  const amazon = { tokens: 5, at: 0 }
  let throttles = 0
  let sent = 0
  for (let now = 0; now < 300_000;) {
    const taken = take(bucket, now)
    if (!taken.ok) {
      now = taken.nextSlotAt
      continue
    }
    bucket = taken.bucket
    // The way takes 5 to 35 ms, differently each time.
    const arrives = now + 5 + ((now * 7919) % 31)
    const steps = Math.floor((arrives - amazon.at) / 1_000)
    if (steps > 0)
      Object.assign(amazon, { tokens: Math.min(5, amazon.tokens + 5 * steps), at: amazon.at + steps * 1_000 })
    if (amazon.tokens >= 1) {
      amazon.tokens -= 1
      sent += 1
      bucket = onSuccess(bucket, { now: arrives, sentAt: now, headerRate: 5 })
    } else {
      throttles += 1
      bucket = onThrottled(bucket, { now: arrives, sentAt: now }).bucket
    }
  }

  expect(throttles).toBeLessThanOrEqual(2)
  expect(sent).toBeGreaterThan(0.9 * 5 * 300)
  const calm = onSuccess(bucket, { now: 300_000 + LEARNING.carefulForMs, sentAt: 300_000 + LEARNING.carefulForMs - 1 })
  expect(calm).toMatchObject({ workingRate: newBucket(limit, 0).workingRate, workingBurst: 3 })
})

test('whoever uses tokens within their life, at most as late again on the way, never meets a 429', () => {
  fc.assert(
    fc.property(
      limits,
      fc.array(fc.record({ gap: fc.nat(2_000), use: fc.double({ min: 0, max: 1, noNaN: true }) })),
      (limit, calls) => {
        const amazon = amazonBucket(limit, 0)
        let bucket = newBucket(limit, 0)
        let now = 0
        const arrivals: number[] = []
        for (const { gap, use } of calls) {
          now = nextSlotAt(bucket, now + gap)
          const taken = take(bucket, now)
          if (!taken.ok) throw new Error('no token at the time that was named')
          arrivals.push(now + use * tokenLifeMs(bucket))
          bucket = taken.bucket
        }
        for (const arrival of arrivals.toSorted((a, b) => a - b)) expect(amazon(arrival)).toBe(true)
      },
    ),
  )
})
