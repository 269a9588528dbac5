const begins = /^'*[=+\-@\t\r]/
const plainNumber = /^[+-]\d+(?:\.\d+)?$/

/** A cell that no spreadsheet takes for a formula: an apostrophe goes before what begins like one. `withoutGuard` takes it away again, so that a file survives the trip. */
export function guarded(cell: string): string {
  return begins.test(cell) && !plainNumber.test(cell) ? `'${cell}` : cell
}

/** The cell as it was before `guarded`. */
export function withoutGuard(cell: string): string {
  return cell.startsWith("'") && begins.test(cell) ? cell.slice(1) : cell
}

/** Whether a cell was left as a formula: its text would reach every reader as such. Numbers with a sign are none. */
export function isFormula(cell: string): boolean {
  return /^[=@\t\r]|^[+-](?![\d.,])./u.test(cell)
}
