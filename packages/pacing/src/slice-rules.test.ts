import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { FeedView } from './feed-view.ts'
import { afterFeed, RESTLESS_MS, routeOf, type SliceItem, takePatches, takeSlice, writeInFeed } from './slice-rules.ts'

const now = 1_000_000_000
const item = (sku: string, more: Partial<SliceItem> = {}): SliceItem => ({
  sku,
  bytes: 100,
  writeOpen: false,
  stockChangedAt: null,
  inFeed: false,
  ...more,
})
const skus = (items: SliceItem[]) => items.map(({ sku }) => sku)
const room = { maxItems: 25_000, maxBytes: 10_485_760, headerBytes: 300, now }
const feed = (more: Partial<FeedView> = {}) => ({
  state: 'in_progress' as const,
  stuck: false,
  cancelAsked: false,
  cancelledBefore: false,
  ...more,
})

test('a SKU with an open stock write, or whose stock changed within 30 minutes, goes by single patch', () => {
  expect(routeOf(item('a', { writeOpen: true }), now)).toBe('patch')
  expect(routeOf(item('a', { stockChangedAt: now - RESTLESS_MS + 1 }), now)).toBe('patch')
  expect(routeOf(item('a', { stockChangedAt: now - RESTLESS_MS }), now)).toBe('slice')
  expect(routeOf(item('a'), now)).toBe('slice')
})

test('a SKU that is in a feed goes by neither until that has ended', () => {
  expect(routeOf(item('a', { inFeed: true, writeOpen: true }), now)).toBe('wait')
})

test('patches take the restless SKUs first, then what a slice would reach last', () => {
  const items = [item('a'), item('b', { writeOpen: true }), item('c'), item('d', { inFeed: true }), item('e')]

  expect(skus(takePatches(items, { maxItems: 2, now }))).toEqual(['b', 'e'])
  expect(skus(takePatches(items, { maxItems: 9, now }))).toEqual(['b', 'e', 'c', 'a'])
})

test('[T-55] a slice keeps to its count and its bytes, each SKU once, restless ones never', () => {
  const items = fc.array(
    fc.record({
      sku: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
      bytes: fc.integer({ min: 1, max: 500 }),
      writeOpen: fc.boolean(),
      stockChangedAt: fc.option(fc.integer({ min: now - 3_600_000, max: now })),
      inFeed: fc.boolean(),
    }),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(items, fc.nat(10), fc.integer({ min: 100, max: 2_000 }), (any, maxItems, maxBytes) => {
      const slice = takeSlice(any, { maxItems, maxBytes, headerBytes: 100, now })

      expect(slice.length).toBeLessThanOrEqual(maxItems)
      expect(slice.reduce((sum, { bytes }) => sum + bytes, 100)).toBeLessThanOrEqual(maxBytes)
      expect(new Set(skus(slice)).size).toBe(slice.length)
      expect(slice.every((one) => routeOf(one, now) === 'slice')).toBe(true)
    }),
  )
})

test('a slice takes the SKUs whose stock has rested longest, patches take the others', () => {
  const rested = (sku: string, hours: number) => item(sku, { stockChangedAt: now - hours * 3_600_000 })
  const items = [rested('a', 2), item('never'), rested('b', 9), rested('c', 1)]

  expect(skus(takeSlice(items, { ...room, maxItems: 2 }))).toEqual(['never', 'b'])
  expect(skus(takePatches(items, { maxItems: 2, now }))).toEqual(['c', 'a'])
})

test('a slice that has room takes everything that may be in it', () => {
  expect(skus(takeSlice([item('a'), item('b', { writeOpen: true }), item('c')], room))).toEqual(['a', 'c'])
})

test('[T-37] less stock for a SKU in a feed goes out now and again after the feed', () => {
  for (const lane of ['to_zero', 'decrease'] as const) {
    expect(writeInFeed(lane, feed())).toEqual({ send: 'now', againAfterFeed: true, cancel: false })
  }
})

test('more stock for a SKU in a feed waits for its end, unless that feed is stuck', () => {
  expect(writeInFeed('increase', feed()).send).toBe('after_feed')
  expect(writeInFeed('increase', feed({ stuck: true }))).toEqual({ send: 'now', againAfterFeed: true, cancel: false })
})

test('only a to-zero cancels a feed, only in the queue, and only once', () => {
  const queued = { state: 'in_queue' } as const

  expect(writeInFeed('to_zero', feed(queued)).cancel).toBe(true)
  expect(writeInFeed('decrease', feed(queued)).cancel).toBe(false)
  expect(writeInFeed('to_zero', feed({ ...queued, cancelAsked: true })).cancel).toBe(false)
  expect(writeInFeed('to_zero', feed({ ...queued, cancelledBefore: true })).cancel).toBe(false)
  expect(writeInFeed('to_zero', feed({ state: 'sending' })).cancel).toBe(false)
})

test('[T-37] after DONE every SKU whose number moved on is sent again, and no other', () => {
  const fed = { fedVersion: 4, desiredVersion: 4, patchedMeanwhile: false }

  expect(afterFeed(fed, 'done')).toBe('nothing')
  expect(afterFeed({ ...fed, desiredVersion: 5 }, 'done')).toBe('send_newest')
  expect(afterFeed({ ...fed, patchedMeanwhile: true }, 'done')).toBe('send_newest')
  expect(afterFeed({ fedVersion: null, desiredVersion: 9, patchedMeanwhile: true }, 'done')).toBe('send_newest')
  expect(afterFeed({ fedVersion: null, desiredVersion: 9, patchedMeanwhile: false }, 'done')).toBe('nothing')
})

test('a cancelled feed did nothing, so its numbers go out; a fatal one is read back', () => {
  const fed = { fedVersion: 4, desiredVersion: 4, patchedMeanwhile: false }

  expect(afterFeed(fed, 'cancelled')).toBe('send_newest')
  expect(afterFeed({ ...fed, patchedMeanwhile: true }, 'cancelled')).toBe('nothing')
  expect(afterFeed({ ...fed, fedVersion: null }, 'cancelled')).toBe('nothing')
  expect(afterFeed(fed, 'fatal')).toBe('read_back')
  expect(afterFeed({ ...fed, fedVersion: null }, 'fatal')).toBe('nothing')
})
