import { isJsonObject, quoted, readOwnJson } from '../json.ts'
import { checkMarketplaces, integerOf, listOf, type Query } from '../query.ts'
import type { Seller } from '../records.ts'
import { invalidInput, notFound } from '../refusals.ts'
import { isoMillis, parseIso } from '../times.ts'
import { sellerKeyOf, type World } from '../world.ts'
import { uploadedDocument } from './feed-documents.ts'
import { cancelInQueue, enqueueFeed } from './feed-queue.ts'
import type { Feed, FeedFate } from './feed-records.ts'
import { requireTypeRole } from './feed-roles.ts'
import { feedTypes, findFeedType } from './feed-types.ts'

export const feedStatuses = ['CANCELLED', 'DONE', 'FATAL', 'IN_PROGRESS', 'IN_QUEUE'] as const
export type FeedStatus = (typeof feedStatuses)[number]

const listedForMs = 90 * 24 * 3600 * 1000

/** createFeed: queues a feed. A dead type is taken and fails later. Source: Feeds 2021-06-30. */
export function createFeed(
  world: World,
  seller: Seller,
  call: { body: unknown; fate: FeedFate; now: number },
): { feedId: string } {
  const { feedType, marketplaceIds, inputFeedDocumentId, feedOptions } = isJsonObject(call.body) ? call.body : {}
  const type = findFeedType(feedType)
  if (!type) {
    const known = feedTypes.filter(({ isDead }) => !isDead).map(({ name }) => name)
    throw invalidInput(`Feed type '${quoted(feedType)}' is not one this simulator takes: ${known.join(', ')}.`)
  }
  requireTypeRole(seller, type.name)
  const isList = Array.isArray(marketplaceIds) && marketplaceIds.every((id): id is string => typeof id === 'string')
  if (!isList || marketplaceIds.length === 0 || marketplaceIds.length > 25) {
    throw invalidInput("'marketplaceIds' must be a list of 1 to 25 marketplace ids.")
  }
  checkMarketplaces(seller, marketplaceIds, invalidInput)
  if (feedOptions !== undefined && feedOptions !== null && !isTextMap(feedOptions)) {
    throw invalidInput("'feedOptions' must be an object of texts.")
  }
  const feed: Feed = {
    feedId: world.ids.digits('feed', 12),
    sellerId: seller.sellerId,
    region: seller.region,
    feedType: type.name,
    lane: type.lane,
    marketplaceIds,
    inputDocumentId: uploadedDocument(world, seller, inputFeedDocumentId).documentId,
    fate: call.fate,
    createdAt: call.now,
    items: 0,
    reached: 0,
    times: null,
    isReleased: false,
    outcome: null,
    endedAt: null,
    resultDocumentId: null,
  }
  enqueueFeed(world, feed, call.now)
  return { feedId: feed.feedId }
}

/** The answer body of getFeed. */
export function getFeedView(world: World, seller: Seller, call: { feedId: string; now: number }): unknown {
  return feedView(findOwnFeed(world, seller, call.feedId), call.now)
}

/** cancelFeed: only a feed that is still in the queue. */
export function cancelFeed(world: World, seller: Seller, call: { feedId: string; now: number }): void {
  const feed = findOwnFeed(world, seller, call.feedId)
  const status = feedStatus(feed, call.now)
  if (status !== 'IN_QUEUE') throw invalidInput(`Feed ${feed.feedId} is ${status} and can no longer be cancelled.`)
  cancelInQueue(world, feed, call.now)
}

/** The answer body of getFeeds: newest first, 90 days back. */
export function getFeedsView(world: World, seller: Seller, call: { query: Query; now: number }): unknown {
  const filter = readFilter(world, call.query, call.now)
  for (const type of filter.types) requireTypeRole(seller, type)
  const found = world.feeds
    .inGroup(sellerKeyOf(seller))
    .filter((feed) => isWanted(feed, filter, call.now))
    .toSorted((a, b) => b.createdAt - a.createdAt || (a.feedId < b.feedId ? -1 : 1))
  const end = filter.offset + filter.pageSize
  return {
    feeds: found.slice(filter.offset, end).map((feed) => feedView(feed, call.now)),
    ...(found.length > end ? { nextToken: encodeToken(world, { ...filter, offset: end }) } : {}),
  }
}

/** Where a feed stands at an instant. */
export function feedStatus(feed: Feed, now: number): FeedStatus {
  if (feed.outcome !== null) return feed.outcome
  return feed.times !== null && now >= feed.times.startsAt ? 'IN_PROGRESS' : 'IN_QUEUE'
}

function findOwnFeed(world: World, seller: Seller, feedId: string): Feed {
  const feed = world.feeds.find(feedId)
  if (!feed || sellerKeyOf(feed) !== sellerKeyOf(seller)) throw notFound(`Feed '${feedId}' was not found.`)
  requireTypeRole(seller, feed.feedType)
  return feed
}

function feedView(feed: Feed, now: number): Record<string, unknown> {
  const status = feedStatus(feed, now)
  const hasStarted = feed.times !== null && now >= feed.times.startsAt && status !== 'CANCELLED'
  return {
    feedId: feed.feedId,
    feedType: feed.feedType,
    marketplaceIds: feed.marketplaceIds,
    createdTime: isoMillis(feed.createdAt),
    processingStatus: status,
    ...(hasStarted ? { processingStartTime: isoMillis(feed.times?.startsAt ?? now) } : {}),
    ...(feed.endedAt === null ? {} : { processingEndTime: isoMillis(feed.endedAt) }),
    ...(feed.resultDocumentId === null ? {} : { resultFeedDocumentId: feed.resultDocumentId }),
  }
}

interface FeedsFilter {
  types: string[]
  marketplaceIds: string[] | null
  statuses: FeedStatus[] | null
  since: number
  until: number
  pageSize: number
  offset: number
}

function isWanted(feed: Feed, filter: FeedsFilter, now: number): boolean {
  const { types, marketplaceIds, statuses, since, until } = filter
  if (!types.includes(feed.feedType) || feed.createdAt < since || feed.createdAt > until) return false
  if (marketplaceIds && !feed.marketplaceIds.some((id) => marketplaceIds.includes(id))) return false
  return !statuses || statuses.includes(feedStatus(feed, now))
}

function readFilter(world: World, query: Query, now: number): FeedsFilter {
  const token = query.find('nextToken')
  if (token !== undefined) {
    if ([...query.params.keys()].length > 1) throw invalidInput("'nextToken' must be the only parameter.")
    return decodeToken(world, token)
  }
  const allowed = feedTypes.map(({ name }) => name)
  const types = listOf(query, 'feedTypes', { allowed, complain: invalidInput })
  if (!types || types.length === 0 || types.length > 10) throw invalidInput("'feedTypes' needs 1 to 10 feed types.")
  const marketplaceIds = query.list('marketplaceIds') ?? null
  if (marketplaceIds && marketplaceIds.length > 10) throw invalidInput("'marketplaceIds' takes at most 10 ids.")
  return {
    types,
    marketplaceIds,
    statuses: listOf(query, 'processingStatuses', { allowed: feedStatuses, complain: invalidInput }) ?? null,
    since: timeOf(query, 'createdSince') ?? now - listedForMs,
    until: timeOf(query, 'createdUntil') ?? now,
    pageSize: integerOf(query, 'pageSize', { min: 1, max: 100, otherwise: 10, complain: invalidInput }),
    offset: 0,
  }
}

function timeOf(query: Query, name: string): number | undefined {
  const text = query.find(name)
  if (text === undefined) return undefined
  const at = parseIso(text)
  if (at === undefined) throw invalidInput(`Value '${text}' of '${name}' is not an ISO 8601 date-time.`)
  return at
}

function isTextMap(value: unknown): boolean {
  return isJsonObject(value) && Object.values(value).every((entry) => typeof entry === 'string')
}

function encodeToken(world: World, filter: FeedsFilter): string {
  const content = JSON.stringify(filter)
  return Buffer.from(`${world.ids.signature(content)}${content}`).toString('base64url')
}

function decodeToken(world: World, token: string): FeedsFilter {
  const text = Buffer.from(token, 'base64url').toString()
  if (world.ids.signature(text.slice(32)) !== text.slice(0, 32)) throw invalidInput("'nextToken' is not valid.")
  return readOwnJson(text.slice(32))
}
