import { z } from 'zod'

import { type DescribedCall, describeCall, jsonOf } from './call.ts'

// Source of every shape here: SP-API, Feeds 2021-06-30.

/** The feed type that carries listings: quantities, prices and content. */
export const LISTINGS_FEED = 'JSON_LISTINGS_FEED'

/** The one content type of a listings feed, for its document and for its upload alike: they must be equal, charset included. */
export const LISTINGS_FEED_CONTENT_TYPE = 'application/json; charset=UTF-8'

/** A feed to submit. Its document must hold every byte before. */
export interface FeedWish {
  readonly feedType: string
  /** At most 25. */
  readonly marketplaceIds: readonly string[]
  readonly inputDocumentId: string
  readonly feedOptions?: Readonly<Record<string, string>>
}

/** Where a feed's bytes go. The address is presigned and lives five minutes: never log or keep it. */
export interface FeedUpload {
  readonly documentId: string
  readonly url: string
}

/** Where a processing report is. The address is presigned and lives five minutes: never log or keep it. */
export interface FeedDocument extends FeedUpload {
  readonly compression: 'GZIP' | null
}

/** How far a feed is. A status word that we do not know yet counts as still being worked on. */
export type FeedProgress =
  /** Not begun; the only state in which it can be cancelled. */
  | { readonly kind: 'in_queue' }
  | { readonly kind: 'in_progress'; readonly status: string }
  /** Worked through, which is not a success: the processing report says what became of each message. */
  | { readonly kind: 'done'; readonly documentId: string | null }
  | { readonly kind: 'cancelled' }
  /** Given up by Amazon, wholly or in the middle; a document, where there is one, says why. */
  | { readonly kind: 'fatal'; readonly documentId: string | null }

/** One feed as Amazon lists it. */
export interface Feed {
  readonly feedId: string
  readonly feedType: string
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  readonly progress: FeedProgress
}

/** Which feeds to list; Amazon lists those of the last 90 days. */
export interface FeedsSearch {
  /** At most 10. */
  readonly feedTypes: readonly string[]
  readonly createdSince: Date
  readonly createdUntil?: Date
}

/** A page of feeds, newest first. */
export interface FeedsPage {
  readonly feeds: readonly Feed[]
  readonly nextToken: string | null
}

/** Asks for a place to upload to. */
export function createFeedDocumentCall(contentType: string): DescribedCall {
  return describeCall('createFeedDocument', { json: { contentType } })
}

/** Submits a feed. Not repeatable: after an unknown outcome list the feeds first. */
export function createFeedCall(wish: FeedWish): DescribedCall {
  const { feedType, marketplaceIds, inputDocumentId, feedOptions } = wish
  return describeCall('createFeed', {
    json: { feedType, marketplaceIds, inputFeedDocumentId: inputDocumentId, feedOptions },
  })
}

/** Asks how far a feed is. */
export function getFeedCall(feedId: string): DescribedCall {
  return describeCall('getFeed', { path: { feedId } })
}

/** Lists feeds: what to ask after a submission whose outcome is unknown. */
export function getFeedsCall(search: FeedsSearch): DescribedCall {
  const { feedTypes, createdSince, createdUntil } = search
  return describeCall('getFeeds', {
    query: {
      feedTypes,
      pageSize: '100',
      createdSince: createdSince.toISOString(),
      createdUntil: createdUntil?.toISOString(),
    },
  })
}

/** [T-64] The next page. Its token travels alone: it holds the first page's parameters. */
export function nextFeedsCall(nextToken: string): DescribedCall {
  return describeCall('getFeeds', { query: { nextToken } })
}

/** Asks where a processing report is. */
export function getFeedDocumentCall(documentId: string): DescribedCall {
  return describeCall('getFeedDocument', { path: { feedDocumentId: documentId } })
}

/** Takes a feed out of the queue. Refused as soon as it has been begun. */
export function cancelFeedCall(feedId: string): DescribedCall {
  return describeCall('cancelFeed', { path: { feedId } })
}

const UploadShape = z.object({ feedDocumentId: z.string().min(1), url: z.url() })

/** Where to upload to, or undefined for a body that is no such reply. */
export function readFeedUpload(body: Uint8Array): FeedUpload | undefined {
  const read = UploadShape.safeParse(jsonOf(body))
  return read.success ? { documentId: read.data.feedDocumentId, url: read.data.url } : undefined
}

/** The id of the feed that was submitted, or undefined for a body that is no such reply. */
export function readCreatedFeed(body: Uint8Array): string | undefined {
  const read = z.object({ feedId: z.string().min(1) }).safeParse(jsonOf(body))
  return read.success ? read.data.feedId : undefined
}

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text))
const FeedShape = z.object({
  feedId: z.string().min(1),
  feedType: z.string(),
  createdTime: instant,
  processingStatus: z.string().min(1),
  processingStartTime: instant.nullish(),
  processingEndTime: instant.nullish(),
  resultFeedDocumentId: z.string().min(1).nullish(),
})

/** One feed, or undefined for a body that is none. */
export function readFeed(body: Uint8Array): Feed | undefined {
  const read = FeedShape.safeParse(jsonOf(body))
  return read.success ? feedFrom(read.data) : undefined
}

const PageShape = z.object({ feeds: z.array(FeedShape), nextToken: z.string().nullish() })

/** A page of feeds, or undefined for a body that is none. */
export function readFeedsPage(body: Uint8Array): FeedsPage | undefined {
  const read = PageShape.safeParse(jsonOf(body))
  return read.success ? { feeds: read.data.feeds.map(feedFrom), nextToken: read.data.nextToken || null } : undefined
}

const DocumentShape = UploadShape.extend({ compressionAlgorithm: z.string().nullish() })

/** Where a processing report is; undefined for a body that is no document or names a compression nobody knows. */
export function readFeedDocument(body: Uint8Array): FeedDocument | undefined {
  const read = DocumentShape.safeParse(jsonOf(body))
  if (!read.success) return undefined
  const { feedDocumentId: documentId, url, compressionAlgorithm } = read.data
  if (compressionAlgorithm && compressionAlgorithm !== 'GZIP') return undefined
  return { documentId, url, compression: compressionAlgorithm ? 'GZIP' : null }
}

function feedFrom(read: z.output<typeof FeedShape>): Feed {
  return {
    feedId: read.feedId,
    feedType: read.feedType,
    createdAt: read.createdTime,
    startedAt: read.processingStartTime ?? null,
    endedAt: read.processingEndTime ?? null,
    progress: progressOf(read.processingStatus, read.resultFeedDocumentId ?? null),
  }
}

function progressOf(status: string, documentId: string | null): FeedProgress {
  switch (status) {
    case 'IN_QUEUE':
      return { kind: 'in_queue' }
    case 'DONE':
      return { kind: 'done', documentId }
    case 'CANCELLED':
      return { kind: 'cancelled' }
    case 'FATAL':
      return { kind: 'fatal', documentId }
    default:
      return { kind: 'in_progress', status }
  }
}
