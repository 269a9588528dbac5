import { CsvError, parse } from 'csv-parse/sync'

import { FileError } from './output.ts'

/** A line of a file of changes. */
export interface FileLine {
  line: number
  channelSku: string
  title: string | undefined
  description: string | undefined
  price: string | undefined
  currency: string | undefined
}

const columns = ['sku', 'title', 'description', 'price', 'currency'] as const
type Column = (typeof columns)[number]
const mostLines = 100_000

/** The lines of a CSV (first line names the columns) or of a JSON list of objects with the same names. An empty CSV cell changes nothing. */
export function readBulkFile(text: string, name: string): FileLine[] {
  const rows = name.toLowerCase().endsWith('.json') ? jsonRows(text) : csvRows(text)
  if (rows.length === 0) throw new FileError(`${name} has no lines`)
  if (rows.length > mostLines) throw new FileError(`${name} has ${String(rows.length)} lines; 100,000 are allowed`)
  return rows.map((row, index) => ({
    line: index + 1,
    channelSku: row.sku ?? '',
    title: row.title,
    description: row.description,
    price: row.price,
    currency: row.currency,
  }))
}

type Row = Partial<Record<Column, string>>

function csvRows(text: string): Row[] {
  const rows = parsedCsv(text)
  const [head = {}] = rows
  if (rows.length > 0 && !('sku' in head)) throw new FileError('the CSV has no column "sku"')
  checkNames(Object.keys(head))
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== '')))
}

function parsedCsv(text: string): Record<string, string>[] {
  try {
    return parse<Record<string, string>>(text, { columns: true, bom: true, skip_empty_lines: true })
  } catch (error) {
    throw csvError(error)
  }
}

/** Lines are counted as everywhere: the first one after the names of the columns is 1. */
function csvError(error: unknown): FileError {
  const words = error instanceof Error ? error.message.replaceAll(/ (?:on|at) line \d+/g, '') : String(error)
  const before: unknown = error instanceof CsvError ? error['records'] : undefined
  if (typeof before !== 'number') return new FileError(`the CSV cannot be read: ${words}`)
  const line = before + 1
  const message = `the CSV cannot be read in line ${String(line)} (the one below the names of the columns is 1): ${words}`
  return new FileError(message, [{ line, item: '', message: words }])
}

function jsonRows(text: string): Row[] {
  const list = parsedJson(text)
  if (!Array.isArray(list)) throw new FileError('the JSON is no list of objects')
  const read = list.map((entry: unknown, index) => jsonRow(entry, index + 1))
  const bad = read.flatMap((row) => ('message' in row ? [row] : []))
  const [first] = bad
  if (first) {
    const message = `${String(bad.length)} of ${String(list.length)} entries cannot be read; ${first.message}`
    throw new FileError(message, bad.slice(0, mostBadShown))
  }
  return read.flatMap((row) => ('message' in row ? [] : [row]))
}

const mostBadShown = 100

interface BadEntry {
  line: number
  item: string
  message: string
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new FileError(`the JSON cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function jsonRow(entry: unknown, line: number): Row | BadEntry {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    return { line, item: '', message: `entry ${String(line)} is no object` }
  }
  const row: Row = {}
  for (const [name, value] of Object.entries(entry)) {
    const column = columns.find((one) => one === name)
    const isText = typeof value === 'string' || (name === 'price' && typeof value === 'number')
    if (column === undefined) return { ...about(entry, line), message: noColumn(name) }
    if (value === null) continue
    if (!isText) return { ...about(entry, line), message: `${name} of entry ${String(line)} is no text` }
    row[column] = String(value)
  }
  return row
}

function about(entry: object, line: number): Omit<BadEntry, 'message'> {
  return { line, item: 'sku' in entry && typeof entry.sku === 'string' ? entry.sku.slice(0, 60) : '' }
}

function checkNames(names: readonly string[]): void {
  const odd = names.find((name) => !columns.some((one) => one === name))
  if (odd !== undefined) throw new FileError(noColumn(odd))
}

function noColumn(name: string): string {
  return `"${name}" is no column: ${columns.join(', ')}`
}
