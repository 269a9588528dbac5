import { beforeEach, expect, test } from '@jest/globals'
import { changeRoles } from '../control/sellers.ts'
import { addFault } from '../control/faults.ts'
import {
  de,
  feedFixedMs,
  feedText,
  jsonType,
  perItemMs,
  quantityMessage,
  sellerId,
  startFeedStage,
  titleMessage,
  uk,
  type FeedStage,
} from './feed-stage.ts'

let stage: FeedStage
const wait = (ms: number): void => stage.amazon.clock.advance(ms)
const errorOf = (answer: { json: Record<string, unknown> }) => (answer.json['errors'] as Record<string, unknown>[])[0]
const list = (query: string) => stage.amazon.call('GET', `/feeds/2021-06-30/feeds?${query}`)
const idsIn = (page: { json: Record<string, unknown> }) =>
  (page.json['feeds'] as { feedId: string }[]).map(({ feedId }) => feedId)
const row = (sku: string) => stage.amazon.simulator.listing(sellerId, sku)

beforeEach(() => {
  stage = startFeedStage()
  stage.list('CUP')
  stage.list('MUG')
})

test('a feed waits, is worked on and done after its fixed time and its items', () => {
  const feedId = stage.submit([quantityMessage(1, 'CUP', 7), quantityMessage(2, 'MUG', 8)])

  expect(stage.status(feedId)).toBe('IN_QUEUE')
  wait(feedFixedMs - 1)
  expect(stage.status(feedId)).toBe('IN_PROGRESS')
  expect([stage.live('CUP'), stage.live('MUG')]).toEqual([5, 5])
  wait(1 + perItemMs)
  expect([stage.live('CUP'), stage.live('MUG')]).toEqual([7, 5])
  expect(stage.status(feedId)).toBe('IN_PROGRESS')
  wait(perItemMs)
  expect([stage.live('CUP'), stage.live('MUG')]).toEqual([7, 8])
  expect(stage.get(feedId)).toMatchObject({ feedId, feedType: 'JSON_LISTINGS_FEED', processingStatus: 'DONE' })
  expect(row('CUP').submitted.by).toBe('feed')
})

test('[T-51] feeds of one seller are worked through one after the other, order feeds beside them', () => {
  const first = stage.submit([quantityMessage(1, 'CUP', 7)])
  const second = stage.submit([quantityMessage(1, 'CUP', 8)])
  const orders = stage.create(stage.upload('<AmazonEnvelope/>', 'text/xml'), {
    feedType: 'POST_ORDER_FULFILLMENT_DATA',
  })
  wait(feedFixedMs + perItemMs)

  expect(stage.status(first)).toBe('DONE')
  expect(stage.status(second)).toBe('IN_QUEUE')
  expect(stage.status(orders.json['feedId'])).toBe('DONE')
  wait(feedFixedMs + perItemMs)
  expect(stage.status(second)).toBe('DONE')
  expect(stage.live('CUP')).toBe(8)
})

test('a long jump of the clock gives the same end as many small ones', () => {
  const numbers = [7, 8, 9]
  for (const quantity of numbers) stage.submit([quantityMessage(1, 'CUP', quantity)])
  wait(10 * feedFixedMs)
  const jumped = stage.live('CUP')
  stage = startFeedStage()
  stage.list('CUP')
  const feeds = numbers.map((quantity) => stage.submit([quantityMessage(1, 'CUP', quantity)]))
  const seen: number[] = []
  for (let i = 0; i < 40; i++) {
    wait(feedFixedMs / 4)
    seen.push(stage.live('CUP'))
  }

  expect(jumped).toBe(9)
  expect([...new Set(seen)]).toEqual([5, 7, 8, 9])
  expect(stage.get(feeds[2])['processingEndTime']).toBe('2026-03-02T09:15:00.150Z')
})

test('[T-58] a document lives five minutes for its upload, and an empty one makes no feed', () => {
  const { url, feedDocumentId } = stage.createDocument()
  const early = stage.create(feedDocumentId)
  wait(300_001)
  const late = stage.put(url, feedText([quantityMessage(1, 'CUP', 7)]))

  expect(early.status).toBe(400)
  expect(errorOf(early)?.['message']).toContain('is empty')
  expect([late.status, new TextDecoder().decode(late.bytes)]).toEqual([403, expect.stringContaining('expired')])
  expect(stage.create(feedDocumentId).status).toBe(400)
})

test('an upload needs the content type the document was made with, charset included', () => {
  const { url, feedDocumentId } = stage.createDocument(jsonType)
  const refused = stage.put(url, feedText([quantityMessage(1, 'CUP', 7)]), 'application/json')

  expect([refused.status, new TextDecoder().decode(refused.bytes)]).toEqual([
    403,
    expect.stringContaining('SignatureDoesNotMatch'),
  ])
  expect(stage.create(feedDocumentId).status).toBe(400)
})

test('createFeed refuses unknown documents, too many marketplaces and unknown types, each by name', () => {
  const body = feedText([quantityMessage(1, 'CUP', 7)])
  const refusals = [
    stage.create('amzn1.tortuga.nowhere'),
    stage.create(stage.upload(body), { marketplaceIds: Array.from({ length: 26 }, () => uk) }),
    stage.create(stage.upload(body), { feedType: 'POST_NOTHING' }),
    stage.create(stage.upload(body), { marketplaceIds: ['ATVPDKIKX0DER'] }),
  ]

  expect(refusals.map(({ status }) => status)).toEqual([400, 400, 400, 403])
  expect(refusals.slice(0, 3).map((refusal) => errorOf(refusal)?.['message'])).toEqual([
    expect.stringContaining('amzn1.tortuga.nowhere'),
    expect.stringContaining('1 to 25'),
    expect.stringContaining('POST_NOTHING'),
  ])
})

test('a feed type that Amazon removed is taken and ends FATAL', () => {
  const created = stage.create(stage.upload('sku\tquantity\nCUP\t7', 'text/tab-separated-values'), {
    feedType: 'POST_FLAT_FILE_INVLOADER_DATA',
  })
  wait(feedFixedMs)

  expect(created.status).toBe(202)
  expect(stage.status(created.json['feedId'])).toBe('FATAL')
  expect(stage.live('CUP')).toBe(5)
})

test('only a feed in the queue can be cancelled; the next one then begins', () => {
  const first = stage.submit([quantityMessage(1, 'CUP', 7)])
  const second = stage.submit([quantityMessage(1, 'CUP', 8)])
  const third = stage.submit([quantityMessage(1, 'CUP', 9)])
  wait(feedFixedMs / 2)
  const answers = [first, second].map((feedId) => stage.cancel(feedId).status)
  wait(2 * feedFixedMs + 2 * perItemMs)

  expect(answers).toEqual([400, 200])
  expect([first, second, third].map((feedId) => stage.status(feedId))).toEqual(['DONE', 'CANCELLED', 'DONE'])
  expect(stage.get(third)['processingEndTime']).toBe('2026-03-02T09:10:00.100Z')
})

test('getFeeds pages newest first, and its token stands alone', () => {
  const feeds = Array.from({ length: 3 }, (_, i) => {
    wait(60_000)
    return stage.submit([quantityMessage(1, 'CUP', i)])
  })
  const first = list('feedTypes=JSON_LISTINGS_FEED&pageSize=2')
  const token = encodeURIComponent(String(first.json['nextToken']))

  expect(idsIn(first)).toEqual([feeds[2], feeds[1]])
  expect(idsIn(list(`nextToken=${token}`))).toEqual([feeds[0]])
  expect(list(`nextToken=${token}&pageSize=2`).status).toBe(400)
  expect(list('pageSize=2').status).toBe(400)
  expect(idsIn(list('feedTypes=JSON_LISTINGS_FEED&processingStatuses=DONE,FATAL'))).toEqual([])
})

test('[S003-47] a feed type outside the granted roles is forbidden with its own words, and an outsider sees none', () => {
  changeRoles(stage.amazon.simulator.world, { sellerId, revoke: ['Product Listing', 'Inventory and Order Tracking'] })
  const document = stage.upload(feedText([quantityMessage(1, 'CUP', 7)]))
  const byType = stage.create(document)
  const { roles } = changeRoles(stage.amazon.simulator.world, { sellerId })
  changeRoles(stage.amazon.simulator.world, { sellerId, revoke: roles.filter((role) => !role.startsWith('Selling')) })
  const byOperation = stage.create(document)

  expect([byType.status, errorOf(byType)?.['message']]).toEqual([403, 'Access to the resource is forbidden'])
  expect([byOperation.status, errorOf(byOperation)?.['message']]).toEqual([
    403,
    'Access to requested resource is denied.',
  ])
})

test('[T-50] a stock patch for a SKU in an open listings feed is accepted and lands after the feed', () => {
  const feedId = stage.submit([titleMessage(1, 'CUP', 'New cup')])
  const result = stage.amazon.simulator.patchListing({ sellerId, sku: 'CUP', quantity: 2 })
  stage.amazon.simulator.patchListing({ sellerId, sku: 'MUG', quantity: 3 })

  expect(result.status).toBe('ACCEPTED')
  expect(row('CUP').submitted.quantity).toBe(2)
  expect(row('CUP').pendingWrites).toEqual([{ quantity: 2, appliesAt: '2026-03-02T09:05:00.050Z', behindFeed: feedId }])
  expect([stage.live('CUP'), stage.live('MUG')]).toEqual([5, 3])
  wait(feedFixedMs)
  expect(stage.live('CUP')).toBe(5)
  wait(perItemMs)
  expect(stage.live('CUP')).toBe(2)
  expect(row('CUP').offers[0]?.title).toBe('New cup')
})

test('[T-37] a feed that comes later overwrites a patch from before it', () => {
  stage.amazon.simulator.patchListing({ sellerId, sku: 'CUP', quantity: 1 })
  stage.submit([quantityMessage(1, 'CUP', 7)])
  const before = stage.live('CUP')
  wait(feedFixedMs + perItemMs)

  expect([before, stage.live('CUP')]).toEqual([1, 7])
})

test('[T-37] with patchDuringFeed overtakes, a patch lands at once and the queued feed overwrites it', () => {
  stage = startFeedStage({ patchDuringFeed: 'overtakes' })
  stage.list('CUP')
  stage.submit([quantityMessage(1, 'CUP', 7)])
  stage.amazon.simulator.patchListing({ sellerId, sku: 'CUP', quantity: 1 })
  const before = stage.live('CUP')
  wait(feedFixedMs + perItemMs)

  expect([before, stage.live('CUP')]).toEqual([1, 7])
})

test('patches behind a feed land in the order in which they were sent, after what the feed brings', () => {
  stage.submit([quantityMessage(1, 'CUP', 7)])
  stage.amazon.simulator.patchListing({ sellerId, sku: 'CUP', quantity: 2 })
  stage.amazon.simulator.patchListing({ sellerId, sku: 'CUP', quantity: 3 })
  wait(feedFixedMs + perItemMs)

  expect(stage.live('CUP')).toBe(3)
  expect(row('CUP').pendingWrites).toEqual([])
})

test('a cancelled feed lets the patches behind it go', () => {
  const feedId = stage.submit([quantityMessage(1, 'CUP', 7)])
  stage.amazon.simulator.patchListing({ sellerId, sku: 'CUP', quantity: 2 })
  const before = stage.live('CUP')
  stage.cancel(feedId)

  expect([before, stage.live('CUP')]).toEqual([5, 2])
})

test('[T-52] a stuck feed stays IN_PROGRESS, holds the queue and lets patches pass', () => {
  addFault(stage.amazon.simulator.world, { action: 'feed-stuck', count: 1 }, stage.amazon.clock.now())
  const stuck = stage.submit([quantityMessage(1, 'CUP', 7)])
  const next = stage.submit([quantityMessage(1, 'MUG', 7)])
  wait(24 * 3600 * 1000)
  stage.amazon.forgetToken()
  stage.amazon.simulator.patchListing({ sellerId, sku: 'CUP', quantity: 2 })

  expect([stage.status(stuck), stage.status(next)]).toEqual(['IN_PROGRESS', 'IN_QUEUE'])
  expect([stage.live('CUP'), stage.live('MUG')]).toEqual([2, 5])
  expect(stage.cancel(next).status).toBe(200)
})

test('a feed that is made FATAL has applied half of its items and has no report', () => {
  addFault(stage.amazon.simulator.world, { action: 'feed-fatal', count: 1 }, stage.amazon.clock.now())
  const feedId = stage.submit([quantityMessage(1, 'CUP', 7), quantityMessage(2, 'MUG', 8)])
  wait(feedFixedMs + 2 * perItemMs)

  expect(stage.get(feedId)).toMatchObject({ processingStatus: 'FATAL' })
  expect(stage.get(feedId)).not.toHaveProperty('resultFeedDocumentId')
  expect([stage.live('CUP'), stage.live('MUG')]).toEqual([7, 5])
})

test('createFeed that times out after the work has made the feed', () => {
  addFault(stage.amazon.simulator.world, { match: { operation: 'createFeed' }, action: 'timeout-after', count: 1 }, 0)
  const document = stage.upload(feedText([quantityMessage(1, 'CUP', 7)]))
  const silent = stage.create(document)
  const feeds = stage.amazon.call('GET', '/feeds/2021-06-30/feeds?feedTypes=JSON_LISTINGS_FEED').json['feeds']

  expect(silent.kind).toBe('silence')
  expect(feeds).toHaveLength(1)
})

test('five listings feeds pass in a burst, the sixth is throttled for a minute; other types are not', () => {
  const document = () => stage.upload(feedText([quantityMessage(1, 'CUP', 7)]))
  const answers = Array.from({ length: 6 }, () => stage.create(document()).status)
  const orders = stage.create(stage.upload('x', 'text/xml'), { feedType: 'POST_ORDER_FULFILLMENT_DATA' })
  wait(60_000)
  const later = [stage.create(document()), stage.create(document())].map(({ status }) => status)

  expect(answers).toEqual([202, 202, 202, 202, 202, 429])
  expect(orders.status).toBe(202)
  expect(later).toEqual([202, 429])
})

test('a listing of two marketplaces takes a feed for one of them as a patch does', () => {
  stage.list('CUP', { marketplaceId: de })
  stage.submit([quantityMessage(1, 'CUP', 7)])
  wait(feedFixedMs + perItemMs)

  expect(row('CUP').offers.map(({ attributeQuantity }) => attributeQuantity)).toEqual([7, 5])
  expect(stage.live('CUP')).toBe(7)
})
