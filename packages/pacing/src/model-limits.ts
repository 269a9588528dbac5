import type { Limit } from './bucket.ts'

/*
 * Amazon's documented limits. Per selling partner and application: the usage-plan table inside each model operation.
 * Where the Listings rate page and the model disagree on the burst of getListingsItem (5 and 10), the smaller one is used.
 */

/** The operations this system calls, or will call, by Amazon's own names. Orders 2026-01-01 and confirmShipment v0. */
export const modelLimits = {
  searchOrders: { rate: 0.0056, burst: 20 },
  getOrder: { rate: 0.5, burst: 30 },
  confirmShipment: { rate: 2, burst: 10 },
  getListingsItem: { rate: 5, burst: 5 },
  searchListingsItems: { rate: 5, burst: 5 },
  patchListingsItem: { rate: 5, burst: 5 },
  createFeedDocument: { rate: 0.5, burst: 15 },
  createFeed: { rate: 0.0083, burst: 15 },
  getFeed: { rate: 2, burst: 15 },
  getFeeds: { rate: 0.0222, burst: 10 },
  getFeedDocument: { rate: 0.0222, burst: 10 },
  cancelFeed: { rate: 2, burst: 15 },
  createReport: { rate: 0.0167, burst: 15 },
  getReport: { rate: 2, burst: 15 },
  getReports: { rate: 0.0222, burst: 10 },
  cancelReport: { rate: 0.0222, burst: 10 },
  getReportDocument: { rate: 0.0167, burst: 15 },
  getInventorySummaries: { rate: 2, burst: 2 },
  getMarketplaceParticipations: { rate: 0.016, burst: 15 },
  createFulfillmentOrder: { rate: 2, burst: 30 },
  getFulfillmentOrder: { rate: 2, burst: 30 },
  cancelFulfillmentOrder: { rate: 2, burst: 30 },
} as const satisfies Record<string, Limit>

export type OperationName = keyof typeof modelLimits

/** Limits that all sellers of one application share (Listings rate page). Amazon gives no burst for them: one second's worth. */
export const applicationLimits: Partial<Record<OperationName, Limit>> = {
  patchListingsItem: { rate: 500, burst: 500 },
  getListingsItem: { rate: 100, burst: 100 },
}

/** Any listings call with `mode=VALIDATION_PREVIEW`, all sellers together. */
export const previewLimit: Limit = { rate: 20, burst: 20 }

/** The narrowest bucket a call is counted in has this name in `limits` output. */
export type LimitLevel = 'pair' | 'application' | 'feed_type' | 'preview'

/** Every documented limit a call is checked against; all of them must have a token. */
export function limitsFor(
  operation: OperationName,
  options: { preview?: boolean } = {},
): { level: LimitLevel; limit: Limit }[] {
  const limits: { level: LimitLevel; limit: Limit }[] = [{ level: 'pair', limit: modelLimits[operation] }]
  const shared = applicationLimits[operation]
  if (shared) limits.push({ level: 'application', limit: shared })
  if (options.preview) limits.push({ level: 'preview', limit: previewLimit })
  return limits
}
