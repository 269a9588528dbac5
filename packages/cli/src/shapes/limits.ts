import type { Bucket, GetLimitsResponse } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import type { DrainLimitsResponse } from '@lockstep/contracts/generated/lockstep/channel/v1/limits_service.ts'

import { isoTime, jsonNumber } from './values.ts'

const bucketShape = (bucket: Bucket) => ({
  level: bucket.level,
  operation: bucket.operation,
  rate: bucket.rate,
  burst: bucket.burst,
  working_rate: bucket.workingRate,
  working_burst: bucket.workingBurst,
  learned_from: bucket.learnedFrom,
  tokens_now: bucket.tokensNow,
  next_slot_at: isoTime(bucket.nextSlotAt),
  waiting: bucket.waiting,
  sent_1h: jsonNumber(bucket.sentLastHour),
  throttled_1h: jsonNumber(bucket.throttledLastHour),
  last_throttled_at: isoTime(bucket.lastThrottledAt),
})

/** limits. */
export const limitsShape = (limits: GetLimitsResponse) => ({
  connection: { application: limits.application, seller: limits.sellerId, region: limits.region },
  buckets: limits.buckets.map(bucketShape),
})

/** limits drain. */
export const drainShape = (drained: DrainLimitsResponse) => ({
  account: drained.accountId,
  buckets: drained.buckets.map((bucket) => ({
    level: bucket.level,
    operation: bucket.operation,
    tokens_lost: bucket.tokens,
    next_slot_at: isoTime(bucket.nextSlotAt),
  })),
})
