import { expect, test } from '@jest/globals'

import { csvText } from './csv-text.ts'

test('cells with commas, quotes and line ends are quoted, and every line ends in CR LF', () => {
  const rows = [
    ['sku', 'note'],
    ['A/B 1+2', 'a, "b"'],
    ['CAFÉ-☕-1', 'two\nlines'],
  ]

  expect(csvText(rows)).toBe('sku,note\r\nA/B 1+2,"a, ""b"""\r\nCAFÉ-☕-1,"two\nlines"\r\n')
})

test.each(['=cmd', '+1', '-1', '@x', '\tx'])('%j is no formula in a spreadsheet', (cell) => {
  expect(csvText([[cell]])).toBe(`'${cell}\r\n`)
})
