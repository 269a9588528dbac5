import { type Bucket, nextSlotAt, onSuccess, onThrottled } from '@lockstep/pacing/bucket'
import type { LimitLevel } from '@lockstep/pacing/model-limits'
import type { Logger } from '@lockstep/telemetry/logger'
import type { Kysely } from 'kysely'
import { countBucketFinding } from '../../metrics.ts'
import type { ChannelDb } from '../../store/database.ts'
import { type BucketDefinition, bucketKey, changeBucket, type SlotAnswer } from '../../store/rate-buckets.ts'

/** What learning needs. */
export interface LearnDeps {
  db: Kysely<ChannelDb>
  log: Logger
}

/** An answer of Amazon's and the slot it came of. */
export interface Lesson {
  buckets: readonly BucketDefinition[]
  /** The buckets as the slot left them; those of application-wide slices are missing. */
  slots: readonly SlotAnswer[]
  /** When the request left, by the database's clock. */
  sentAtMs: number
  /** x-amzn-RateLimit-Limit: the rate of the pair, on answers that have it. */
  headerRate: number | undefined
  /** Which limit a 429 spoke of; undefined for any other answer. */
  throttledLevel: LimitLevel | undefined
  /** Which bucket of that level, where it said so. */
  throttledBucket: string | undefined
}

/** Learns from an answer. Answers how long to wait for the next token when it was a 429. */
export async function learnFromAnswer(deps: LearnDeps, lesson: Lesson): Promise<number | undefined> {
  if (lesson.throttledLevel !== undefined) return learnThrottle(deps, lesson, lesson.throttledLevel)
  await Promise.all(lesson.slots.map((slot) => learnSuccess(deps, lesson, slot)))
  return undefined
}

/** The row is written only when it changes: in steady state an answer teaches nothing new and costs nothing. */
async function learnSuccess({ db }: LearnDeps, lesson: Lesson, { key, bucket }: SlotAnswer): Promise<void> {
  const { sentAtMs: sentAt, headerRate } = lesson
  // The header speaks of the pair's limit only.
  const isPair = lesson.buckets.some((one) => one.level === 'pair' && bucketKey(one) === key)
  const learn = (known: Bucket, now: number): Bucket =>
    onSuccess(known, { now, sentAt, ...(isPair && headerRate !== undefined && { headerRate }) })
  if (sameLesson(bucket, learn(bucket, Math.max(bucket.at, sentAt)))) return
  await changeBucket(db, key, (known, now) => ({ bucket: learn(known, now) }))
}

function sameLesson(one: Bucket, other: Bucket): boolean {
  return lessonOf(one) === lessonOf(other)
}

function lessonOf(bucket: Bucket): string {
  const { rate, learnedFrom, throttledInARow, probe, rising, slowedBy, workingBurst } = bucket
  return JSON.stringify([rate, learnedFrom, throttledInARow, probe, rising, slowedBy, workingBurst])
}

async function learnThrottle(deps: LearnDeps, lesson: Lesson, level: LimitLevel): Promise<number> {
  const ofLevel = lesson.buckets.filter((bucket) => bucket.level === level)
  const throttled =
    ofLevel.find(({ operation }) => operation === lesson.throttledBucket) ?? ofLevel[0] ?? lesson.buckets[0]
  if (!throttled) return 0
  const learned = await changeBucket(deps.db, bucketKey(throttled), (bucket, now) => ({
    ...onThrottled(bucket, { now, sentAt: lesson.sentAtMs }),
    now,
  }))
  if (!learned) return 0
  const facts = { operation: throttled.operation, bucket: level, throttled_in_a_row: learned.bucket.throttledInARow }
  deps.log.warn(facts, 'throttled by Amazon')
  if (learned.finding !== null) {
    countBucketFinding(throttled.operation)
    deps.log.error({ ...facts, reason: learned.finding }, 'something else uses this quota')
  }
  return nextSlotAt(learned.bucket, learned.now) - learned.now
}
