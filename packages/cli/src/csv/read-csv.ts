import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'

import { parse } from 'csv-parse'

import { FileError, UsageError } from '../output.ts'
import { decodedText } from './decoded-text.ts'
import { errorCode } from './error-code.ts'

/** One line of a file below its header. */
export interface CsvRow {
  /** Where it begins; the header is line 1. */
  readonly line: number
  /** By column. */
  readonly cells: ReadonlyMap<string, string>
  /** More or fewer cells than the header has. */
  readonly miscounted: string | undefined
}

/** Which file, and how it is written. */
export interface CsvSource {
  /** Of a file, or what came on standard input. */
  readonly from: { readonly path: string } | { readonly text: string }
  readonly delimiter: string
  readonly encoding: string
}

/** Which columns a file may have. */
export interface CsvColumns {
  readonly needed: readonly string[]
  readonly known: readonly string[]
  /** Columns that begin with one of these may be called anything. */
  readonly prefixes: readonly string[]
}

/** No line of ours comes near it; one that does is a file that was put together wrongly, and is not read into memory. */
const mostBytesPerLine = 100_000

/**
 * The lines of a CSV, one at a time whatever the file's size. Throws a UsageError, mostly a FileError, for a file that cannot be read as one: wrong encoding, wrong delimiter, unknown columns,
 * a line beyond all measure.
 */
export async function* readCsv(source: CsvSource, columns: CsvColumns): AsyncGenerator<CsvRow> {
  const parser = parse({
    bom: true,
    delimiter: source.delimiter,
    info: true,
    max_record_size: mostBytesPerLine,
    relax_column_count: true,
    skip_empty_lines: true,
  })
  const text = decodedText(openSource(source.from), source.encoding)
  const reading = Readable.from(text)
  reading.once('error', (error) => parser.destroy(error))
  reading.pipe(parser)
  try {
    yield* rowsOf(parser, source, columns)
  } catch (error) {
    throw readable(error)
  } finally {
    reading.destroy()
    parser.destroy()
  }
}

function openSource(from: CsvSource['from']): AsyncIterable<Uint8Array> {
  return 'path' in from ? createReadStream(from.path) : Readable.from([Buffer.from(from.text)])
}

interface ParsedRecord {
  readonly record: readonly string[]
  readonly info: { readonly lines: number }
}

async function* rowsOf(
  records: AsyncIterable<ParsedRecord>,
  source: CsvSource,
  columns: CsvColumns,
): AsyncGenerator<CsvRow> {
  let header: readonly string[] | undefined
  for await (const parsed of records) {
    const { record, info } = parsed
    if (header) yield rowOf(header, record, info.lines)
    else header = checkedHeader(record, source, columns)
  }
}

function rowOf(header: readonly string[], record: readonly string[], line: number): CsvRow {
  const cells = new Map(header.map((column, at) => [column, record[at] ?? '']))
  const miscounted =
    record.length === header.length
      ? undefined
      : `the line has ${String(record.length)} cells, the header ${String(header.length)}`
  return { line, cells, miscounted }
}

function checkedHeader(record: readonly string[], { delimiter }: CsvSource, columns: CsvColumns): readonly string[] {
  const names = record.map((name) => name.trim())
  const [only = ''] = names
  const other = [',', ';', '\t', '|'].find((one) => one !== delimiter && only.includes(one))
  if (names.length === 1 && other !== undefined) {
    const shown = other === '\t' ? 'tab' : other
    const nextStep = `repeat with --delimiter "${shown}"`
    throw new UsageError(`the columns of the CSV seem to be divided by "${shown}": ${nextStep}`, { nextStep })
  }
  const isKnown = (name: string): boolean =>
    columns.known.includes(name) || columns.prefixes.some((prefix) => name.startsWith(prefix) && name !== prefix)
  for (const name of columns.needed) {
    if (!names.includes(name)) throw new FileError(`the CSV has no column "${name}"`)
  }
  for (const [at, name] of names.entries()) {
    if (!isKnown(name)) {
      const known = [...columns.known, ...columns.prefixes.map((prefix) => `${prefix}<name>`)].join(', ')
      throw new FileError(`the CSV has a column "${name.slice(0, 60)}": known are ${known}`)
    }
    if (names.indexOf(name) !== at) throw new FileError(`the CSV has the column "${name}" twice`)
  }
  return names
}

/** The parser's errors in words for whoever made the file. */
function readable(error: unknown): unknown {
  const code = errorCode(error)
  if (!(error instanceof Error) || !code.startsWith('CSV_')) return error
  const line = 'lines' in error ? ` at line ${String(error.lines)}` : ''
  if (code === 'CSV_MAX_RECORD_SIZE') {
    return new FileError(
      `the CSV has a line of more than 100,000 bytes${line}: look for a quote that is not closed, or a file that is no CSV`,
    )
  }
  if (code === 'CSV_QUOTE_NOT_CLOSED') return new FileError(`the CSV has a quote that is not closed${line}`)
  return new FileError(`the CSV cannot be read: ${error.message}`)
}
