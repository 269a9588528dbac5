import type { InventoryReason } from '@lockstep/contracts/reasons'

/** Why a command was not done, in terms its caller can act on. Nothing was written. */
export interface Refused {
  kind: 'refused'
  reason: InventoryReason
  /** What is wrong, with the value. */
  message: string
  /** What to do about it, where the reason's own next step does not fit. */
  nextStep?: string
  field?: string
  value?: string
  /** The possible meanings of an ambiguous value. */
  candidates?: string[]
  /** The bad lines of a batch. */
  lines?: LineRefused[]
}

/** Why one line of a batch was not done. */
export interface LineRefused {
  /** Place in the request, from 0. What people read counts from 1: `lineNumber`. */
  index: number
  /** What the line names: a SKU or an id. */
  item: string
  reason: InventoryReason
  message: string
  nextStep?: string
  field: string
  value: string
  candidates?: string[]
}

/** What is wrong with a value, before anybody knows which request or line it stands in. */
export type Problem = Omit<Refused, 'kind' | 'lines'>

export function refused(problem: Problem): Refused {
  return { kind: 'refused', ...problem }
}

export function lineRefused(line: { index: number; item: string }, problem: Problem): LineRefused {
  return { field: '', value: '', ...problem, index: line.index, item: shown(line.item) }
}

/** A line as people count: the first is 1. */
export const lineNumber = (index: number): number => index + 1

export function isRefused(result: object): result is Refused {
  return 'kind' in result && result.kind === 'refused'
}

/** More bad lines than this are counted, not listed. */
const mostLines = 100

/** The refusal of a whole batch. A batch of one line is refused for that line's own reason. */
export function batchRefused(lines: LineRefused[], size: number): Refused | undefined {
  const [first] = lines
  if (!first) return undefined
  const { index, item, ...problem } = first
  if (size === 1) return refused(problem)
  return {
    kind: 'refused',
    reason: 'LINES_REFUSED',
    message: `${lines.length} of ${size} lines refused, nothing was written; line ${lineNumber(index)} (${item}): ${first.message}`,
    field: 'lines',
    lines: lines.slice(0, mostLines),
  }
}

/** A value as a message may repeat it: short, and on one line. */
export function shown(value: string): string {
  const printable = value.replaceAll(/[\p{Cc}\p{Cs}]/gu, '\u{FFFD}')
  return printable.length <= 60 ? printable : `${printable.slice(0, 57)}...`
}
