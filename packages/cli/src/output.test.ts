import { expect, test } from '@jest/globals'

import { facts, orDash, table } from './output.ts'

test('a table lines its columns up and draws no lines', () => {
  const drawn = table(
    ['SKU', 'QTY'],
    [
      ['A', '1'],
      ['LONGER', '20'],
    ],
  )

  expect(drawn).toBe('SKU     QTY\nA       1\nLONGER  20\n')
})

test('an empty table says so', () => {
  expect(table(['SKU'], [])).toBe('(none)\n')
})

test('text from outside can neither move the cursor nor colour the screen', () => {
  const title = 'red\u001B[31m\r\nnext\u0007'

  expect(table(['TITLE'], [[title]])).toBe('TITLE\nred\uFFFD[31m\uFFFD\uFFFDnext\uFFFD\n')
  expect(facts([['title', title]])).toBe('title  red\uFFFD[31m\uFFFD\uFFFDnext\uFFFD\n')
})

test('facts stand under each other', () => {
  expect(
    facts([
      ['id', 'acc_1'],
      ['marketplace', 'UK'],
    ]),
  ).toBe('id           acc_1\nmarketplace  UK\n')
})

test('nothing is a dash, and 0 is a number', () => {
  expect([orDash(null), orDash(undefined), orDash(''), orDash(0)]).toEqual(['–', '–', '–', '0'])
})
