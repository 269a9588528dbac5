import { stringify } from 'csv-stringify/sync'

import { guarded } from './formula.ts'

/** A cell: a number as it is, a text as a person may have written it, nothing. */
export type Cell = number | string | null

/** A CSV with a head line. No text of it is a formula to a spreadsheet. */
export function csvText(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? guarded(cell) : cell)))
  return stringify([[...head], ...cells], { quoted_match: /\r/u })
}
