import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import { checkChannelSku, encodeSegment } from './sku-encoding.ts'

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })

test('[T-38] a SKU is encoded once and comes back byte for byte, whatever is in it', () => {
  fc.assert(
    fc.property(text, (sku) => {
      const segment = encodeSegment(sku)
      expect(decodeURIComponent(segment)).toBe(sku)
      expect(segment).toMatch(/^[A-Za-z0-9\-._~%]*$/)
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['A/B 1+2', 'A%2FB%201%2B2'],
  ['50%', '50%25'],
  ['a&b#c?d|e', 'a%26b%23c%3Fd%7Ce'],
  ['$@', '%24%40'],
  ['CAFÉ-☕-1', 'CAF%C3%89-%E2%98%95-1'],
  ['＆', '%EF%BC%86'],
  ["it's (new)*!", 'it%27s%20%28new%29%2A%21'],
])('[T-38] %s travels as %s', (sku, segment) => {
  expect(encodeSegment(sku)).toBe(segment)
})

test.each([
  ['', 'EMPTY'],
  ['.', 'DOT_SEGMENT'],
  ['..', 'DOT_SEGMENT'],
  ['x'.repeat(41), 'TOO_LONG'],
  ['A\uD83D', 'LONE_SURROGATE'],
  ['caf\uFFFD', 'LOST_CHARACTER'],
  ['a\tb', 'CONTROL_CHARACTER'],
])('[T-39] %j is refused as %s, with the value', (sku, reason) => {
  expect(checkChannelSku(sku)).toMatchObject({ kind: 'refused', reason, detail: expect.stringMatching(/./) })
})

test.each(['...', '.a', 'x'.repeat(40), '☕'.repeat(40), ' ', 'A/B 1+2'])('[T-39] %j is good', (sku) => {
  expect(checkChannelSku(sku)).toEqual({ kind: 'good' })
})

test('[T-39] what passes the check can always be encoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 50 }), (sku) => {
      fc.pre(checkChannelSku(sku).kind === 'good')
      expect(decodeURIComponent(encodeSegment(sku))).toBe(sku)
    }),
  )
})

test('[T-41] case and spaces make other SKUs', () => {
  expect(new Set(['Abc', 'abc', 'abc ', ' abc'].map(encodeSegment)).size).toBe(4)
})
