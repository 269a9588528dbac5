import type { Limit } from './bucket.ts'

/*
 * Amazon's documented limits. Per selling partner and application: the usage-plan table inside each model operation.
 * Where the Listings rate page and the model disagree on the burst of getListingsItem (5 and 10), the smaller one is used; where the outbound rate page
 * and the model disagree on offers (10 and 5), the model.
 */

const outbound: Limit = { rate: 2, burst: 30 }
const notifications: Limit = { rate: 1, burst: 5 }
const schedules: Limit = { rate: 0.0222, burst: 10 }

/**
 * The operations this system calls, or will call, by Amazon's own names. Fulfillment Outbound 2026-07-04 names some as other APIs do: `Outbound` is put
 * into its names, so that one name is one operation.
 */
export const modelLimits = {
  // Orders 2026-01-01 and v0.
  searchOrders: { rate: 0.0056, burst: 20 },
  getOrder: { rate: 0.5, burst: 30 },
  confirmShipment: { rate: 2, burst: 10 },
  // Listings Items 2021-08-01.
  getListingsItem: { rate: 5, burst: 5 },
  searchListingsItems: { rate: 5, burst: 5 },
  patchListingsItem: { rate: 5, burst: 5 },
  // Feeds 2021-06-30.
  createFeedDocument: { rate: 0.5, burst: 15 },
  createFeed: { rate: 0.0083, burst: 15 },
  getFeed: { rate: 2, burst: 15 },
  getFeeds: { rate: 0.0222, burst: 10 },
  getFeedDocument: { rate: 0.0222, burst: 10 },
  cancelFeed: { rate: 2, burst: 15 },
  // Reports 2021-06-30.
  createReport: { rate: 0.0167, burst: 15 },
  getReport: { rate: 2, burst: 15 },
  getReports: { rate: 0.0222, burst: 10 },
  cancelReport: { rate: 0.0222, burst: 10 },
  getReportDocument: { rate: 0.0167, burst: 15 },
  createReportSchedule: schedules,
  getReportSchedules: schedules,
  getReportSchedule: schedules,
  cancelReportSchedule: schedules,
  // FBA Inventory v1, Sellers v1, Tokens 2021-03-01.
  getInventorySummaries: { rate: 2, burst: 2 },
  getMarketplaceParticipations: { rate: 0.016, burst: 15 },
  createRestrictedDataToken: { rate: 1, burst: 10 },
  // Fulfillment Outbound 2020-07-01.
  getFulfillmentPreview: outbound,
  listAllFulfillmentOrders: outbound,
  createFulfillmentOrder: outbound,
  getFulfillmentOrder: outbound,
  updateFulfillmentOrder: outbound,
  cancelFulfillmentOrder: outbound,
  getPackageTrackingDetails: outbound,
  listReturnReasonCodes: outbound,
  createFulfillmentReturn: outbound,
  // Fulfillment Outbound 2026-07-04.
  getOutboundOrderPreview: outbound,
  createOutboundOrder: outbound,
  listOutboundOrders: outbound,
  getOutboundOrder: outbound,
  updateOutboundOrder: outbound,
  cancelOutboundOrder: outbound,
  getOutboundOffers: { rate: 5, burst: 30 },
  // Notifications v1.
  createDestination: notifications,
  getDestinations: notifications,
  getDestination: notifications,
  deleteDestination: notifications,
  createSubscription: notifications,
  getSubscription: notifications,
  getSubscriptionById: notifications,
  deleteSubscriptionById: notifications,
} as const satisfies Record<string, Limit>

export type OperationName = keyof typeof modelLimits

/** Operations without a seller, called with the application's own token: their buckets belong to the application. */
export const grantlessOperations: ReadonlySet<OperationName> = new Set<OperationName>([
  'createDestination',
  'getDestinations',
  'getDestination',
  'deleteDestination',
  'getSubscriptionById',
  'deleteSubscriptionById',
])

/** Limits that all sellers of one application share (Listings rate page). Amazon gives no burst for them: one second's worth. */
export const applicationLimits: Partial<Record<OperationName, Limit>> = {
  patchListingsItem: { rate: 500, burst: 500 },
  getListingsItem: { rate: 100, burst: 100 },
}

/** Attributes whose patches all sellers of an application share a limit for, beside that of the operation (Listings rate page). */
export const attributeLimits = {
  productData: { rate: 100, burst: 100 },
  relationships: { rate: 100, burst: 100 },
} as const satisfies Record<string, Limit>

/** Any listings call with `mode=VALIDATION_PREVIEW`, all sellers together. */
export const previewLimit: Limit = { rate: 20, burst: 20 }

/** Feeds of one type, for each seller: 5 listings feeds in 5 minutes (SP-API changelog, 2025-05-06). */
export const feedTypeLimits: Readonly<Record<string, Limit>> = {
  JSON_LISTINGS_FEED: { rate: 5 / 300, burst: 5 },
}

/** The narrowest bucket a call is counted in has this name in `limits` output. */
export type LimitLevel = 'pair' | 'application' | 'feed_type' | 'preview'

/** What a call is about, as far as limits ask: it depends on its query and body. */
export interface CallNature {
  readonly preview?: boolean
  /** Kinds of attributes that a patch touches. */
  readonly attributes?: readonly (keyof typeof attributeLimits)[]
  /** Of a createFeed. */
  readonly feedType?: string
}

/** One limit that a call is counted in. */
export interface DocumentedLimit {
  readonly level: LimitLevel
  /** Which of its level: the operation, or what several operations share. */
  readonly bucket: string
  /** Whose it is. */
  readonly owner: 'connection' | 'application'
  readonly limit: Limit
}

/** Every documented limit a call is checked against; all of them must have a token. */
export function limitsFor(operation: OperationName, nature: CallNature = {}): DocumentedLimit[] {
  const limits: DocumentedLimit[] = [ownLimit(operation)]
  const add = (level: LimitLevel, bucket: string, limit: Limit | undefined): void => {
    if (limit) limits.push({ level, bucket, limit, owner: level === 'feed_type' ? 'connection' : 'application' })
  }
  add('application', operation, applicationLimits[operation])
  for (const attribute of new Set(nature.attributes)) add('application', attribute, attributeLimits[attribute])
  if (nature.preview) add('preview', 'preview', previewLimit)
  if (nature.feedType !== undefined) add('feed_type', nature.feedType, feedTypeLimits[nature.feedType])
  return limits
}

function ownLimit(operation: OperationName): DocumentedLimit {
  const isGrantless = grantlessOperations.has(operation)
  return {
    level: isGrantless ? 'application' : 'pair',
    bucket: operation,
    owner: isGrantless ? 'application' : 'connection',
    limit: modelLimits[operation],
  }
}
