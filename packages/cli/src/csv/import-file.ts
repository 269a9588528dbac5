import { stat } from 'node:fs/promises'

import { type RefusedLine, RefusalError, refusalOf } from '@lockstep/rpc/refusal'

import { PartlyDoneError } from '../failure.ts'
import { FileError } from '../output.ts'
import { CellError } from './cells.ts'
import { type CsvColumns, type CsvRow, type CsvSource, readCsv } from './read-csv.ts'

/** As many lines as one call takes. */
const SLICE = 500
const MOST_LINES = 1_000_000
/** More bad lines than this are counted, not told; and so are changes. */
const MOST_TOLD = 100

/** What a file is imported into. */
export interface ImportTarget<Line> {
  readonly columns: CsvColumns
  /** The line that a row holds, or nothing when it changes nothing. Throws a CellError. */
  readonly lineOf: (row: CsvRow) => Line | undefined
  /** What no two lines may share, and how people call it. */
  readonly keyOf: (line: Line) => string
  /** What each line would do; nothing is written. */
  readonly check: (lines: readonly Line[]) => Promise<readonly CheckedLine[]>
  readonly write: (lines: readonly Line[], idempotencyKey: string) => Promise<readonly WrittenLine[]>
}

/** What one line did. */
export interface WrittenLine {
  readonly outcome: string
}

/** What one line would do. */
export interface CheckedLine extends WrittenLine {
  readonly changes: readonly { readonly field: string; readonly from: string; readonly to: string }[]
  readonly refusal: Omit<RefusedLine, 'index' | 'item'> | undefined
}

/** What a file would do, or what is wrong with it. */
export interface FileCheck {
  lines: number
  outcomes: Record<string, number>
  refused: number
  /** The first bad lines; `index` is the place in the file, the header being 0. */
  bad: RefusedLine[]
  /** The first lines that change something. */
  changes: (Pick<CheckedLine, 'outcome' | 'changes'> & { line: number; item: string })[]
}

/** Judges a whole file, a slice at a time: what is kept of it is its keys, its first bad lines and its first changes. */
export async function checkFile<Line>(source: CsvSource, target: ImportTarget<Line>): Promise<FileCheck> {
  const found: FileCheck = { lines: 0, outcomes: {}, refused: 0, bad: [], changes: [] }
  const first = new Map<string, number>()
  for await (const slice of slices(judgedRows(source, target, found))) {
    const placed = slice.flatMap((entry) => {
      const problem = entry.line === undefined ? entry.problem : repeated(first, target.keyOf(entry.line), entry.at)
      if (problem) refuse(found, { at: entry.at, item: entry.item, ...problem })
      return entry.line === undefined || problem ? [] : [{ ...entry, line: entry.line }]
    })
    if (placed.length === 0) continue
    const checked = await target.check(placed.map(({ line }) => line))
    for (const [index, entry] of placed.entries()) take(found, entry, checked[index])
  }
  if (found.lines === 0) throw new FileError('the CSV has no lines below its header')
  found.bad.sort((one, other) => one.index - other.index)
  return found
}

interface JudgedRow<Line> {
  at: number
  item: string
  line: Line | undefined
  problem: { field: string; value: string; message: string } | undefined
}

async function* judgedRows<Line>(
  source: CsvSource,
  target: ImportTarget<Line>,
  found: FileCheck,
): AsyncGenerator<JudgedRow<Line>> {
  for await (const row of readCsv(source, target.columns)) {
    found.lines += 1
    if (found.lines > MOST_LINES) throw new FileError('the CSV has more than 1,000,000 lines: split it')
    yield judgedRow(row, target)
  }
}

function judgedRow<Line>(row: CsvRow, { lineOf }: ImportTarget<Line>): JudgedRow<Line> {
  const about = { at: row.line, item: (row.cells.get('sku') ?? '').slice(0, 60) }
  const bad = (field: string, value: string, message: string): JudgedRow<Line> => {
    return { ...about, line: undefined, problem: { field, value, message } }
  }
  if (row.miscounted !== undefined) return bad('', '', row.miscounted)
  try {
    return { ...about, line: lineOf(row), problem: undefined }
  } catch (error) {
    if (error instanceof CellError) return bad(error.field, error.value, error.message)
    throw error
  }
}

async function* slices<Entry>(entries: AsyncIterable<Entry>): AsyncGenerator<Entry[]> {
  let slice: Entry[] = []
  for await (const entry of entries) {
    slice.push(entry)
    if (slice.length < SLICE) continue
    yield slice
    slice = []
  }
  if (slice.length > 0) yield slice
}

function repeated(first: Map<string, number>, key: string, at: number): JudgedRow<never>['problem'] {
  const before = first.get(key)
  if (before === undefined) {
    first.set(key, at)
    return undefined
  }
  const value = key.slice(0, 60)
  return { field: 'sku', value, message: `"${value}" is named by line ${String(before)} already` }
}

function refuse(
  found: FileCheck,
  { at, item, ...problem }: { at: number; item: string } & Partial<RefusedLine> & Pick<RefusedLine, 'message'>,
): void {
  found.refused += 1
  if (found.bad.length < MOST_TOLD) found.bad.push({ reason: 'FIELD_INVALID', ...problem, item, index: at - 1 })
}

function take(found: FileCheck, { at, item }: { at: number; item: string }, checked: CheckedLine | undefined): void {
  if (!checked) throw new Error('the service has answered for fewer lines than it was asked about')
  if (checked.refusal) {
    refuse(found, { at, item, ...checked.refusal })
    return
  }
  found.outcomes[checked.outcome] = (found.outcomes[checked.outcome] ?? 0) + 1
  if (checked.outcome === 'unchanged' || found.changes.length >= MOST_TOLD) return
  found.changes.push({ line: at, item, outcome: checked.outcome, changes: checked.changes })
}

/** Refuses a file of which a line is bad. */
export function refuseBadFile({ bad, refused, lines }: FileCheck): void {
  const [first] = bad
  if (!first) return
  const line = `line ${String(first.index + 1)} (${first.item ?? ''}): ${first.message}`
  throw new RefusalError({
    status: 'INVALID_ARGUMENT',
    reason: 'LINES_REFUSED',
    message: `${String(refused)} of ${String(lines)} lines refused, nothing was written; ${line}`,
    nextStep: 'correct the lines and import the file again; --preview shows what it would do',
    field: 'lines',
    lines: bad,
  })
}

/**
 * Imports a file of any length. All of it is checked before its first line is written; after that only a failure can stop it half-way, and then it is told
 * which lines are written.
 */
export async function importFile<Line>(
  source: CsvSource,
  target: ImportTarget<Line>,
  { idempotencyKey, progress }: { idempotencyKey: string; progress: (text: string) => void },
): Promise<Record<string, number>> {
  const before = await fileState(source)
  const check = await checkFile(source, target)
  refuseBadFile(check)
  if ((await fileState(source)) !== before) throw new FileError('the file was changed while it was checked')
  const outcomes: Record<string, number> = {}
  let written = 0
  const unjudged: FileCheck = { lines: 0, outcomes: {}, refused: 0, bad: [], changes: [] }
  for await (const slice of slices(judgedRows(source, target, unjudged))) {
    const lines = slice.flatMap(({ line }) => (line === undefined ? [] : [line]))
    const results = await writeSlice(target, {
      slice,
      lines,
      key: `${idempotencyKey}:${String(written)}`,
      total: check.lines,
    })
    for (const { outcome } of results) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    written += slice.length
    if (check.lines > SLICE) progress(`${String(written)} of ${String(check.lines)}`)
  }
  return outcomes
}

async function fileState({ from }: CsvSource): Promise<string> {
  if ('text' in from) return ''
  const { size, mtimeMs } = await stat(from.path)
  return `${String(size)} ${String(mtimeMs)}`
}

async function writeSlice<Line>(
  { write }: ImportTarget<Line>,
  {
    slice,
    lines,
    key,
    total,
  }: { slice: readonly JudgedRow<Line>[]; lines: readonly Line[]; key: string; total: number },
): Promise<readonly WrittenLine[]> {
  if (lines.length === 0) return []
  try {
    return await write(lines, key)
  } catch (error) {
    throw new PartlyDoneError(howFar(slice, { isRefused: refusalOf(error) !== undefined, total }), error)
  }
}

function howFar(slice: readonly { at: number }[], { isRefused, total }: { isRefused: boolean; total: number }): string {
  const [from = 0, until = 0] = [slice[0]?.at, slice.at(-1)?.at]
  const isFirst = from === 2
  return [
    isFirst ? 'nothing was written before' : `the lines of the file before line ${String(from)} are written`,
    isRefused
      ? `those from line ${String(from)} on are not`
      : `lines ${String(from)} to ${String(until)} may be, those after them are not`,
    `it has ${String(total)} lines below its header`,
  ].join(', ')
}
