import { expect, test } from '@jest/globals'
import { keyProblem, locationNameProblem, skuProblem, textProblem } from './names.ts'

test.each([
  'TEST_SS7052',
  ' leading and trailing ',
  'a/b%+#?&=',
  'Ünïcödé ✓',
  '😀'.repeat(40),
  'x'.repeat(40),
  '...',
  "O'Neil; drop table item --",
])('the SKU %j is taken as it is', (sku) => {
  expect(skuProblem(sku)).toBeUndefined()
})

test.each([
  ['', 'is empty'],
  ['.', 'cannot stand in an address'],
  ['..', 'cannot stand in an address'],
  ['x'.repeat(41), 'has 41 characters, the most is 40'],
  ['😀'.repeat(41), 'has 41 characters'],
  ['a\tb', 'not text'],
  ['a\0', 'not text'],
  ['a\u0085', 'not text'],
  ['a\ud83d', 'not text'],
  ['\ude00a', 'not text'],
  ['lost \ufffd', 'not text'],
])('the SKU %j is refused: %s', (sku, reason) => {
  expect(skuProblem(sku)).toMatchObject({ reason: 'SKU_INVALID', message: expect.stringContaining(reason) })
})

test.each(['Default', 'Lager 2 (Köln)', 'x'.repeat(80)])('the location name %j is taken', (name) => {
  expect(locationNameProblem(name)).toBeUndefined()
})

test.each(['', '   ', ' Shelf', 'Shelf ', 'x'.repeat(81), 'a\nb'])('the location name %j is refused', (name) => {
  expect(locationNameProblem(name)).toMatchObject({ reason: 'LOCATION_NAME_INVALID', field: 'name' })
})

test('free text may hold line breaks, and no more than 500 characters of text', () => {
  expect(textProblem('note', 'counted\nby hand')).toBeUndefined()
  expect(textProblem('note', 'x'.repeat(501))).toMatchObject({ reason: 'FIELD_INVALID', field: 'note' })
  expect(textProblem('title', 'a\0b')).toMatchObject({ reason: 'FIELD_INVALID', field: 'title' })
})

test('an idempotency key is text', () => {
  expect(keyProblem('0192-abc/π')).toBeUndefined()
  expect(keyProblem('a\0b')).toMatchObject({ reason: 'IDEMPOTENCY_KEY_MISSING', field: 'idempotency_key' })
})
