/** A first character by which a spreadsheet takes a cell for a formula. */
const formula = /^[=+\-@\t\r]/

/** Rows as CSV with CR LF, as spreadsheets and RFC 4180 have it. A cell that a spreadsheet would take for a formula gets an apostrophe in front. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map((cell) => quoted(cell)).join(',')}\r\n`).join('')
}

function quoted(cell: string): string {
  const safe = formula.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
