import type { Readable } from 'node:stream'

import { parse } from 'csv-parse'

import { hasLostCharacters } from './lost-characters.ts'

/** One row of a document. */
export interface ParsedRow {
  readonly cells: readonly string[]
  /** Whether characters were lost before it reached us. */
  readonly lostCharacters: boolean
}

/** A piece of a document: its columns come with every piece. */
export interface ParsedPiece {
  readonly columns: readonly string[]
  readonly rows: readonly ParsedRow[]
}

/** The document is not what its type promises; nothing of it is taken in. */
export class UnknownLayoutError extends Error {
  override readonly name = 'UnknownLayoutError'
}

const MAX_CELL_CHARACTERS = 100_000

/**
 * Reads a tab-delimited document piece by piece, so that its size does not matter. Amazon quotes nothing: a quote is a character of the cell.
 * Throws UnknownLayoutError when the key column is not in the header or a row has more cells than columns.
 */
export async function* parseRows(
  text: Readable,
  options: { keyColumn: string; pieceRows: number },
): AsyncGenerator<ParsedPiece> {
  const parser = text.pipe(
    parse({
      delimiter: '\t',
      quote: false,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MAX_CELL_CHARACTERS * 10,
    }),
  )
  text.on('error', (error) => parser.destroy(error))
  let columns: readonly string[] | undefined
  let rows: ParsedRow[] = []
  for await (const record of parser as AsyncIterable<string[]>) {
    if (!columns) {
      columns = headerOf(record, options.keyColumn)
      continue
    }
    rows.push(rowOf(record, columns))
    if (rows.length < options.pieceRows) continue
    yield { columns, rows }
    rows = []
  }
  if (!columns) throw new UnknownLayoutError('the document is empty: it has not even a header')
  yield { columns, rows }
}

function headerOf(record: readonly string[], keyColumn: string): readonly string[] {
  const columns = record.map((name) => name.trim().toLowerCase())
  if (columns.includes(keyColumn)) return columns
  throw new UnknownLayoutError(
    `the header has no column "${keyColumn}"; it begins with ${JSON.stringify(columns.slice(0, 5).join(', '))}`,
  )
}

/** Trailing cells that are empty may be left out; more cells than columns would shift values into the wrong column. */
function rowOf(record: readonly string[], columns: readonly string[]): ParsedRow {
  if (record.length > columns.length) {
    throw new UnknownLayoutError(`a row has ${String(record.length)} cells for ${String(columns.length)} columns`)
  }
  const cells = columns.map((_name, index) => record[index] ?? '')
  return { cells, lostCharacters: cells.some(hasLostCharacters) }
}
