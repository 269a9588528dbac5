import { parse } from 'csv-parse/sync'

import { UsageError } from './output.ts'

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
  if (rows.length === 0) throw new UsageError(`${name} has no lines`)
  if (rows.length > mostLines) throw new UsageError(`${name} has ${String(rows.length)} lines; 100,000 are allowed`)
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
  if (rows.length > 0 && !('sku' in head)) throw new UsageError('the CSV has no column "sku"')
  checkNames(Object.keys(head))
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== '')))
}

function parsedCsv(text: string): Record<string, string>[] {
  try {
    return parse<Record<string, string>>(text, { columns: true, bom: true, skip_empty_lines: true })
  } catch (error) {
    throw new UsageError(`the CSV cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function jsonRows(text: string): Row[] {
  const list = parsedJson(text)
  if (!Array.isArray(list)) throw new UsageError('the JSON is no list of objects')
  return list.map((entry: unknown, index) => jsonRow(entry, index + 1))
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new UsageError(`the JSON cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function jsonRow(entry: unknown, line: number): Row {
  if (typeof entry !== 'object' || entry === null) throw new UsageError(`entry ${String(line)} is no object`)
  checkNames(Object.keys(entry))
  const row: Row = {}
  for (const [name, value] of Object.entries(entry)) {
    if (value === null) continue
    const isNumber = name === 'price' && typeof value === 'number'
    if (typeof value !== 'string' && !isNumber) {
      throw new UsageError(`${name} of entry ${String(line)} is no text`)
    }
    row[columnOf(name)] = String(value)
  }
  return row
}

function checkNames(names: readonly string[]): void {
  for (const name of names) columnOf(name)
}

function columnOf(name: string): Column {
  const column = columns.find((one) => one === name)
  if (column !== undefined) return column
  throw new UsageError(`"${name}" is no column: ${columns.join(', ')}`)
}
