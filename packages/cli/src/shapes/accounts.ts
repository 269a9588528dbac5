import type {
  Account,
  Bucket,
  GetLimitsResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'

import { enumWord, isoTime, jsonNumber, textOrNull } from './values.ts'

/** An account with its settings. */
export const accountShape = (account: Account) => ({
  id: account.id,
  name: account.name,
  connection: account.connectionId,
  seller: account.sellerId,
  region: account.region,
  marketplace: account.marketplace,
  marketplace_id: account.marketplaceId,
  connection_state: enumWord(account.connectionState, 'CONNECTION_STATE_'),
  connection_detail: textOrNull(account.connectionDetail),
  settings: {
    enabled: account.settings?.enabled ?? false,
    update_inventory: account.settings?.updateInventory ?? false,
    max_listed: account.settings?.maxListed ?? null,
    stock_percentage: account.settings?.stockPercentage ?? null,
    end_when: account.settings?.endWhen ?? null,
    default_lead_time_days: account.settings?.defaultLeadTimeDays ?? null,
    channel_specific_stock: account.settings?.channelSpecificStock ?? true,
    despatch_notes: account.settings?.despatchNotes ?? true,
  },
  locations: account.locationIds,
  order_location: textOrNull(account.orderLocationId),
  paused: pausedShape(account),
  inventory_sync_date: isoTime(account.inventorySyncedAt),
  created_at: isoTime(account.createdAt),
})

/** Null when the account sends. */
export const pausedShape = (account: Account | undefined) =>
  account?.pausedAt ? { since: isoTime(account.pausedAt), hard: account.pausedHard } : null

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
