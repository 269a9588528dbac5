import { beforeEach, expect, test } from '@jest/globals'
import { addFault } from '../control/faults.ts'
import type { JsonObject } from '../json.ts'
import {
  feedFixedMs,
  feedText,
  perItemMs,
  quantityMessage,
  sellerId,
  startFeedStage,
  titleMessage,
  uk,
  type FeedStage,
} from './feed-stage.ts'

let stage: FeedStage
const row = (sku: string) => stage.amazon.simulator.listing(sellerId, sku)
const attributesOf = (sku: string): JsonObject => {
  const path = `/listings/2021-08-01/items/${sellerId}/${sku}?marketplaceIds=${uk}&includedData=attributes`
  return stage.amazon.call('GET', path).json['attributes'] as JsonObject
}
const settle = (items: number): void => stage.amazon.clock.advance(feedFixedMs + items * perItemMs)
const run = (messages: unknown[], header: JsonObject = {}): string => {
  const feedId = stage.submit(messages, header)
  settle(messages.length)
  return feedId
}
const fault = (body: JsonObject) => addFault(stage.amazon.simulator.world, body, stage.amazon.clock.now())
const message = (operationType: string, attributes: JsonObject, more: JsonObject = {}): JsonObject => ({
  messageId: 1,
  sku: 'CUP',
  operationType,
  productType: 'PRODUCT',
  attributes,
  ...more,
})
const messages = (count: number) => Array.from({ length: count }, (_, i) => quantityMessage(i + 1, 'CUP', i))
const stock = (quantity: number) => [{ fulfillment_channel_code: 'DEFAULT', quantity }]
const price = (value: number) => [
  { marketplace_id: uk, currency: 'GBP', our_price: [{ schedule: [{ value_with_tax: value }] }] },
]

beforeEach(() => {
  stage = startFeedStage()
  stage.list('CUP', { leadTimeDays: 4 })
  stage.list('MUG')
})

test('the processing report counts what was accepted and names each message that was not', () => {
  const feedId = run([
    quantityMessage(1, 'CUP', 7),
    quantityMessage(2, 'MUG', -1),
    { messageId: 3, sku: 'MUG', operationType: 'SING', productType: 'PRODUCT' },
  ])
  const report = stage.report(feedId)

  expect(stage.status(feedId)).toBe('DONE')
  expect(report.header).toEqual({ sellerId, version: '2.0', feedId })
  expect(report.summary).toEqual({
    errors: 2,
    warnings: 0,
    messagesProcessed: 3,
    messagesAccepted: 1,
    messagesInvalid: 2,
  })
  expect(report.issues).toEqual([
    {
      messageId: 2,
      sku: 'MUG',
      code: '4000001',
      severity: 'ERROR',
      message: "The value '-1' for 'quantity' must be a whole number of at least 0.",
      attributeName: 'fulfillment_availability',
    },
    expect.objectContaining({ messageId: 3, sku: 'MUG', severity: 'ERROR' }),
  ])
  expect([stage.live('CUP'), stage.live('MUG')]).toEqual([7, 5])
})

test('the report is gzipped, or plain when the settings say so', () => {
  const zipped = stage.document(run([quantityMessage(1, 'CUP', 7)])).json
  stage = startFeedStage({ feedReportGzip: false })
  stage.list('CUP')
  const feedId = run([quantityMessage(1, 'CUP', 7)])
  const plain = stage.document(feedId).json

  expect(zipped['compressionAlgorithm']).toBe('GZIP')
  expect(plain).not.toHaveProperty('compressionAlgorithm')
  expect(stage.report(feedId).summary['messagesAccepted']).toBe(1)
})

test('the download of a report lives five minutes', () => {
  const { url } = stage.document(run([quantityMessage(1, 'CUP', 7)])).json
  stage.amazon.clock.advance(300_000)
  const inTime = stage.download(url).status
  stage.amazon.clock.advance(1)

  expect([inTime, stage.download(url).status]).toEqual([200, 403])
})

test.each([
  ['a version other than "2.0"', feedText([quantityMessage(1, 'CUP', 7)], { version: '2' }), undefined],
  ['another seller in the header', feedText([quantityMessage(1, 'CUP', 7)], { sellerId: 'A9OTHER' }), undefined],
  ['no header', JSON.stringify({ messages: [quantityMessage(1, 'CUP', 7)] }), undefined],
  ['a content type that is not JSON', feedText([quantityMessage(1, 'CUP', 7)]), 'text/xml; charset=UTF-8'],
  ['text that is not JSON', 'sku\tquantity', undefined],
  ['no messages', feedText([]), undefined],
  ['the same message id twice', feedText([quantityMessage(1, 'CUP', 7), quantityMessage(1, 'MUG', 7)]), undefined],
])('[T-54] %s rejects the whole feed: FATAL, nothing processed, nothing changed', (_name, text, contentType) => {
  const feedId = stage.create(stage.upload(text, contentType)).json['feedId']
  settle(2)
  const report = stage.report(feedId)

  expect(stage.status(feedId)).toBe('FATAL')
  expect(report.summary).toMatchObject({ errors: 1, messagesProcessed: 0, messagesAccepted: 0 })
  expect(report.issues[0]).not.toHaveProperty('messageId')
  expect(stage.live('CUP')).toBe(5)
})

test('[T-55] 25,000 messages pass, one more is too many, and so is a byte above 10 MiB', () => {
  const full = run(messages(25_000))
  const tooMany = run(messages(25_001))
  const padding = 'x'.repeat(10 * 1024 * 1024)
  const tooLarge = run([{ ...quantityMessage(1, 'CUP', 1), padding }])

  expect([full, tooMany, tooLarge].map((feedId) => stage.status(feedId))).toEqual(['DONE', 'FATAL', 'FATAL'])
  expect(stage.report(full).summary['messagesAccepted']).toBe(25_000)
  expect(stage.live('CUP')).toBe(24_999)
})

test('[T-26] merge in a feed keeps the lead time, replace drops it', () => {
  run([quantityMessage(1, 'CUP', 7)])
  const merged = row('CUP').live
  run([message('PARTIAL_UPDATE', { fulfillment_availability: stock(8) })])

  expect(merged).toMatchObject({ quantity: 7, leadTimeDays: 4 })
  expect(row('CUP').live).toMatchObject({ quantity: 8, leadTimeDays: null })
})

test('[S003-9] PARTIAL_UPDATE changes title, description and price and nothing else', () => {
  const description = [{ value: 'Holds tea.', marketplace_id: uk }]
  run([
    message('PARTIAL_UPDATE', {
      item_name: [{ value: 'A better cup', marketplace_id: uk }],
      product_description: description,
      purchasable_offer: price(12.5),
    }),
  ])

  expect(row('CUP').offers[0]).toMatchObject({ title: 'A better cup', price: { amount: '12.50', currency: 'GBP' } })
  expect(attributesOf('CUP')['product_description']).toEqual(description)
  expect(row('CUP').live).toMatchObject({ quantity: 5, leadTimeDays: 4 })
})

test('UPDATE takes away what it does not name, DELETE the offer', () => {
  const name = { item_name: [{ value: 'Cup', marketplace_id: uk }] }
  run([message('PARTIAL_UPDATE', { product_description: [{ value: 'Old', marketplace_id: uk }] })])
  run([message('UPDATE', { ...name, purchasable_offer: price(3) })])
  const updated = row('CUP')
  run([{ messageId: 1, sku: 'MUG', operationType: 'DELETE' }])

  expect(updated.live).toMatchObject({ quantity: 0, leadTimeDays: null })
  expect(updated.offers[0]?.price?.amount).toBe('3.00')
  expect(attributesOf('CUP')).not.toHaveProperty('product_description')
  expect(() => row('MUG')).toThrow('no listing')
})

test('[T-56] a SKU that is not listed is accepted in a feed, too, and nothing comes of it', () => {
  const feedId = run([quantityMessage(1, 'NOWHERE', 7)])

  expect(stage.report(feedId).summary).toMatchObject({ messagesAccepted: 1, errors: 0 })
  expect(() => row('NOWHERE')).toThrow('no listing')
})

test('a report that asks for data carries the items as they are after the feed', () => {
  const report = { apiVersion: '2021-08-01', includedData: ['fulfillmentAvailability'] }
  const text = stage.report(run([quantityMessage(1, 'CUP', 7), quantityMessage(2, 'NOWHERE', 7)], { report }))

  expect(text.items).toEqual([
    { sku: 'CUP', fulfillmentAvailability: [{ fulfillmentChannelCode: 'DEFAULT', quantity: 7 }] },
  ])
  expect(text.summary['messagesProcessed']).toBe(2)
})

test('[T-56] a feed that skips rows neither applies nor counts every tenth message', () => {
  fault({ action: 'feed-skip', count: 1 })
  const skus = Array.from({ length: 20 }, (_, i) => `S${i}`)
  for (const sku of skus) stage.list(sku)
  const feedId = run(skus.map((sku, i) => quantityMessage(i + 1, sku, 9)))

  expect(stage.status(feedId)).toBe('DONE')
  expect(stage.report(feedId).summary).toMatchObject({ messagesProcessed: 18, messagesAccepted: 18, errors: 0 })
  expect(skus.filter((sku) => stage.live(sku) === 5)).toEqual(['S0', 'S10'])
})

test('[T-31] a lost write shows in the attributes and never becomes live, by patch and by feed', () => {
  fault({ action: 'write-lost', match: { sku: 'CUP' } })
  stage.amazon.simulator.patchListing({ sellerId, sku: 'CUP', quantity: 3 })
  const patched = [row('CUP').offers[0]?.attributeQuantity, stage.live('CUP')]
  const feedId = run([quantityMessage(1, 'CUP', 7), quantityMessage(2, 'MUG', 7)])

  expect(patched).toEqual([3, 5])
  expect(stage.report(feedId).summary['messagesAccepted']).toBe(2)
  expect([row('CUP').submitted.quantity, stage.live('CUP'), stage.live('MUG')]).toEqual([7, 5, 7])
})

test('[T-31] a lost title and price show as submitted in the attributes while Amazon holds the old ones', () => {
  fault({ action: 'write-lost', match: { sku: 'CUP' } })
  run([
    message('PARTIAL_UPDATE', {
      item_name: [{ value: 'Lost', marketplace_id: uk }],
      purchasable_offer: price(12.5),
    }),
  ])
  const submitted = attributesOf('CUP')
  const before = row('CUP').offers[0]
  stage.list('CUP', { title: 'By hand', price: { amount: '3.00', currency: 'GBP' } })

  expect(submitted).toMatchObject({ item_name: [{ value: 'Lost' }], purchasable_offer: price(12.5) })
  expect(before).toMatchObject({ title: 'CUP', price: { amount: '9.99' } })
  expect(attributesOf('CUP')).toMatchObject({ item_name: [{ value: 'By hand' }], purchasable_offer: price(3) })
})

test('[T-29] a late write becomes live after its delay, whatever the setting says', () => {
  fault({ action: 'write-late', match: { operation: 'patchListingsItem' }, delayMs: 40 * 60_000, count: 1 })
  stage.amazon.simulator.patchListing({ sellerId, sku: 'CUP', quantity: 3 })
  stage.amazon.simulator.patchListing({ sellerId, sku: 'MUG', quantity: 3 })
  const atOnce = [stage.live('CUP'), stage.live('MUG')]
  stage.amazon.clock.advance(40 * 60_000)

  expect(atOnce).toEqual([5, 3])
  expect(stage.live('CUP')).toBe(3)
})

test('a sale during a feed lowers live, and the feed overwrites it when it reaches the SKU', () => {
  stage.submit([titleMessage(1, 'MUG', 'Mug'), quantityMessage(2, 'CUP', 7)])
  stage.amazon.clock.advance(feedFixedMs + perItemMs)
  stage.amazon.simulator.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku: 'CUP', quantity: 2 }] })
  const sold = stage.live('CUP')
  stage.amazon.clock.advance(perItemMs)

  expect([sold, stage.live('CUP')]).toEqual([3, 7])
})
