import { requireJson, type Call, type CallResult } from './call.ts'
import { confirmShipment } from './confirm-shipment.ts'
import { fbaPerformers } from './fba-calls.ts'
import { createFeedDocument, getFeedDocumentView } from './feeds/feed-documents.ts'
import type { FeedFate } from './feeds/feed-records.ts'
import { cancelFeed, createFeed, getFeedsView, getFeedView } from './feeds/feeds.ts'
import { notificationPerformers } from './notification-calls.ts'
import type { OperationName } from './operations.ts'
import { participationsView } from './participations.ts'
import { readPatchDocument } from './patch-document.ts'
import { patchListing } from './patch-listing.ts'
import { checkMarketplaces, listOf } from './query.ts'
import type { FaultAction, ReportOutcome } from './records.ts'
import { accessDenied, badRequest } from './refusals.ts'
import { cancelReport, createReport, getReportDocumentView, getReportsView, getReportView } from './reports.ts'
import { getListingItem, searchListingItems } from './search-listings.ts'
import { getOrderView, orderPageView, readOrderSearch, searchOrders } from './search-orders.ts'
import type { World } from './world.ts'

/** Runs an operation. Throws AmazonRefusalError where Amazon says no. */
export function perform(world: World, name: OperationName, call: Call): CallResult {
  return performers[name](world, call)
}

const performers: Record<OperationName, (world: World, call: Call) => CallResult> = {
  searchOrders: (world, { seller, query, now }) => {
    const search = readOrderSearch(world, seller, { query, now })
    const page = searchOrders(world, seller, { search, now })
    return { status: 200, body: orderPageView(page, search, { roles: seller.roles, now }) }
  },
  getOrder: (world, { seller, params, query, now }) => ({
    status: 200,
    body: getOrderView(world, seller, { orderId: params['orderId'] ?? '', query, now }),
  }),
  confirmShipment: (world, call) => {
    requireJson(call)
    confirmShipment(world, call.seller, { orderId: call.params['orderId'] ?? '', body: call.body, now: call.now })
    return { status: 204 }
  },
  getListingsItem: (world, call) => {
    requireOwnListings(call)
    return { status: 200, body: getListingItem(world, call.seller, { ...call, sku: call.params['sku'] ?? '' }) }
  },
  searchListingsItems: (world, call) => {
    requireOwnListings(call)
    return { status: 200, body: searchListingItems(world, call.seller, call) }
  },
  patchListingsItem,
  createReport: (world, call) => {
    requireJson(call)
    return { status: 202, body: createReport(world, call.seller, { ...call, outcome: reportOutcomeOf(call.fault) }) }
  },
  getReports: (world, { seller, query, now }) => ({ status: 200, body: getReportsView(world, seller, { query, now }) }),
  getReport: (world, { seller, params, now }) => ({
    status: 200,
    body: getReportView(world, seller, { reportId: params['reportId'] ?? '', now }),
  }),
  cancelReport: (world, { seller, params, now }) => {
    cancelReport(world, seller, { reportId: params['reportId'] ?? '', now })
    return { status: 200 }
  },
  getReportDocument: (world, { seller, params, origin, now }) => ({
    status: 200,
    body: getReportDocumentView(world, seller, { documentId: params['reportDocumentId'] ?? '', origin, now }),
  }),
  createFeedDocument: (world, call) => {
    requireJson(call)
    return { status: 201, body: createFeedDocument(world, call.seller, call) }
  },
  createFeed: (world, call) => {
    requireJson(call)
    return { status: 202, body: createFeed(world, call.seller, { ...call, fate: feedFateOf(call.fault) }) }
  },
  getFeeds: (world, { seller, query, now }) => ({ status: 200, body: getFeedsView(world, seller, { query, now }) }),
  getFeed: (world, { seller, params, now }) => ({
    status: 200,
    body: getFeedView(world, seller, { feedId: params['feedId'] ?? '', now }),
  }),
  cancelFeed: (world, { seller, params, now }) => {
    cancelFeed(world, seller, { feedId: params['feedId'] ?? '', now })
    return { status: 200 }
  },
  getFeedDocument: (world, { seller, params, origin, now }) => ({
    status: 200,
    body: getFeedDocumentView(world, seller, { documentId: params['feedDocumentId'] ?? '', origin, now }),
  }),
  getMarketplaceParticipations: (_world, { seller }) => ({ status: 200, body: participationsView(seller) }),
  ...notificationPerformers,
  ...fbaPerformers,
}

function reportOutcomeOf(fault: FaultAction | null): ReportOutcome {
  if (fault === 'report-fatal') return 'FATAL'
  return fault === 'report-cancelled' ? 'CANCELLED' : 'DONE'
}

function feedFateOf(fault: FaultAction | null): FeedFate {
  if (fault === 'feed-fatal') return 'fatal'
  if (fault === 'feed-stuck') return 'stuck'
  return fault === 'feed-skip' ? 'skip' : 'normal'
}

function patchListingsItem(world: World, call: Call): CallResult {
  requireOwnListings(call)
  requireJson(call)
  const { query, seller, now } = call
  const marketplaceIds = query.list('marketplaceIds') ?? []
  if (marketplaceIds.length === 0) throw badRequest("'marketplaceIds' is required.")
  checkMarketplaces(seller, marketplaceIds, badRequest)
  const included = listOf(query, 'includedData', { allowed: ['identifiers', 'issues'] as const, complain: badRequest })
  const mode = listOf(query, 'mode', { allowed: ['VALIDATION_PREVIEW'] as const, complain: badRequest })
  const sku = call.params['sku'] ?? ''
  const request = { sku, marketplaceIds, document: readPatchDocument(call.body), preview: mode !== undefined }
  const submission = patchListing(world, seller, { request, now })
  const identifiers = included?.includes('identifiers') ? { identifiers: [] } : {}
  return { status: 200, body: { ...submission, ...identifiers }, result: submission.status }
}

function requireOwnListings({ seller, params }: Call): void {
  if (params['sellerId'] !== seller.sellerId) throw accessDenied()
}
