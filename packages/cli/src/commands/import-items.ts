import { readFile } from 'node:fs/promises'

import { call } from '@lockstep/rpc/client'
import { type RefusedLine, RefusalError, refusalOf } from '@lockstep/rpc/refusal'
import { parse } from 'csv-parse/sync'

import { type Given, TIMEOUT_MS, wholeNumber } from '../command.ts'
import type { CliContext } from '../context.ts'
import { PartlyDoneError } from '../failure.ts'
import { type Output, UsageError } from '../output.ts'

/** As many lines as one call takes. */
const SLICE = 1000
/** A file's header is its line 1. */
const FIRST_LINE = 2

/**
 * Imports a CSV of any length. The whole file is checked before its first line is written; after that only a failure can stop it half-way, and
 * then it is told which lines are written.
 */
export async function importItems(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [file = ''] = args
  const lines = importLines(file === '-' ? await context.readStdin('the CSV') : await readCsv(file))
  refuseBad(await badLines(context, lines), lines.length)
  const totals = { created: 0, updated: 0, unchanged: 0 }
  for (let start = 0; start < lines.length; start += SLICE) {
    const answer = await writeSlice(context, { lines, start })
    totals.created += answer.created
    totals.updated += answer.updated
    totals.unchanged += answer.unchanged
    context.progress(`${String(Math.min(start + SLICE, lines.length))} of ${String(lines.length)}`)
  }
  return {
    json: totals,
    text: `${String(totals.created)} created, ${String(totals.updated)} updated, ${String(totals.unchanged)} unchanged\n`,
  }
}

/** Every bad line with its place in the file, the header being place 0. */
async function badLines(context: CliContext, lines: readonly ImportLine[]): Promise<RefusedLine[]> {
  const bad = repeatedLines(lines)
  for (let start = 0; start < lines.length; start += SLICE) {
    try {
      const request = { idempotencyKey: '', lines: lines.slice(start, start + SLICE), checkOnly: true }
      const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
      await call(context.clients.inventory, 'importItems', request, settings)
    } catch (error) {
      const refusal = refusalOf(error)
      if (!refusal) throw error
      // A slice of one line is refused for that line's own reason.
      const told = refusal.lines.length > 0 ? refusal.lines : [{ ...refusal, index: 0, item: lines[start]?.sku }]
      const known = new Set(bad.map((line) => line.index))
      const placed = told.map((line) => ({ ...line, index: line.index + start + FIRST_LINE - 1 }))
      bad.push(...placed.filter((line) => !known.has(line.index)))
    }
  }
  return bad.toSorted((one, other) => one.index - other.index)
}

/** SKUs that the file names twice, in whichever slices. */
function repeatedLines(lines: readonly ImportLine[]): RefusedLine[] {
  const first = new Map<string, number>()
  return lines.flatMap(({ sku }, at) => {
    const before = first.get(sku)
    if (before === undefined) {
      first.set(sku, at)
      return []
    }
    const message = `the SKU "${sku.slice(0, 60)}" is named by line ${String(before + FIRST_LINE)} already`
    const index = at + FIRST_LINE - 1
    return [{ index, item: sku.slice(0, 60), reason: 'LINE_DUPLICATE', message, field: 'sku', value: sku.slice(0, 60) }]
  })
}

function refuseBad(bad: readonly RefusedLine[], size: number): void {
  const [first] = bad
  if (!first) return
  const line = `line ${String(first.index + 1)} (${first.item ?? ''}): ${first.message}`
  throw new RefusalError({
    status: 'INVALID_ARGUMENT',
    reason: 'LINES_REFUSED',
    message: `${String(bad.length)} of ${String(size)} lines refused, nothing was written; ${line}`,
    nextStep: 'correct the lines and import the file again',
    field: 'lines',
    lines: bad,
  })
}

async function writeSlice(context: CliContext, { lines, start }: { lines: readonly ImportLine[]; start: number }) {
  const idempotencyKey = `${context.idempotencyKey}:${String(start)}`
  const request = { idempotencyKey, lines: lines.slice(start, start + SLICE), checkOnly: false }
  try {
    return await call(context.clients.inventory, 'importItems', request, {
      timeoutMs: TIMEOUT_MS,
      actor: context.actor,
    })
  } catch (error) {
    throw new PartlyDoneError(howFar({ start, size: lines.length, isRefused: refusalOf(error) !== undefined }), error)
  }
}

function howFar({ start, size, isRefused }: { start: number; size: number; isRefused: boolean }): string {
  const end = Math.min(start + SLICE, size)
  return [
    start > 0 ? `${range(0, start)} of the file are written` : 'nothing was written before',
    isRefused ? undefined : `${range(start, end)} may be`,
    isRefused ? `${range(start, size)} are not` : end < size ? `${range(end, size)} are not` : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(', ')
}

function range(from: number, to: number): string {
  return `lines ${String(from + FIRST_LINE)} to ${String(to - 1 + FIRST_LINE)}`
}

async function readCsv(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`"${file}" cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** A line of the CSV. */
interface ImportLine {
  readonly sku: string
  readonly title: string
  readonly onHand: bigint | undefined
  readonly location: string
}

function importLines(csv: string): ImportLine[] {
  const rows = parseRows(csv)
  const [first] = rows
  if (!first) throw new UsageError('the CSV has no lines below its header')
  if (!('sku' in first)) throw new UsageError('the CSV has no column "sku"')
  return rows.map((row, index) => ({
    sku: row['sku'] ?? '',
    title: row['title'] ?? '',
    onHand: row['on_hand']
      ? BigInt(wholeNumber(row['on_hand'], `on_hand of line ${String(index + FIRST_LINE)}`))
      : undefined,
    location: row['location'] ?? '',
  }))
}

function parseRows(csv: string): Record<string, string>[] {
  try {
    return parse<Record<string, string>>(csv, { columns: true, bom: true, skip_empty_lines: true })
  } catch (error) {
    throw new UsageError(`the CSV cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
