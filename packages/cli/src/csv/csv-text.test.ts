import { expect, test } from '@jest/globals'
import { parse } from 'csv-parse/sync'

import { csvText } from './csv-text.ts'

test('[B8] what stands in a CSV is read back byte for byte', () => {
  const cells = ['plain', 'a,b', 'with "quotes"', 'two\r\nlines', ' spaces ', 'CAFÉ-☕-1', '']

  const text = csvText(['one', 'two', 'three', 'four', 'five', 'six', 'seven'], [cells])

  expect(parse(text, { from: 2 })).toEqual([cells])
})

test('[B8] a text that a spreadsheet would run as a formula is made text, a number stays a number', () => {
  const text = csvText(['a', 'b', 'c', 'd', 'e'], [['=cmd|calc', '+cmd', '@x', -3, null]])

  expect(text).toBe("a,b,c,d,e\n'=cmd|calc,'+cmd,'@x,-3,\n")
})
