import { gzipSync } from 'node:zlib'
import { isJsonObject } from '../json.ts'
import { isPresigned, presign } from '../presigned.ts'
import type { Query } from '../query.ts'
import type { Seller } from '../records.ts'
import { invalidInput, notFound } from '../refusals.ts'
import { sellerKeyOf, type World } from '../world.ts'
import type { Feed, FeedDocument } from './feed-records.ts'
import { requireTypeRole } from './feed-roles.ts'

/** Where documents are uploaded; downloads have their own path. */
export const uploadPath = '/uploads/'
/** How long a document waits for a feed that names it. */
const forgetUnusedMs = 24 * 3600 * 1000
/** Amazon keeps processing reports for 28 days; a simulator that runs long keeps the newest. */
const resultLifeMs = 28 * 24 * 3600 * 1000
const keptResults = 500

/** createFeedDocument: a place to upload to. Source: Feeds 2021-06-30. */
export function createFeedDocument(
  world: World,
  seller: Seller,
  call: { body: unknown; origin: string; now: number },
): { feedDocumentId: string; url: string } {
  const contentType = isJsonObject(call.body) ? call.body['contentType'] : undefined
  if (typeof contentType !== 'string' || contentType === '') throw invalidInput("'contentType' is required.")
  forgetUnused(world, call.now)
  const { sellerId, region } = seller
  const documentId = `amzn1.tortuga.4.${region.toLowerCase()}.${world.ids.uuid('feed-document')}.T${world.ids.hex('feed-document', 12)}`
  world.feedDocuments.save({ documentId, sellerId, region, contentType, createdAt: call.now, body: null })
  const url = `${call.origin}${uploadPath}${encodeURIComponent(documentId)}`
  return { feedDocumentId: documentId, url: presign(world, { url, subject: `PUT|${documentId}`, now: call.now }) }
}

/** What object storage says to an upload. */
export type UploadOutcome = 'stored' | 'expired' | 'wrong-content-type'

/** Takes the bytes behind a presigned upload URL. They replace what was uploaded before. */
export function uploadDocument(
  world: World,
  upload: { documentId: string; query: Query; contentType: string; bytes: Uint8Array; now: number },
): UploadOutcome {
  const { documentId, query, now } = upload
  const document = world.feedDocuments.find(documentId)
  if (!document || !isPresigned(world, { query, subject: `PUT|${documentId}`, now })) return 'expired'
  if (upload.contentType !== document.contentType) return 'wrong-content-type'
  document.body = Buffer.from(upload.bytes).toString('base64')
  world.feedDocuments.save(document)
  return 'stored'
}

/** The seller's document with something in it. Throws Amazon's 400 for one that is unknown, gone or empty. */
export function uploadedDocument(world: World, seller: Seller, documentId: unknown): FeedDocument {
  const document = typeof documentId === 'string' ? world.feedDocuments.find(documentId) : undefined
  if (!document || sellerKeyOf(document) !== sellerKeyOf(seller)) {
    throw invalidInput(`Feed document '${String(documentId)}' does not exist or has expired: create a new one.`)
  }
  if (document.body === null || document.body === '') {
    throw invalidInput(`Feed document '${document.documentId}' is empty: nothing was uploaded to its URL in time.`)
  }
  return document
}

/** getFeedDocument: a presigned download of a processing report. */
export function getFeedDocumentView(
  world: World,
  seller: Seller,
  call: { documentId: string; origin: string; now: number },
): unknown {
  const { documentId, now } = call
  const result = world.feedResults.find(documentId)
  if (!result || sellerKeyOf(result) !== sellerKeyOf(seller)) {
    throw notFound(`Feed document '${documentId}' was not found.`)
  }
  requireTypeRole(seller, result.feedType)
  const url = `${call.origin}/documents/${encodeURIComponent(documentId)}`
  return {
    feedDocumentId: documentId,
    url: presign(world, { url, subject: documentId, now }),
    ...(result.gzip ? { compressionAlgorithm: 'GZIP' } : {}),
  }
}

/** The bytes of a processing report behind a presigned URL, or undefined when the URL is wrong or too old. */
export function downloadFeedResult(
  world: World,
  call: { documentId: string; query: Query; now: number },
): { bytes: Uint8Array; contentType: string } | undefined {
  const result = world.feedResults.find(call.documentId)
  if (!result || !isPresigned(world, { ...call, subject: call.documentId })) return undefined
  const bytes = Buffer.from(result.text)
  return { bytes: result.gzip ? gzipSync(bytes) : bytes, contentType: result.contentType }
}

/** Keeps a processing report and answers its document id. */
export function keepFeedResult(
  world: World,
  of: { feed: Feed; text: string; contentType: string; at: number },
): string {
  const { sellerId, region, feedType } = of.feed
  const documentId = `amzn1.tortuga.4.${region.toLowerCase()}.${world.ids.uuid('feed-result')}.T${world.ids.hex('feed-result', 12)}`
  const gzip = world.settings.feedReportGzip
  const { text, contentType, at } = of
  world.feedResults.save({ documentId, sellerId, region, feedType, contentType, text, gzip, createdAt: at })
  forgetOldResults(world, at)
  return documentId
}

function forgetUnused(world: World, now: number): void {
  const needed = new Set<string>()
  for (const queue of world.feedQueues.all()) {
    for (const feedId of queue.feedIds) needed.add(world.feeds.find(feedId)?.inputDocumentId ?? '')
  }
  for (const document of world.feedDocuments.all()) {
    const isOld = document.createdAt + forgetUnusedMs < now
    if (isOld && !needed.has(document.documentId)) world.feedDocuments.remove(document)
  }
}

function forgetOldResults(world: World, now: number): void {
  if (world.feedResults.size <= keptResults * 1.1) return
  const newestFirst = [...world.feedResults.all()].toSorted((a, b) => b.createdAt - a.createdAt)
  const gone = newestFirst.filter(({ createdAt }, i) => i >= keptResults || createdAt + resultLifeMs < now)
  for (const result of gone) world.feedResults.remove(result)
}
