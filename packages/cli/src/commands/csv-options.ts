import { stat } from 'node:fs/promises'

import type { Command } from 'commander'

import type { CliContext } from '../context.ts'
import { encodings } from '../csv/decoded-text.ts'
import type { FileCheck } from '../csv/import-file.ts'
import type { CsvSource } from '../csv/read-csv.ts'
import { type Output, table, UsageError } from '../output.ts'

/** How a CSV is written, and whether it is only looked at. */
export interface ImportOptions {
  readonly preview?: boolean
  readonly delimiter?: string
  readonly encoding?: string
}

/** An import takes these. */
export const importing = (command: Command): Command =>
  command
    .option('--preview', 'only show what it would change, and every bad line')
    .option('--delimiter <character>', 'what divides the columns; a comma when not given')
    .option('--encoding <encoding>', 'utf-8 or windows-1252; utf-8 when not given')

/** An export takes this. */
export const exporting = (command: Command): Command => command.option('--overwrite', 'write over a file that is there')

/** The CSV that a command names; "-" is standard input. */
export async function csvSource(context: CliContext, file: string, options: ImportOptions): Promise<CsvSource> {
  const delimiter = options.delimiter === 'tab' ? '\t' : (options.delimiter ?? ',')
  if (!/^[^\w\s"']$|^\t$/.test(delimiter))
    throw new UsageError(`--delimiter is "${delimiter}": give one character, such as ";"`)
  const encoding = encodings.find((one) => one === (options.encoding ?? 'utf-8'))
  if (encoding === undefined)
    throw new UsageError(`--encoding is "${options.encoding ?? ''}": give ${encodings.join(' or ')}`)
  if (file === '-') return { from: { text: await context.readStdin('the CSV') }, delimiter, encoding: 'utf-8' }
  await checkReadable(file)
  return { from: { path: file }, delimiter, encoding }
}

async function checkReadable(file: string): Promise<void> {
  try {
    if ((await stat(file)).isFile()) return
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error))
  }
  throw unreadable(file, 'it is no file')
}

const unreadable = (file: string, why: string): UsageError =>
  new UsageError(`"${file}" cannot be read: ${why}`, { nextStep: 'name a file that can be read' })

/** What a file would do. */
export function previewOutput(check: FileCheck, outcomes: readonly string[]): Output {
  const counts = Object.fromEntries(outcomes.map((outcome) => [outcome, check.outcomes[outcome] ?? 0]))
  const bad = check.bad.map(({ index, item, message }) => ({ line: index + 1, item: item ?? '', message }))
  const words = Object.entries(counts).map(([outcome, count]) => `${String(count)} ${outcome}`)
  const rows = check.changes.flatMap(({ line, item, outcome, changes }) => {
    const [first = ['', '', ''], ...more] = changes.map(({ field, from, to }) => [field, from, to])
    return [[String(line), item, outcome, ...first], ...more.map((change) => ['', '', '', ...change])]
  })
  return {
    json: {
      preview: true,
      lines: check.lines,
      ...counts,
      refused: check.refused,
      bad_lines: bad,
      changes: check.changes,
    },
    text: [
      `${String(check.lines)} lines: ${[...words, `${String(check.refused)} refused`].join(', ')}; nothing is written\n`,
      ...(rows.length > 0 ? ['\n', table(['LINE', 'SKU', '', 'FIELD', 'FROM', 'TO'], rows)] : []),
      ...(bad.length > 0 ? ['\n', table(['LINE', 'SKU', 'REFUSED BECAUSE'], bad.map(badRow))] : []),
    ].join(''),
  }
}

const badRow = ({ line, item, message }: { line: number; item: string; message: string }): string[] => [
  String(line),
  item,
  message,
]
