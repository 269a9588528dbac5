import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import type { ListingChange } from './listing-patches.ts'
import { ListingsFeed, type ListingsFeedMessage, MAX_FEED_BYTES, MAX_FEED_MESSAGES } from './listings-feed.ts'
import { checkChannelSku } from './sku-encoding.ts'

const sellerId = 'A1TESTS0000EU'
const uk = 'A1F83G8C2ARO7P'
const quantity = (units: number): ListingChange => ({
  kind: 'quantity',
  quantity: units,
  leadTimeDays: null,
  op: 'merge',
})

function aMessage(more: Partial<ListingsFeedMessage> = {}): ListingsFeedMessage {
  return { messageId: 1, sku: 'A', productType: 'PRODUCT', changes: [quantity(4)], ...more }
}

interface ParsedFeed {
  header: unknown
  messages: { messageId: number; sku: string; patches: unknown[] }[]
}

function parsed(feed: ListingsFeed): ParsedFeed {
  return JSON.parse(Buffer.concat(feed.chunks()).toString('utf8')) as ParsedFeed
}

test('a feed is the document that Amazon describes', () => {
  const feed = new ListingsFeed({ sellerId, issueLocale: 'en_GB' })
  feed.add(aMessage())
  feed.add(
    aMessage({ messageId: 7, sku: 'B', changes: [{ kind: 'quantity', quantity: 0, leadTimeDays: 3, op: 'replace' }] }),
  )

  expect(parsed(feed)).toEqual({
    header: { sellerId, version: '2.0', issueLocale: 'en_GB' },
    messages: [
      {
        messageId: 1,
        sku: 'A',
        operationType: 'PATCH',
        productType: 'PRODUCT',
        patches: [
          {
            op: 'merge',
            path: '/attributes/fulfillment_availability',
            value: [{ fulfillment_channel_code: 'DEFAULT', quantity: 4 }],
          },
        ],
      },
      {
        messageId: 7,
        sku: 'B',
        operationType: 'PATCH',
        productType: 'PRODUCT',
        patches: [
          {
            op: 'replace',
            path: '/attributes/fulfillment_availability',
            value: [{ fulfillment_channel_code: 'DEFAULT', quantity: 0, lead_time_to_ship_max_days: 3 }],
          },
        ],
      },
    ],
  })
})

test('price, title and description are patches of their marketplace', () => {
  const feed = new ListingsFeed({ sellerId })
  feed.add(
    aMessage({
      changes: [
        { kind: 'price', marketplaceId: uk, price: { amount: '9.90', currency: 'GBP' } },
        { kind: 'title', marketplaceId: uk, languageTag: 'en_GB', text: 'Cup, "blue"\n2 l' },
        { kind: 'description', marketplaceId: uk, languageTag: 'en_GB', text: 'Holds tea.' },
      ],
    }),
  )
  const text = { marketplace_id: uk, language_tag: 'en_GB' }

  expect(parsed(feed).messages[0]?.patches).toEqual([
    {
      op: 'merge',
      path: '/attributes/purchasable_offer',
      value: [{ marketplace_id: uk, currency: 'GBP', our_price: [{ schedule: [{ value_with_tax: 9.9 }] }] }],
    },
    { op: 'replace', path: '/attributes/item_name', value: [{ ...text, value: 'Cup, "blue"\n2 l' }] },
    { op: 'replace', path: '/attributes/product_description', value: [{ ...text, value: 'Holds tea.' }] },
  ])
})

test.each(['0', '', '-1', '9,99', 'NaN', '1e3'])('%j is no price, and none is guessed', (amount) => {
  const change: ListingChange = { kind: 'price', marketplaceId: uk, price: { amount, currency: 'GBP' } }

  expect(() => new ListingsFeed({ sellerId }).add(aMessage({ changes: [change] }))).toThrow(RangeError)
})

const sku = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 40 })
  .filter((text) => checkChannelSku(text).kind === 'good')

test('[T-38] SKUs stand in a feed byte for byte, and its size is what was counted', () => {
  fc.assert(
    fc.property(fc.uniqueArray(sku, { maxLength: 30 }), (skus) => {
      const feed = new ListingsFeed({ sellerId })
      skus.forEach((one, i) => expect(feed.add(aMessage({ messageId: i + 1, sku: one })).kind).toBe('added'))

      expect(parsed(feed).messages.map((message) => message.sku)).toEqual(skus)
      expect(Buffer.concat(feed.chunks()).length).toBe(feed.byteLength)
      expect(feed.messageCount).toBe(skus.length)
    }),
  )
})

test('[T-38] nothing is percent-encoded in a body', () => {
  const feed = new ListingsFeed({ sellerId })
  feed.add(aMessage({ sku: 'A/B 1+2 50%' }))

  expect(Buffer.concat(feed.chunks()).toString('utf8')).toContain('"sku":"A/B 1+2 50%"')
})

test.each([
  ['A\uD83D', 'LONE_SURROGATE'],
  ['caf\uFFFD', 'LOST_CHARACTER'],
  ['', 'EMPTY'],
  ['..', 'DOT_SEGMENT'],
])('[T-39] the SKU %j never gets into a feed: %s', (odd, reason) => {
  const feed = new ListingsFeed({ sellerId })

  expect(feed.add(aMessage({ sku: odd }))).toMatchObject({ kind: 'refused', reason })
  expect(feed.messageCount).toBe(0)
})

test.each([
  [{ messageId: 0 }, 'MESSAGE_ID_INVALID'],
  [{ messageId: 2_147_483_648 }, 'MESSAGE_ID_INVALID'],
  [{ sku: 'B' }, 'MESSAGE_ID_TAKEN'],
  [{ messageId: 2 }, 'SKU_TAKEN'],
  [{ messageId: 2, sku: 'B', changes: [] }, 'NO_CHANGE'],
  [
    { messageId: 2, sku: 'B', changes: [{ kind: 'title', marketplaceId: uk, languageTag: 'en_GB', text: 'x\uD83D' }] },
    'TEXT_NOT_WELL_FORMED',
  ],
] satisfies [Partial<ListingsFeedMessage>, string][])('beside message 1 for A, %j is refused: %s', (more, reason) => {
  const feed = new ListingsFeed({ sellerId })
  feed.add(aMessage())

  expect(feed.add(aMessage(more))).toMatchObject({ kind: 'refused', reason })
  expect(feed.messageCount).toBe(1)
})

test('[T-55] a feed takes 25,000 messages and not one more', () => {
  const feed = new ListingsFeed({ sellerId, maxMessages: MAX_FEED_MESSAGES + 1 })
  const added = Array.from({ length: MAX_FEED_MESSAGES }, (_, i) =>
    feed.add(aMessage({ messageId: i + 1, sku: `S${i}` })),
  )

  expect(added.every(({ kind }) => kind === 'added')).toBe(true)
  expect(feed.add(aMessage({ messageId: 25_001, sku: 'last' }))).toEqual({ kind: 'full', limit: 'messages' })
  expect(feed.byteLength).toBeLessThan(MAX_FEED_BYTES)
})

const longText = (characters: number): ListingChange => {
  return { kind: 'description', marketplaceId: uk, languageTag: 'en_GB', text: 'é'.repeat(characters) }
}

test('[T-55] a feed stays below 10 MiB, counted in bytes and not in characters', () => {
  const feed = new ListingsFeed({ sellerId })
  let added = 0
  while (feed.add(aMessage({ messageId: added + 1, sku: `S${added}`, changes: [longText(100_000)] })).kind === 'added')
    added += 1

  expect(added).toBe(52)
  expect(feed.byteLength).toBeLessThanOrEqual(MAX_FEED_BYTES)
  expect(feed.add(aMessage({ messageId: 99, sku: 'X', changes: [longText(100_000)] }))).toEqual({
    kind: 'full',
    limit: 'bytes',
  })
  expect(feed.add(aMessage({ messageId: 99, sku: 'X' })).kind).toBe('added')
})

test('[T-55] a message that fits into no feed is refused instead of waiting for the next one', () => {
  const feed = new ListingsFeed({ sellerId, maxBytes: 1_000 })

  expect(feed.add(aMessage({ changes: [longText(500)] }))).toMatchObject({
    kind: 'refused',
    reason: 'MESSAGE_TOO_LARGE',
  })
})
