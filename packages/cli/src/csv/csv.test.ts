import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'

import { CellError, hundredthsCell, priceCell, priceText, textCell, wholeCell } from './cells.ts'
import { guarded, isFormula, withoutGuard } from './formula.ts'
import { checkFile, importFile, type ImportTarget } from './import-file.ts'
import { type CsvRow, type CsvSource, readCsv } from './read-csv.ts'
import { writeCsv } from './write-csv.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'csv-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const columns = { needed: ['sku'], known: ['sku', 'title', 'on_hand'], prefixes: ['property:'] }

function aFile(bytes: string | Uint8Array, source: Partial<CsvSource> = {}): CsvSource {
  const path = join(folder, `${String(Math.random())}.csv`)
  writeFileSync(path, bytes)
  return { from: { path }, delimiter: ',', encoding: 'utf-8', ...source }
}

async function rowsOf(source: CsvSource): Promise<Record<string, string>[]> {
  const rows = []
  for await (const { cells } of readCsv(source, columns)) rows.push(Object.fromEntries(cells))
  return rows
}

const aRow = (cells: Record<string, string>): CsvRow => ({
  line: 2,
  cells: new Map(Object.entries(cells)),
  miscounted: undefined,
})

test('a byte order mark, either line end, quotes, empty lines and columns in any order are read', async () => {
  const file = aFile('\uFEFFtitle,sku\r\n"Cup, ""blue""\nbig",A\r\n\r\nPlate,B')

  expect(await rowsOf(file)).toEqual([
    { sku: 'A', title: 'Cup, "blue"\nbig' },
    { sku: 'B', title: 'Plate' },
  ])
})

test('a file in Windows’ old encoding is refused by its line, and read when it is said to be one', async () => {
  const bytes = Buffer.from('sku,title\nA,Cup\nB,Caf\u00e9\n', 'latin1')

  await expect(rowsOf(aFile(bytes))).rejects.toThrow(
    'the CSV is not in utf-8, from line 1 on: save it as UTF-8, or repeat with --encoding windows-1252',
  )
  expect((await rowsOf(aFile(bytes, { encoding: 'windows-1252' })))[1]).toEqual({ sku: 'B', title: 'Café' })
})

test.each([
  ['divided by semicolons', 'sku;title\nA;Cup\n', 'repeat with --delimiter ";"'],
  ['divided by tabs', 'sku\ttitle\nA\tCup\n', 'repeat with --delimiter "tab"'],
  ['without its column', 'code,title\nA,Cup\n', 'no column "sku"'],
  ['with a column that nobody knows', 'sku,colour\nA,red\n', 'a column "colour": known are sku'],
  ['with a column twice', 'sku,title,title\nA,b,c\n', 'the column "title" twice'],
  ['with a quote that is not closed', 'sku,title\nA,"Cup\nB,Plate\n', 'a quote that is not closed'],
  ['with a line of 10 MB', `sku,title\nA,${'x'.repeat(10_000_000)}\n`, 'a line of more than 100,000 bytes'],
  ['with 10 MB in quotes', `sku,title\nA,"${'x\n'.repeat(5_000_000)}`, 'a line of more than 100,000 bytes'],
])('a file %s is refused in words that help', async (_what, text, words) => {
  await expect(rowsOf(aFile(text))).rejects.toThrow(words)
})

test('a line with too many or too few cells is told, and the others are read', async () => {
  const miscounted = []
  for await (const row of readCsv(aFile('sku,title\nA,b,c\nB,d\nC\n'), columns)) miscounted.push(row.miscounted)

  expect(miscounted).toEqual(['the line has 3 cells, the header 2', undefined, 'the line has 1 cells, the header 2'])
})

test.each(['1,000', '1.000', '1e3', '1.5', ' 5', '0x10', '=5', 'many', '١٢', '1'.repeat(16)])(
  'the quantity %j is refused and shown',
  (cell) => {
    expect(() => wholeCell(aRow({ on_hand: cell }), 'on_hand')).toThrow(`on_hand is "${cell}": give a whole number`)
  },
)

test.each([['=cmd|calc'], ['@SUM(A1)'], ['+A1'], ['-cmd'], ['\t=1']])('the formula %j is refused as a text', (cell) => {
  expect(() => textCell(aRow({ title: cell }), 'title')).toThrow(CellError)
})

test('prices are read by the digits of their currency, and written the same', () => {
  const read = (price: string, currency: string) => priceCell(aRow({ price, currency }), 'price', 'currency')

  expect(read('12.5', 'GBP')).toEqual({ minor: 1250n, currency: 'GBP' })
  expect(read('1250', 'JPY')).toEqual({ minor: 1250n, currency: 'JPY' })
  for (const [price, currency] of [
    ['12.50', 'JPY'],
    ['1,250', 'GBP'],
    ['1e3', 'GBP'],
    ['-1', 'GBP'],
  ] as const)
    // prettier-ignore
    expect(() => read(price, currency)).toThrow(`price is "${price}"`)
  expect([priceText({ minor: 5n, currency: 'GBP' }), priceText({ minor: 1250n, currency: 'JPY' })]).toEqual([
    '0.05',
    '1250',
  ])
  expect(hundredthsCell(aRow({ tax_rate: '7.5' }), 'tax_rate')).toBe(750)
})

test('whatever a cell holds, no spreadsheet takes it for a formula, and it comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('=', '+', '-', '@', "'", '\t', 'a', '1', '.', '(') }), (text) => {
      const written = guarded(text)

      expect(withoutGuard(written)).toBe(text)
      expect(isFormula(written)).toBe(false)
    }),
  )
})

test('a file that was written is read back the same, formulas and all', async () => {
  const path = join(folder, 'written.csv')
  const rows = [['=cmd', "O'Neill"], ["'=x", 'Cup, "blue"\nbig'], ['-5', 'Ünï'], ['+44 20', '@home']] // prettier-ignore

  const count = await writeCsv({ path, overwrite: false }, ['sku', 'title'], rowsFrom(rows))
  const back = []
  for await (const row of readCsv({ from: { path }, delimiter: ',', encoding: 'utf-8' }, columns))
    back.push([textCell(row, 'sku'), textCell(row, 'title')])

  expect(count).toBe(4)
  expect(back).toEqual(rows)
  expect(readFileSync(path, 'utf8')).toContain("\n'=cmd,")
  await expect(writeCsv({ path, overwrite: false }, ['sku'], rowsFrom([]))).rejects.toThrow('is there already')
})

async function* rowsFrom(rows: readonly (readonly string[])[]): AsyncGenerator<readonly string[]> {
  yield* rows
}

interface Taken {
  checked: number
  written: string[]
  keys: string[]
}

function aTarget(taken: Taken): ImportTarget<{ sku: string }> {
  return {
    columns,
    lineOf: (row) => {
      wholeCell(row, 'on_hand')
      return { sku: textCell(row, 'sku') ?? '' }
    },
    keyOf: ({ sku }) => sku,
    async check(lines) {
      taken.checked += lines.length
      return lines.map(({ sku }) => ({
        outcome: sku === 'SAME' ? 'unchanged' : 'created',
        changes: [],
        refusal: sku === 'BAD' ? { reason: 'SKU_INVALID', message: 'no', field: 'sku', value: sku } : undefined,
      }))
    },
    async write(lines, key) {
      taken.written.push(...lines.map(({ sku }) => sku))
      taken.keys.push(key)
      return lines.map(() => ({ outcome: 'created' }))
    },
  }
}

const writing = { idempotencyKey: 'k', progress: () => undefined }

test('a preview counts what would come and names every bad line by its place in the file', async () => {
  const taken = { checked: 0, written: [], keys: [] }
  const file = aFile('sku,on_hand\nA,1\nBAD,1\nA,2\nSAME,1\nC,1e3\n=cmd,1\nD\n')

  const check = await checkFile(file, aTarget(taken))

  expect(check).toMatchObject({ lines: 7, refused: 5, outcomes: { created: 1, unchanged: 1 } })
  expect(check.bad.map(({ index, message }) => [index + 1, message])).toEqual([
    [3, 'no'],
    [4, '"A" is named by line 2 already'],
    [6, 'on_hand is "1e3": give a whole number in digits alone, such as 1000'],
    [7, expect.stringContaining('sku "=cmd" is a formula')],
    [8, 'the line has 1 cells, the header 2'],
  ])
  expect(taken.written).toEqual([])
})

test('a file with one bad line is not written at all', async () => {
  const taken = { checked: 0, written: [], keys: [] }

  await expect(importFile(aFile('sku\nA\nBAD\n'), aTarget(taken), writing)).rejects.toThrow(
    '1 of 2 lines refused, nothing was written; line 3 (BAD): no',
  )
  expect(taken.written).toEqual([])
})

test('a file of any length passes through a slice at a time, each under its own key', async () => {
  const taken: Taken = { checked: 0, written: [], keys: [] }
  const file = aFile(`sku\n${Array.from({ length: 20_000 }, (_, row) => `SKU-${String(row)}\n`).join('')}`)
  const plain = aTarget(taken)
  let read = 0
  const ahead: number[] = []
  const target: typeof plain = {
    ...plain,
    lineOf: (row) => ((read += 1), plain.lineOf(row)),
    check: (lines) => (ahead.push(read - taken.checked), plain.check(lines)),
    write: (lines, key) => (ahead.push(read - 20_000 - taken.written.length), plain.write(lines, key)),
  }

  const done = await importFile(file, target, writing)

  expect(done).toEqual({ created: 20_000 })
  expect(taken.written).toHaveLength(20_000)
  expect(taken.keys.slice(0, 2)).toEqual(['k:0', 'k:500'])
  expect(Math.max(...ahead)).toBe(500)
})
