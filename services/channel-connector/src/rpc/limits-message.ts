import type { GetLimitsResponse } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import type { Limits } from '../queries/read-limits.ts'

/** Buckets as the contract shows them. */
export function limitsMessage(limits: Limits): GetLimitsResponse {
  return {
    application: limits.application,
    sellerId: limits.sellerId,
    region: limits.region,
    buckets: limits.buckets.map((bucket) => ({
      ...bucket,
      sentLastHour: BigInt(bucket.sentLastHour),
      throttledLastHour: BigInt(bucket.throttledLastHour),
      lastThrottledAt: bucket.lastThrottledAt,
    })),
  }
}
