import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import {
  createFeedCall,
  createFeedDocumentCall,
  type FeedProgress,
  getFeedsCall,
  LISTINGS_FEED,
  LISTINGS_FEED_CONTENT_TYPE,
  nextFeedsCall,
  readCreatedFeed,
  readFeed,
  readFeedDocument,
  readFeedsPage,
  readFeedUpload,
} from './feeds.ts'

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const json = (body: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(body))

const feed = {
  feedId: '50001',
  feedType: LISTINGS_FEED,
  createdTime: '2026-11-21T10:00:00Z',
  processingStatus: 'IN_QUEUE',
  somethingNew: 1,
}

test('a document and a feed are asked for with what is given and nothing else', () => {
  expect(json(createFeedDocumentCall(LISTINGS_FEED_CONTENT_TYPE).body)).toEqual({
    contentType: 'application/json; charset=UTF-8',
  })
  expect(json(createFeedCall({ feedType: LISTINGS_FEED, marketplaceIds: ['M'], inputDocumentId: 'd' }).body)).toEqual({
    feedType: LISTINGS_FEED,
    marketplaceIds: ['M'],
    inputFeedDocumentId: 'd',
  })
})

const stages: [status: string, documentId: string | null, progress: FeedProgress][] = [
  ['IN_QUEUE', null, { kind: 'in_queue' }],
  ['IN_PROGRESS', null, { kind: 'in_progress', status: 'IN_PROGRESS' }],
  ['SOMETHING_NEW', null, { kind: 'in_progress', status: 'SOMETHING_NEW' }],
  ['DONE', 'r', { kind: 'done', documentId: 'r' }],
  ['DONE', null, { kind: 'done', documentId: null }],
  ['CANCELLED', null, { kind: 'cancelled' }],
  ['FATAL', 'r', { kind: 'fatal', documentId: 'r' }],
  ['FATAL', null, { kind: 'fatal', documentId: null }],
]

test.each(stages)('a feed that is %s with document %s', (processingStatus, resultFeedDocumentId, progress) => {
  expect(readFeed(bytes({ ...feed, processingStatus, resultFeedDocumentId }))?.progress).toEqual(progress)
})

test('feeds are listed by type and time; the next page is asked for by its token alone', () => {
  const since = new Date('2026-11-21T09:00:00Z')

  expect(getFeedsCall({ feedTypes: [LISTINGS_FEED], createdSince: since }).query).toEqual([
    ['feedTypes', LISTINGS_FEED],
    ['pageSize', '100'],
    ['createdSince', since.toISOString()],
  ])
  expect(nextFeedsCall('t').query).toEqual([['nextToken', 't']])
  expect(readFeedsPage(bytes({ feeds: [feed], nextToken: 't' }))).toMatchObject({
    feeds: [{ feedId: '50001', createdAt: new Date('2026-11-21T10:00:00Z'), startedAt: null }],
    nextToken: 't',
  })
  expect(readFeedsPage(bytes({ feeds: [] }))).toEqual({ feeds: [], nextToken: null })
})

test('addresses of documents are read; a compression that nobody knows is not', () => {
  const document = { feedDocumentId: 'd', url: 'https://s3.example/x' }

  expect(readFeedUpload(bytes(document))).toEqual({ documentId: 'd', url: 'https://s3.example/x' })
  expect(readFeedDocument(bytes(document))?.compression).toBeNull()
  expect(readFeedDocument(bytes({ ...document, compressionAlgorithm: 'GZIP' }))?.compression).toBe('GZIP')
  expect(readFeedDocument(bytes({ ...document, compressionAlgorithm: 'BROTLI' }))).toBeUndefined()
})

test('an id that came as a number is no id: it may have lost digits', () => {
  expect(readCreatedFeed(bytes({ feedId: '50001' }))).toBe('50001')
  expect(readCreatedFeed(bytes({ feedId: 50_001 }))).toBeUndefined()
})

test('no reader throws, whatever Amazon sends', () => {
  const readers = [readFeedUpload, readCreatedFeed, readFeed, readFeedsPage, readFeedDocument]
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.json().map(bytes)), (body) => {
      for (const reader of readers) expect(() => reader(body)).not.toThrow()
    }),
  )
})
