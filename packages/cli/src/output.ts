import Table from 'cli-table3'

/** What a command answers: one JSON document, and the same for a person. */
export interface Output {
  readonly json: unknown
  readonly text: string
}

/** What bad usage is about, and what to do, as far as there is more to say than the message does. */
export interface UsageAbout {
  readonly field?: string
  readonly value?: string
  readonly nextStep?: string
}

/** Bad usage: printed with the usage, exit code 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
  readonly about: UsageAbout

  constructor(message: string, about: UsageAbout = {}) {
    super(message)
    this.about = about
  }
}

/** A file whose content cannot be taken: the bad lines, and what to do with them. */
export class FileError extends UsageError {
  override readonly name = 'FileError'
  readonly lines: readonly { readonly line: number; readonly item: string; readonly message: string }[]

  constructor(message: string, lines: FileError['lines'] = []) {
    super(message)
    this.lines = lines
  }
}

/** A plain table without lines; "nothing" when it has no rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '(none)\n'
  const blank = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
  }
  const edges = {
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  }
  const drawn = new Table({
    head: [...head],
    chars: { ...blank, ...edges },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  })
  for (const row of rows) drawn.push(row.map((cell) => printable(cell)))
  return `${drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`
}

/** Names and values under each other. */
export function facts(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}\n`).join('')
}

/** A number or a dash. */
export const orDash = (value: number | string | null | undefined): string =>
  value === null || value === undefined || value === '' ? '–' : String(value)

/** Text from outside must not move the cursor or colour the screen. */
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is taken out here
const printable = (text: string): string => text.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, '\uFFFD')
