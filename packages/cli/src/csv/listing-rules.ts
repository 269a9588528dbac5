import type { ListingRules } from '@lockstep/contracts/generated/lockstep/channel/v1/change_service.ts'
import type { RefusedLine } from '@lockstep/rpc/refusal'

import { MOST_INT32, rangeWords, ruleRanges } from '../command.ts'
import { FileError } from '../output.ts'
import { CellError, textCell, wholeCell } from './cells.ts'
import { refuseBadFile } from './import-file.ts'
import { type CsvRow, type CsvSource, readCsv } from './read-csv.ts'

const columns = ['channel_sku', 'max_listed', 'stock_percentage', 'end_when', 'lead_time_days', 'ignore_sync']
/** As many as one change may name. */
const mostListings = 1_000
const mostTold = 100

/**
 * The rules of listings that a CSV names: an empty cell leaves a rule as it is, `none` takes it away so that the account's counts. A line without any
 * rule says nothing. Refuses the whole file with every bad line of it.
 */
export async function readListingRules(source: CsvSource): Promise<ListingRules[]> {
  const rules: ListingRules[] = []
  const bad: RefusedLine[] = []
  let lines = 0
  for await (const row of readCsv(source, { needed: ['channel_sku'], known: columns, prefixes: [] })) {
    lines += 1
    const read = rulesOf(row)
    if ('message' in read) bad.push({ ...read, index: row.line - 1, item: row.cells.get('channel_sku')?.slice(0, 60) })
    else if (Object.keys(read).length > 1) rules.push(read)
    if (rules.length > mostListings) {
      throw new FileError(`the CSV changes more than ${String(mostListings)} listings: split it`)
    }
  }
  refuseBadFile({ lines, outcomes: {}, refused: bad.length, bad: bad.slice(0, mostTold), changes: [] })
  if (rules.length === 0) throw new FileError('the CSV changes nothing: no line of it holds a rule')
  return rules
}

type Refusal = Pick<RefusedLine, 'reason' | 'field' | 'value' | 'message'>

function rulesOf(row: CsvRow): ListingRules | Refusal {
  if (row.miscounted !== undefined) return { reason: 'FIELD_INVALID', field: '', value: '', message: row.miscounted }
  try {
    const channelSku = textCell(row, 'channel_sku')
    if (channelSku === undefined) throw new CellError('channel_sku', '', 'channel_sku is empty: name the listing')
    const numbers = {
      maxListed: numberCell(row, 'max_listed', ruleRanges.max_listed),
      stockPercentage: numberCell(row, 'stock_percentage', ruleRanges.stock_percentage),
      endWhen: numberCell(row, 'end_when', ruleRanges.end_when),
      leadTimeDays: numberCell(row, 'lead_time_days', ruleRanges.lead_time),
      ignoreSync: switchCell(row, 'ignore_sync'),
    }
    return { channelSku, ...given(numbers) }
  } catch (error) {
    if (!(error instanceof CellError)) throw error
    const { field, value, message } = error
    return { reason: 'FIELD_INVALID', field, value, message }
  }
}

function given<T extends object>(values: T): Partial<T> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is undefined was filtered out
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
}

/** A whole number from 0, or none (−1 on the wire). */
function numberCell(row: CsvRow, column: string, range: Parameters<typeof rangeWords>[0]): number | undefined {
  if (row.cells.get(column) === 'none') return -1
  const number = wholeCell(row, column)
  if (number !== undefined && number < 0n) {
    throw new CellError(
      column,
      String(number),
      `${column} is ${String(number)}: give 0 or more, or none to take it away`,
    )
  }
  // The connector judges the range; a number that its message does not hold never gets there.
  if (number !== undefined && number > MOST_INT32) {
    const message = `${column} is "${String(number)}": give a whole number ${rangeWords(range)}, or none to take it away`
    throw new CellError(column, String(number), message)
  }
  return number === undefined ? undefined : Number(number)
}

function switchCell(row: CsvRow, column: string): boolean | undefined {
  const text = textCell(row, column)
  if (text === undefined) return undefined
  if (text === 'on' || text === 'off') return text === 'on'
  throw new CellError(column, text, `${column} is "${text.slice(0, 60)}": give on or off`)
}
