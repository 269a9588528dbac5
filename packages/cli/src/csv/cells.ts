import type { CsvRow } from './read-csv.ts'
import { isFormula, withoutGuard } from './formula.ts'

/** Why a cell is not what it should be. */
export class CellError extends Error {
  override readonly name = 'CellError'
  readonly field: string
  readonly value: string

  constructor(field: string, value: string, message: string) {
    super(message)
    this.field = field
    this.value = value.slice(0, 60)
  }
}

const shown = (cell: string): string => (cell.length <= 60 ? cell : `${cell.slice(0, 57)}...`)

/** The text of a cell; undefined when it is empty or there is no such column. Throws a CellError for a formula. */
export function textCell({ cells }: CsvRow, column: string): string | undefined {
  const cell = cells.get(column) ?? ''
  if (cell === '') return undefined
  if (isFormula(cell)) {
    const message = `${column} "${shown(cell)}" is a formula: save the values of the sheet, or put an apostrophe before it`
    throw new CellError(column, cell, message)
  }
  return withoutGuard(cell)
}

/** A whole number of units, without separators or exponents: 1,000 and 1e3 are read differently from country to country, so neither is taken. */
export function wholeCell({ cells }: CsvRow, column: string): bigint | undefined {
  const cell = withoutGuard(cells.get(column) ?? '')
  if (cell === '') return undefined
  if (/^-?\d{1,15}$/.test(cell)) return BigInt(cell)
  throw new CellError(column, cell, `${column} is "${shown(cell)}": give a whole number in digits alone, such as 1000`)
}

/** A plain decimal number in hundredths: 20 and 7.5. */
export function hundredthsCell({ cells }: CsvRow, column: string): number | undefined {
  const cell = withoutGuard(cells.get(column) ?? '')
  if (cell === '') return undefined
  const [, sign = '', whole, fraction = ''] = /^(-?)(\d{1,6})(?:\.(\d{1,2}))?$/.exec(cell) ?? []
  if (whole === undefined) {
    throw new CellError(column, cell, `${column} is "${shown(cell)}": give a number such as 20 or 7.5`)
  }
  return Number(`${sign}${whole}${fraction.padEnd(2, '0')}`)
}

/** Money in its smallest unit; undefined when there is no amount. The currency stands in a column of its own. */
export function priceCell(
  row: CsvRow,
  column: string,
  currencyColumn: string,
): { minor: bigint; currency: string } | undefined {
  const cell = withoutGuard(row.cells.get(column) ?? '')
  const currency = (row.cells.get(currencyColumn) ?? '').trim()
  if (cell === '') return undefined
  if (currency !== '' && !/^[A-Z]{3}$/.test(currency)) {
    const message = `${currencyColumn} is "${shown(currency)}": give the three letters of a currency, such as GBP`
    throw new CellError(currencyColumn, currency, message)
  }
  const minor = minorUnits(cell, currency)
  if (minor !== undefined) return { minor, currency }
  const message = `${column} is "${shown(cell)}": give a plain number such as ${(12).toFixed(digitsOf(currency))}`
  throw new CellError(column, cell, message)
}

function minorUnits(cell: string, currency: string): bigint | undefined {
  const [, whole, fraction = ''] = /^(\d{1,9})(?:\.(\d{1,4}))?$/.exec(cell) ?? []
  const digits = digitsOf(currency)
  if (whole === undefined || fraction.length > digits) return undefined
  return BigInt(`${whole}${fraction.padEnd(digits, '0')}`)
}

/** Digits of a currency's smallest unit: 2 for most, none for yen. */
function digitsOf(currency: string): number {
  if (currency === '') return 2
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}

/** Money as a file holds it. */
export function priceText({ minor, currency }: { minor: bigint; currency: string }): string {
  const digits = digitsOf(currency)
  if (digits === 0) return String(minor)
  const text = String(minor).padStart(digits + 1, '0')
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`
}
