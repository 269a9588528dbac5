import { Readable } from 'node:stream'

import { expect, test } from '@jest/globals'

import { parseRows, UnknownLayoutError } from './parse-rows.ts'

async function parsed(text: string, pieceRows = 100) {
  const pieces = []
  for await (const piece of parseRows(Readable.from([text]), { keyColumn: 'seller-sku', pieceRows })) pieces.push(piece)
  return pieces
}

test('[T-62] cells are found by the name of their column, whatever its place', async () => {
  const [piece] = await parsed('quantity\tSeller-SKU\n5\tTEST_SS7052\n')

  expect(piece?.columns).toEqual(['quantity', 'seller-sku'])
  expect(piece?.rows.map(({ cells }) => cells)).toEqual([['5', 'TEST_SS7052']])
})

test('a SKU keeps its spaces, quotes and slashes byte for byte', async () => {
  const [piece] = await parsed('seller-sku\titem-name\n A/B "1+2" \tsaid "so"\n')

  expect(piece?.rows[0]?.cells).toEqual([' A/B "1+2" ', 'said "so"'])
})

test('a long document comes in pieces', async () => {
  const rows = Array.from({ length: 25 }, (_none, index) => `SKU-${String(index)}\n`).join('')

  expect((await parsed(`seller-sku\n${rows}`, 10)).map((piece) => piece.rows.length)).toEqual([10, 10, 5])
})

test('a report without rows is a report', async () => {
  expect(await parsed('seller-sku\n')).toEqual([{ columns: ['seller-sku'], rows: [] }])
})

test.each([
  ['[T-62] translated headers', 'Händler-SKU\tMenge\nA\t1\n'],
  ['[T-62] commas instead of tabs', 'seller-sku,quantity\nA,1\n'],
  ['an error page', '<html><body>Service unavailable</body></html>'],
  ['nothing at all', ''],
  ['more cells than columns', 'seller-sku\nA\tB\n'],
])('%s are not taken in', async (_what, text) => {
  await expect(parsed(text)).rejects.toThrow(UnknownLayoutError)
})

test('[T-60] a row with lost characters is marked, the others are not', async () => {
  const [piece] = await parsed('seller-sku\nCAF\uFFFD\nTEA\n')

  expect(piece?.rows.map(({ lostCharacters }) => lostCharacters)).toEqual([true, false])
})
