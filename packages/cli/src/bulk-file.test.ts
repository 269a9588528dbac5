import { expect, test } from '@jest/globals'

import { readBulkFile } from './bulk-file.ts'
import { FileError, UsageError } from './output.ts'

const nothing = { title: undefined, description: undefined, price: undefined, currency: undefined }

test('a CSV with a byte order mark, carriage returns, quotes and empty cells is read as meant', () => {
  const csv = '\uFEFFsku,title,price\r\n"A,1","Say ""hello""",\r\n" b ",,12.50\r\n'

  expect(readBulkFile(csv, 'changes.csv')).toEqual([
    { line: 1, channelSku: 'A,1', ...nothing, title: 'Say "hello"' },
    { line: 2, channelSku: ' b ', ...nothing, price: '12.50' },
  ])
})

test('a JSON list is read by the same names; an empty title stays one, so that it is refused', () => {
  const json = '[{"sku":"A","price":12.5},{"sku":"B","title":"","currency":null}]'

  expect(readBulkFile(json, 'changes.JSON')).toEqual([
    { line: 1, channelSku: 'A', ...nothing, price: '12.5' },
    { line: 2, channelSku: 'B', ...nothing, title: '' },
  ])
})

test.each([
  ['title\nx\n', 'a.csv', 'no column "sku"'],
  ['sku,colour\na,red\n', 'a.csv', '"colour" is no column'],
  ['sku,title\n', 'a.csv', 'has no lines'],
  ['sku\n"a\n', 'a.csv', 'cannot be read'],
  ['{"sku":"a"}', 'a.json', 'no list'],
  ['[1]', 'a.json', 'entry 1'],
  ['[{"sku":"a","title":5}]', 'a.json', 'title of entry 1'],
])('what cannot be read is refused by name: %j', (text, name, words) => {
  expect(() => readBulkFile(text, name)).toThrow(UsageError)
  expect(() => readBulkFile(text, name)).toThrow(words)
})

const problemOf = (text: string, name: string): FileError => {
  try {
    readBulkFile(text, name)
  } catch (error) {
    if (error instanceof FileError) return error
  }
  throw new Error('it was read')
}

test('all bad entries of a JSON file are named at once, at most 100, each with its SKU', () => {
  const entries = [{ sku: 'A', title: 5 }, { sku: 'B', title: 'good' }, 7, { sku: 'C', colour: 'red' }]

  const { message, lines } = problemOf(JSON.stringify(entries), 'a.json')

  expect(message).toMatch(/^3 of 4 entries cannot be read; title of entry 1 is no text/)
  expect(lines.map(({ line, item }) => [line, item])).toEqual([
    [1, 'A'],
    [3, ''],
    [4, 'C'],
  ])
  expect(problemOf(JSON.stringify(Array.from({ length: 250 }, () => 1)), 'a.json').lines).toHaveLength(100)
})

test('a line of a CSV that cannot be read is counted as the refused ones are: from below the names of the columns', () => {
  const { message, lines } = problemOf('sku,title\na,x\nb,y,z\n', 'a.csv')

  expect(lines).toMatchObject([{ line: 2 }])
  expect(message).toMatch(/in line 2 /)
  expect(message).not.toMatch(/line 3/)
})
